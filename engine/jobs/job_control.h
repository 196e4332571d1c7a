#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/ids.h"

#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace isoloss {

/// Which jobs run and which of them should stop. All functions from any thread.
class JobControl {
public:
    /// The engine thread begins a pass. Jobs whose cancelling was asked for between their claim and now are cancelled.
    CancellationToken begin_pass(const std::vector<JobId>& jobs);
    void end_pass();

    /// Asks a job to stop; the pass stops when all of its jobs should.
    void cancel(JobId job);
    void cancel_running();
    /// A later claim of the job starts afresh.
    void forget(JobId job);
    /// Stops the pass that runs and every later one.
    void stop();

    bool is_cancelled(JobId job) const;
    bool is_stopping() const;

private:
    void stop_pass_if_unwanted();

    mutable std::mutex mutex_;
    std::set<JobId> running_, cancelled_;
    std::optional<CancellationSource> pass_;
    bool stopping_ = false;
};

} // namespace isoloss
