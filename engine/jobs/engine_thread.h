#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/base/progress.h"
#include "engine/inference/backend.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Project;

/// What the engine thread is doing, for the status bar and the jobs dock.
struct EngineStatus {
    enum class State { idle, loading_module, running, stopped } state = State::idle;
    std::string device;      ///< "CPU · 2 threads", empty before the first job
    std::vector<JobId> jobs; ///< the jobs of the pass that runs
    Progress progress;
};

struct EngineOptions {
    std::string device = "auto";        ///< the number type is part of a job's parameters
    std::vector<std::string> trusted{}; ///< SHA-256 of the TorchScript modules that may run
};

/// The background thread that runs jobs: claims the next one from the project, loads the Torch module at the first,
/// measures, and commits values, item outcomes and job state together. Cancelled cooperatively between batches; the
/// destructor asks it to stop and waits. Jobs that a crash interrupted are queued again at start. All functions may be
/// called from any thread.
class EngineThread {
public:
    /// `listener` is called on the engine thread, at most every 60 ms.
    EngineThread(Project& project, BackendFactory factory, EngineOptions options,
                 std::function<void(const EngineStatus&)> listener = {});
    ~EngineThread();
    EngineThread(const EngineThread&) = delete;
    EngineThread& operator=(const EngineThread&) = delete;

    void wake();            ///< new jobs were queued
    void cancel(JobId job); ///< running: stops after the batch; queued: marked cancelled
    void cancel_all();
    void retry(JobId job);
    EngineStatus status() const;
    /// Blocks until no job is queued or running (command line); false when the token was cancelled first.
    bool wait_until_idle(const CancellationToken& token = {});

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace isoloss
