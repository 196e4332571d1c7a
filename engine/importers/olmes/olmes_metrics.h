#pragma once

#include "engine/importers/harness/harness_model.h"
#include "engine/store/records.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

struct OlmesScore {
    std::string metric;
    double value = 0; ///< NaN and infinities are data
    std::optional<double> standard_error;
    std::string unit;
    Direction direction = Direction::descriptive;
};

/// What OLMES writes for one task: `TASK-metrics.json`, or a line of `metrics-all.jsonl`.
struct OlmesMetrics {
    HarnessModel model;
    std::string task; ///< its alias, "arc_challenge:rc::olmes", which tells formats apart; else its name
    std::string primary_metric;
    std::optional<int> shots;
    std::string version;
    std::string split;
    bool as_chat = false;
    std::optional<double> limit;        ///< evaluated on this many items only, or on this share of them
    std::optional<std::int64_t> n;      ///< items
    std::string variant;                ///< date of the evaluation, empty when it is not given
    std::optional<double> evaluated_at; ///< UTC seconds
    std::vector<OlmesScore> scores;
    std::int64_t not_scores = 0; ///< members of `metrics` that are no numbers
};

/// From the beginning of a file: a task's name, metrics, and the configuration of a model or a task.
bool looks_like_olmes_metrics(std::string_view head);

/// Nothing when the document is none of OLMES. `path` is asked for the step when the model does not say it.
std::optional<OlmesMetrics> read_olmes_metrics(const rapidjson::Value& document, const std::filesystem::path& path);

/// Unit and direction by the names that OLMES uses. Its logits_per_byte are bits per byte, its other logits_per_ are
/// log-likelihoods in nats.
std::string_view olmes_unit(std::string_view metric);
Direction olmes_direction(std::string_view metric);

} // namespace isoloss
