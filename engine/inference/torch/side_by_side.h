#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace isoloss::torch_module {

/// How many batches of a model should run at the same time, one thread each. Operations of small models on the CPU are
/// too short to be shared out: their threads would wait for each other longer than they work. 1 for larger models,
/// whose operations use all threads, and on a GPU.
int batches_side_by_side(const Network& network);

/// Calls work(0) … work(parts − 1), on `threads` threads when that is more than one; each of them computes alone
/// (LibTorch's thread count is 1 there). Grad and inference modes are those of new threads: set them in `work`. Returns
/// the error of the lowest part that failed, after which no further part begins. Throws what `work` throws.
Expected<void> for_each_part(std::size_t parts, int threads, const std::function<Expected<void>(std::size_t)>& work);

/// Tells of finished parts in the order of the parts, whichever of them is finished first: the same calls however many
/// are computed at the same time.
class PartProgress {
public:
    /// `units` of each part; `step`, which may be empty, gets the units of all parts up to one.
    PartProgress(std::vector<std::uint64_t> units, const StepFunction& step);

    /// Any thread.
    void finished(std::size_t part);

private:
    std::mutex mutex_;
    std::vector<std::uint64_t> units_;
    std::vector<bool> finished_;
    const StepFunction& step_;
    std::size_t next_ = 0; ///< the first part that is not told of
    std::uint64_t done_ = 0;
};

} // namespace isoloss::torch_module
