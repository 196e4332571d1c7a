#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/base/progress.h"
#include "engine/inference/backend.h"
#include "engine/jobs/token_losses.h"
#include "engine/store/records.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Project;

/// What one lane of the engine does. There is one lane for each device.
struct LaneStatus {
    enum class State { idle, loading_module, running, stopped } state = State::idle;
    std::string device;      ///< "CPU · 2 threads", empty before the first job
    std::vector<JobId> jobs; ///< the jobs of the pass that runs
    Progress progress;
};

/// What the engine is doing, for the status bar and the jobs dock.
struct EngineStatus {
    using State = LaneStatus::State;
    State state = State::idle; ///< of the busiest lane
    std::vector<LaneStatus> lanes;

    /// The lane whose pass answers a job; nullptr when it does not run.
    const LaneStatus* lane_of(JobId job) const;
    /// The devices of the lanes, "cuda:0, cuda:1".
    std::string devices() const;
    /// The jobs of all passes that run.
    std::vector<JobId> jobs() const;
    /// Of the first lane that runs a pass.
    Progress progress() const;
};

struct EngineOptions {
    /// "auto": every CUDA device, each with a lane, else the CPU. The number type is part of a job's parameters.
    std::string device = "auto";
    std::vector<std::string> trusted{}; ///< SHA-256 of the TorchScript modules that may run
    int threads = 0;                    ///< CPU threads of each lane; 0: one per physical core
};

/// The background threads that run jobs: each lane claims the next one from the project, loads the Torch module at the
/// first, measures, and commits values, item outcomes and job state together. What a pass has found is kept batch by
/// batch, so that it goes on there after a pause, a quit or a crash. Cancelled cooperatively between batches; the
/// destructor asks the lanes to stop and waits. Jobs that a crash interrupted are queued again at start. All functions
/// may be called from any thread; those that change jobs write to the project and return at once.
class EngineThread {
public:
    /// `listener` is called on the lanes' threads, one call at a time, at most every 60 ms from each.
    EngineThread(Project& project, BackendFactory factory, EngineOptions options,
                 std::function<void(const EngineStatus&)> listener = {});
    ~EngineThread();
    EngineThread(const EngineThread&) = delete;
    EngineThread& operator=(const EngineThread&) = delete;

    void wake();            ///< new jobs were queued
    void cancel(JobId job); ///< running: stops after the batch; queued: marked cancelled
    void cancel_all();
    void retry(JobId job);
    /// Running: stops after the batch and rests; queued: is passed over. Both survive a restart.
    void pause(JobId job);
    void resume(JobId job);
    /// No further job begins, and passes that run stop after the batch. Survives a restart.
    void pause_all();
    void resume_all();
    void move(JobId job, JobMove move);

    using TextAnswer = std::function<void(Expected<TokenLosses>)>;

    /// Reads a text with a checkpoint for somebody who waits: a pass that runs stops after its batch and goes on when
    /// the text is read. `answer` is called on a lane's thread; never when the engine stops before.
    void read_text(CheckpointId checkpoint, std::string text, TextAnswer answer);

    EngineStatus status() const;
    /// Blocks until no job runs or could be claimed (command line); false when the token was cancelled first.
    bool wait_until_idle(const CancellationToken& token = {});

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace isoloss
