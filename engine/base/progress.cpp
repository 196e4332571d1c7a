#include "engine/base/progress.h"

namespace isoloss {

ProgressReporter::ProgressReporter(ProgressFunction function, std::string unit, std::uint64_t total)
    : function_(std::move(function)) {
    progress_.unit = std::move(unit);
    progress_.total = total;
}

void ProgressReporter::begin_at(std::uint64_t done) {
    progress_.done = begun_at_ = done;
    started_ = Clock::now();
}

void ProgressReporter::advance(std::uint64_t units) {
    advance_to(progress_.done + units);
}

void ProgressReporter::advance_to(std::uint64_t done) {
    progress_.done = done;
    if (function_ && Clock::now() - last_ >= std::chrono::milliseconds(60)) flush();
}

void ProgressReporter::flush() {
    if (!function_) return;
    last_ = Clock::now();
    const double seconds = std::chrono::duration<double>(last_ - started_).count();
    progress_.per_second =
        seconds > 0 && progress_.done > begun_at_ ? static_cast<double>(progress_.done - begun_at_) / seconds : 0;
    const bool known = progress_.total >= progress_.done && progress_.total > 0 && progress_.per_second > 0;
    progress_.seconds_left = known ? static_cast<double>(progress_.total - progress_.done) / progress_.per_second : -1;
    function_(progress_);
}

} // namespace isoloss
