#pragma once

#include <cstdint>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A score of one checkpoint in columns of scores.
struct ColumnScore {
    std::string task;
    std::string metric;
    double value = 0; ///< NaN and infinities are data
    std::optional<double> standard_error;
    std::string place; ///< "results.boolq.acc[3]"
};

struct ScoreRow {
    std::int64_t step = 0;
    std::optional<double> tokens;
    std::vector<ColumnScore> scores;
};

/// Scores of many checkpoints of one run, gathered in columns: {"tokens": [], "checkpoints": [], "results": {task:
/// {metric: []}}}. A `_stderr` column holds the standard errors of its metric, a null is a missing value.
struct ScoreColumns {
    std::vector<ScoreRow> rows; ///< by step

    struct LeftOut {
        std::string place;
        std::string reason;
    };

    std::vector<LeftOut> left_out;
};

/// From the beginning of a file.
bool looks_like_score_columns(std::string_view head);

/// Nothing when the document has no such columns.
std::optional<ScoreColumns> read_score_columns(const rapidjson::Value& document);

} // namespace isoloss
