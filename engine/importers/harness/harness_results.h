#pragma once

#include "engine/importers/harness/harness_model.h"
#include "engine/importers/harness/harness_scores.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A results file of the evaluation harness, 0.2 to today, in one shape (FORMATS.md, evaluation harness results).
struct HarnessResults {
    HarnessModel model;
    std::string model_args; ///< as the command line gave them, empty when they are no text
    std::vector<HarnessScore> scores;
    std::int64_t not_scores = 0; ///< nested or non-numeric members that were left out
    std::string variant;         ///< the date of the evaluation, else the file's name: tells repeated results apart
    std::optional<double> evaluated_at; ///< UTC seconds
    std::optional<double> limit;        ///< evaluated on a part of the items only
    /// How the model was asked, where it makes another quantity: "+chat", "+chat-multiturn", "+system-1a2b3c4d".
    std::string settings;
    std::string chat_template_hash; ///< empty without one
    std::string dtype;
    std::string device;
    std::optional<std::int64_t> parameter_count;
    std::optional<int> shots_in_name; ///< what the file's name says, when the content says something else
};

/// Cheap test of a text's beginning and words before it is parsed.
bool may_be_harness_results(std::string_view text);

/// Nothing when the document is no results file: `results` must hold the metrics of tasks beside `versions`, `config`,
/// `configs` or `config_general`, or hold standard errors.
std::optional<HarnessResults> read_harness_results(const rapidjson::Value& document, const std::filesystem::path& path);

} // namespace isoloss
