#include "engine/inference/torch/side_by_side.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace isoloss::torch_module {

int batches_side_by_side(const Network& network) {
    constexpr std::int64_t small = 2'000'000; ///< parameters
    std::int64_t parameters = 0;
    for (const Parameter& parameter : network.parameters())
        parameters += parameter.value.numel();
    return network.device().is_cpu() && parameters < small ? at::get_num_threads() : 1;
}

PartProgress::PartProgress(std::vector<std::uint64_t> units, const StepFunction& step)
    : units_(std::move(units)), finished_(units_.size(), false), step_(step) {}

void PartProgress::finished(std::size_t part) {
    const std::lock_guard lock(mutex_);
    finished_[part] = true;
    for (; next_ < units_.size() && finished_[next_]; ++next_) {
        done_ += units_[next_];
        if (step_) step_(done_);
    }
}

Expected<void> for_each_part(std::size_t parts, int threads, const std::function<Expected<void>(std::size_t)>& work) {
    if (threads <= 1 || parts <= 1) {
        for (std::size_t part = 0; part < parts; ++part)
            ISOLOSS_TRY_VOID(work(part));
        return {};
    }
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::exception_ptr exception;
    std::optional<std::pair<std::size_t, Error>> first;
    const auto run = [&] {
        at::set_num_threads(1);
        for (std::size_t part = next++; part < parts && !failed; part = next++) {
            try {
                const auto done = work(part);
                if (done) continue;
                const std::lock_guard lock(mutex);
                if (!first || part < first->first) first = {part, done.error()};
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!exception) exception = std::current_exception();
            }
            failed = true;
        }
    };
    const int here = at::get_num_threads();
    std::vector<std::thread> others;
    for (std::size_t i = 0; i < std::min(parts, static_cast<std::size_t>(threads)); ++i)
        others.emplace_back(run);
    for (std::thread& other : others)
        other.join();
    at::set_num_threads(here); // what a thread sets is also the start of later ones
    if (exception) std::rethrow_exception(exception);
    if (first) return fail(std::move(first->second));
    return {};
}

} // namespace isoloss::torch_module
