#pragma once

#include "engine/jobs/engine_thread.h"
#include "engine/jobs/job_control.h"
#include "engine/jobs/store_results.h"
#include "engine/jobs/token_losses.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What a lane has around it; it outlives the lane.
struct LaneSurroundings {
    Project& project;
    const BackendFactory& factory;
    JobControl& control;
    std::function<void(const LaneStatus&)> tell;
    /// The module was loaded and sees these devices.
    std::function<void(const std::vector<std::string>&)> found_devices;
};

/// EngineOptions for one device.
struct LaneOptions {
    std::string device;
    std::vector<std::string> trusted;
    int threads = 0;
};

/// Runs the jobs of a project on one device, pass by pass: everything that is queued for a checkpoint while it is
/// loaded. Belongs to one thread.
class EngineLane {
public:
    EngineLane(int number, LaneOptions options, LaneSurroundings surroundings);

    /// False when nothing could be claimed.
    Expected<bool> run_next_pass();
    /// Reads a text with a checkpoint, now.
    Expected<TokenLosses> read_text(CheckpointId checkpoint, std::string_view text);
    void announce(LaneStatus::State state);
    /// Lets go of model and module, on the thread that loaded them.
    void unload();

private:
    /// A pass under way.
    struct Pass;

    Expected<void> claim();
    Expected<void> run_pass(const CancellationToken& token);
    Expected<PassResult> measure(Pass& pass, const CancellationToken& token);
    Expected<Pass> begin(const DatasetRecord& dataset, const MeasureParameters& parameters);
    Expected<DatasetRecord> dataset_of(const JobRecord& job) const;
    Expected<void> open_backend();
    Expected<void> load(CheckpointId checkpoint, const MeasureParameters& parameters, const CancellationToken& token);
    Expected<void> commit(const PassResult& result, const Pass& pass);
    void give_up(const Error& error);
    void show(const Progress& progress);
    std::string device_text() const;
    std::vector<JobId> job_ids() const;

    int number_;
    LaneOptions options_;
    LaneSurroundings surroundings_;
    Project& project_;
    std::unique_ptr<Backend> backend_;
    std::shared_ptr<TokenCache> token_cache_ = std::make_shared<TokenCache>();
    std::optional<LoadedCheckpoint> loaded_;
    std::vector<JobRecord> jobs_; ///< of the pass that runs
    LaneStatus status_;
};

} // namespace isoloss
