#pragma once

#include "engine/jobs/engine_thread.h"
#include "engine/store/records.h"

#include <map>
#include <optional>
#include <span>

namespace isoloss {

/// How long what waits and runs will take, by what the same passes took before.
struct QueueTime {
    std::map<JobId, double> seconds; ///< of each job that runs or waits: what its pass still computes
    std::optional<double> whole;     ///< of all that is not paused; nothing when one of them is not known
};

/// A pass takes as long as the same pass over the same data with the same parameters took for a checkpoint with as many
/// parameters; where only another data set was measured so, its speed counts, for as many
/// units as this data set had for other checkpoints. Passes that run know it themselves. Lanes share the queue.
QueueTime queue_time(std::span<const JobRecord> jobs, const EngineStatus& status);

} // namespace isoloss
