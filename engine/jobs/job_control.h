#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/ids.h"

#include <map>
#include <mutex>
#include <set>
#include <vector>

namespace isoloss {

/// Which jobs run, in which lane, and which of them should stop or rest. All functions from any thread.
class JobControl {
public:
    /// A lane begins a pass; without jobs it is something that somebody waits for, which only stop() ends. Jobs whose
    /// stop was asked for between their claim and now stop at once.
    CancellationToken begin_pass(int lane, const std::vector<JobId>& jobs);
    void end_pass(int lane);

    /// Asks a job to stop; its pass stops when none of its jobs is wanted now.
    void cancel(JobId job);
    void cancel_running();
    void pause(JobId job);
    /// A later claim of the job starts afresh.
    void forget(JobId job);
    /// Stops the passes that run, whose jobs go back to the queue, and those that were claimed before the pause.
    void set_queue_paused(bool paused);
    /// The pass of a lane, or its next one, stops and its jobs go back to the queue, until go_on(): something else has
    /// to be done first.
    void interrupt(int lane);
    void go_on(int lane);
    /// Stops the passes that run and every later one.
    void stop();

    bool is_running(JobId job) const;
    bool is_cancelled(JobId job) const;
    bool is_stopping() const;

private:
    struct Pass {
        std::set<JobId> jobs;
        CancellationSource source;
    };

    void stop_unwanted_passes();

    mutable std::mutex mutex_;
    std::map<int, Pass> passes_; ///< by lane
    std::set<JobId> cancelled_, paused_;
    std::set<int> interrupted_; ///< lanes
    bool stopping_ = false, queue_paused_ = false;
};

} // namespace isoloss
