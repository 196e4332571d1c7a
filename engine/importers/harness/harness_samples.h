#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/importers/json_rows.h"
#include "engine/store/records.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// One row of a samples file: an item and how the model did on it.
struct HarnessSample {
    ItemRecord item; ///< task is left to the caller; key is doc_id, with `,filter` where there is one
    std::string filter;
    std::vector<std::pair<std::string, double>> metrics; ///< numeric members named like a metric
    std::vector<double> log_likelihoods;                 ///< per choice, nats; one for a plain likelihood
    std::optional<int> chosen;                           ///< the choice with the highest log-likelihood
    std::optional<int> chosen_normalised;                ///< divided by the choice's length in characters
};

/// Reads a samples file, a JSON array (0.4.0 to 0.4.2) or JSON lines, and hands each row on; `each` answers false to
/// stop. Fails when the file cannot be read.
Expected<JsonRowCounts> read_harness_samples(const InputFile& file, const std::function<bool(HarnessSample&&)>& each);

/// One row; nothing when it has no doc_id.
std::optional<HarnessSample> read_harness_sample(const rapidjson::Value& row);

/// "samples_TASK_2025-07-21T14-41-47.889425.jsonl" → task and time; the time may be missing.
struct SamplesName {
    std::string task;
    std::string time;
};

std::optional<SamplesName> samples_name(std::string_view file_name);

/// The names that the samples of a task may have before 0.4.3, when they were called after the model: `model_args` with
/// its special characters replaced, or the model's name, then "_TASK.jsonl".
std::vector<std::string> old_samples_names(std::string_view model_args, std::string_view model, std::string_view task);

} // namespace isoloss
