#pragma once

#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <string>

namespace isoloss {

/// A number that a scaling study logged for a model: the loss on a set or the score of a task.
struct StudyScore {
    std::string subject; ///< set or task
    std::string metric;  ///< "loss", "accuracy", "mean"
    std::string version; ///< of a set: which of its files it is
    std::string unit;
    Direction direction = Direction::descriptive;
    double value = 0; ///< NaN and infinities are data
    std::optional<double> standard_error;
    std::string error_source;      ///< what the standard error was worked out from
    std::optional<std::int64_t> n; ///< tokens of a loss
    std::string place;             ///< in the file: "results[2]", "eval_metrics.icl.boolq"
};

} // namespace isoloss
