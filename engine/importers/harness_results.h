#pragma once

#include "engine/importers/harness_model.h"
#include "engine/store/records.h"

#include <cstdint>
#include <filesystem>
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
};

/// A results file of the evaluation harness, 0.2 to today, in one shape (FORMATS.md, evaluation harness results).
struct HarnessResults {
    HarnessModel model;
    std::string model_args; ///< as the command line gave them, empty when they are no text
    std::vector<HarnessScore> scores;
    std::int64_t not_scores = 0; ///< nested or non-numeric members that were left out
    std::string variant;         ///< the date of the evaluation, else the file's name: tells repeated results apart
    std::optional<double> evaluated_at; ///< UTC seconds
    std::optional<double> limit;        ///< evaluated on a part of the items only
    std::string dtype;
    std::string device;
    std::optional<std::int64_t> parameter_count;
    std::optional<int> shots_in_name; ///< what the file's name says, when the content says something else
};

/// Cheap test of a text's beginning and words before it is parsed.
bool may_be_harness_results(std::string_view text);

/// Nothing when the document is no results file: `results` must be an object of objects beside `versions`, `config`,
/// `configs` or `config_general`, or hold standard errors.
std::optional<HarnessResults> read_harness_results(const rapidjson::Value& document, const std::filesystem::path& path);

/// `task/metric`, with `,filter`, and `@5shot` when the number of shots is known and not 0.
std::string quantity_key(const HarnessScore& score);

/// From the names that the harness uses: accuracies up, perplexities and bits down, anything else descriptive.
Direction direction_of_metric(std::string_view metric);

/// The unit that a metric's name implies, else empty.
std::string_view unit_of_metric(std::string_view metric);

} // namespace isoloss
