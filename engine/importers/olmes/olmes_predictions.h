#pragma once

#include "engine/store/records.h"

#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// One row of a `TASK-predictions.jsonl` of OLMES: an item and how the model did on it.
struct OlmesPrediction {
    ItemRecord item; ///< task is left to the caller; pairs with other files by the data set's own id
    std::vector<std::pair<std::string, double>> metrics;
    std::vector<std::pair<std::string, int>> predicted; ///< "raw", "per_char", … → the choice with the best score
    std::vector<double> log_likelihoods;                ///< of the choices, nats
    std::optional<std::int64_t> tokens;                 ///< of a single output
};

bool looks_like_olmes_predictions(std::string_view head);

/// Nothing when the row has neither a doc_id nor a native_id, or no metrics.
std::optional<OlmesPrediction> read_olmes_prediction(const rapidjson::Value& row);

/// The outcome of an item under a metric: "acc_per_char" has its own choice.
OutcomeRecord outcome_of(const OlmesPrediction& prediction, std::string_view metric, double value);

} // namespace isoloss
