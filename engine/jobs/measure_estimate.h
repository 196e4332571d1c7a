#pragma once

#include "engine/base/error.h"
#include "engine/jobs/measure.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// What a request would do, before it is queued.
struct MeasureEstimate {
    std::size_t wanted = 0;  ///< measurements: checkpoint × metric × data set, where they fit
    std::size_t waiting = 0; ///< of these are queued or run already
    std::vector<MeasuredBefore> measured;
    std::size_t passes = 0;        ///< over data, for what is neither measured nor waiting: metrics share them
    std::size_t checkpoints = 0;   ///< to be loaded for them
    std::optional<double> seconds; ///< of these passes, by what such passes took before; none where one is not known
    std::vector<std::string> refused;
};

/// Checked as queue_measurements checks; changes nothing. Any thread.
Expected<MeasureEstimate> estimate_measurements(const Project& project, const MeasureRequest& request);

} // namespace isoloss
