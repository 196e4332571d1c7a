#pragma once

#include "engine/importers/metric_names.h"
#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// One score of a results file.
struct HarnessScore {
    std::string task;
    std::string metric;
    std::string filter; ///< empty for "none"
    double value = 0;   ///< NaN and infinities are data
    std::optional<double> standard_error;
    std::optional<std::int64_t> n; ///< items that were scored
    std::optional<int> shots;
    std::string version; ///< of the task, empty when the file does not say
    Direction direction = Direction::descriptive;
    std::string settings;                  ///< of the file: "+chat"
    std::string variant;                   ///< date of one of several results of the task; empty for the file's own
    std::optional<double> evaluated_at;    ///< UTC seconds, of the variant
    std::optional<std::int64_t> n_of_task; ///< items that the task has, when not all were scored
    std::vector<std::string> parts;        ///< tasks that a group's score was worked out from
    std::string place;                     ///< in the file: "results.boolq"
};

struct HarnessScores {
    std::vector<HarnessScore> scores;
    std::int64_t not_scores = 0; ///< nested or non-numeric members that were left out
};

/// Whether `results` holds what a results file holds: task → metrics, task → list of metrics, task → date → metrics, or
/// a list of rows that name their task. `errors` tells whether standard errors are among them.
struct HarnessShape {
    bool is_results = false;
    bool has_errors = false;
};

HarnessShape harness_shape(const rapidjson::Value& document);

/// The scores of `results`, and of `groups` where they are not among them.
HarnessScores read_harness_scores(const rapidjson::Value& document, std::optional<int> shots_in_name);

/// `task/metric`, with `,filter`, `@5shot` when the number of shots is known and not 0, and the settings.
std::string quantity_key(const HarnessScore& score);

/// "2022-07-13-11-29-13" or "2025-03-03T18-54-46.768410" as UTC seconds.
std::optional<double> harness_time(std::string_view text);

} // namespace isoloss
