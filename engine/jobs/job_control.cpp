#include "engine/jobs/job_control.h"

#include <algorithm>

namespace isoloss {

CancellationToken JobControl::begin_pass(const std::vector<JobId>& jobs) {
    const std::lock_guard lock(mutex_);
    running_ = {jobs.begin(), jobs.end()};
    pass_.emplace();
    stop_pass_if_unwanted();
    return pass_->token();
}

void JobControl::end_pass() {
    const std::lock_guard lock(mutex_);
    for (const JobId job : running_)
        cancelled_.erase(job);
    running_.clear();
    pass_.reset();
}

void JobControl::stop_pass_if_unwanted() {
    const bool all_cancelled =
        std::all_of(running_.begin(), running_.end(), [this](JobId job) { return cancelled_.contains(job); });
    if (pass_ && (stopping_ || all_cancelled)) pass_->cancel();
}

void JobControl::cancel(JobId job) {
    const std::lock_guard lock(mutex_);
    cancelled_.insert(job);
    stop_pass_if_unwanted();
}

void JobControl::cancel_running() {
    const std::lock_guard lock(mutex_);
    cancelled_.insert(running_.begin(), running_.end());
    stop_pass_if_unwanted();
}

void JobControl::forget(JobId job) {
    const std::lock_guard lock(mutex_);
    cancelled_.erase(job);
}

void JobControl::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_pass_if_unwanted();
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
