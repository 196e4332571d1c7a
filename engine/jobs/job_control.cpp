#include "engine/jobs/job_control.h"

#include <algorithm>

namespace isoloss {

CancellationToken JobControl::begin_pass(int lane, const std::vector<JobId>& jobs) {
    const std::lock_guard lock(mutex_);
    Pass& pass = passes_[lane] = {{jobs.begin(), jobs.end()}, {}};
    stop_unwanted_passes();
    return pass.source.token();
}

void JobControl::end_pass(int lane) {
    const std::lock_guard lock(mutex_);
    for (const JobId job : passes_[lane].jobs) {
        cancelled_.erase(job);
        paused_.erase(job);
    }
    passes_.erase(lane);
}

void JobControl::stop_unwanted_passes() {
    const auto unwanted = [this](JobId job) { return cancelled_.contains(job) || paused_.contains(job); };
    for (auto& [lane, pass] : passes_) {
        const bool rests = queue_paused_ || interrupted_.contains(lane) || std::ranges::all_of(pass.jobs, unwanted);
        if (stopping_ || (!pass.jobs.empty() && rests)) pass.source.cancel();
    }
}

void JobControl::cancel(JobId job) {
    const std::lock_guard lock(mutex_);
    cancelled_.insert(job);
    stop_unwanted_passes();
}

void JobControl::cancel_running() {
    const std::lock_guard lock(mutex_);
    for (const auto& [lane, pass] : passes_)
        cancelled_.insert(pass.jobs.begin(), pass.jobs.end());
    stop_unwanted_passes();
}

void JobControl::pause(JobId job) {
    const std::lock_guard lock(mutex_);
    paused_.insert(job);
    stop_unwanted_passes();
}

void JobControl::forget(JobId job) {
    const std::lock_guard lock(mutex_);
    cancelled_.erase(job);
    paused_.erase(job);
}

void JobControl::set_queue_paused(bool paused) {
    const std::lock_guard lock(mutex_);
    queue_paused_ = paused;
    stop_unwanted_passes();
}

void JobControl::interrupt(int lane) {
    const std::lock_guard lock(mutex_);
    interrupted_.insert(lane);
    stop_unwanted_passes();
}

void JobControl::go_on(int lane) {
    const std::lock_guard lock(mutex_);
    interrupted_.erase(lane);
}

void JobControl::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_unwanted_passes();
}

bool JobControl::is_running(JobId job) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(passes_, [job](const auto& pass) { return pass.second.jobs.contains(job); });
}

bool JobControl::is_cancelled(JobId job) const {
    const std::lock_guard lock(mutex_);
    return cancelled_.contains(job);
}

bool JobControl::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

} // namespace isoloss
