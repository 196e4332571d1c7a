#include "engine/jobs/engine_lane.h"

#include "engine/base/log.h"
#include "engine/datasets/dataset.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/unit_keeper.h"
#include "engine/store/project.h"

#include <chrono>

namespace isoloss {

namespace {

using Clock = std::chrono::steady_clock;

// How often the progress of a pass is written to the project.
constexpr std::chrono::seconds stored_progress_interval{2};

} // namespace

struct EngineLane::Pass {
    MetricPass kind = MetricPass::text_loss;
    DatasetRecord dataset;
    MeasureParameters parameters;
    std::unique_ptr<UnitKeeper> keeper;
    Progress progress;
};

EngineLane::EngineLane(int number, LaneOptions options, LaneSurroundings surroundings)
    : number_(number), options_(std::move(options)), surroundings_(std::move(surroundings)),
      project_(surroundings_.project) {}

Expected<bool> EngineLane::run_next_pass() {
    ISOLOSS_TRY_VOID(claim());
    if (jobs_.empty()) return false;
    const CancellationToken token = surroundings_.control.begin_pass(number_, job_ids());
    Expected<void> result;
    try {
        result = run_pass(token);
    } catch (const std::exception& exception) {
        result = fail(ErrorKind::internal, std::string("the measurement failed: ") + exception.what());
    }
    if (!result) give_up(result.error());
    surroundings_.control.end_pass(number_);
    jobs_.clear();
    return true;
}

Expected<void> EngineLane::claim() {
    jobs_.clear();
    const std::string device = loaded_ ? loaded_->model->device() : options_.device;
    const auto preferred = loaded_ ? std::optional(loaded_->id) : std::nullopt;
    return project_.writer().run(
        [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto job, session.claim_job(device, preferred));
            if (!job) return {};
            jobs_.push_back(*job);
            const MetricInfo* metric = find_metric(job->metric);
            if (metric == nullptr) return {};
            const auto together = metrics_of_pass(metric->pass);
            ISOLOSS_TRY(const auto companions, session.claim_companions(*job, {together.begin(), together.end()}));
            jobs_.insert(jobs_.end(), companions.begin(), companions.end());
            return {};
        },
        Durability::bulk);
}

Expected<DatasetRecord> EngineLane::dataset_of(const JobRecord& job) const {
    ISOLOSS_TRY(const auto reader, project_.reader());
    if (job.dataset) {
        ISOLOSS_TRY(auto dataset, reader->dataset(*job.dataset));
        if (dataset) {
            ISOLOSS_TRY(const std::string hash, dataset_hash(*dataset));
            if (hash == job.data_hash) return std::move(*dataset);
            return fail({ErrorKind::damaged,
                         dataset->path,
                         {},
                         "the data has changed since the measurement was queued",
                         "Queue the measurement again with the file as it is now"});
        }
    }
    return fail(ErrorKind::not_found, "the data set of the job is not in the project", "Queue the measurement again");
}

Expected<void> EngineLane::open_backend() {
    if (backend_) return {};
    announce(LaneStatus::State::loading_module);
    ISOLOSS_TRY(backend_, surroundings_.factory());
    backend_->set_threads(options_.threads);
    surroundings_.found_devices(backend_->info().devices);
    return {};
}

Expected<void> EngineLane::load(CheckpointId id, const MeasureParameters& parameters, const CancellationToken& token) {
    ISOLOSS_TRY(const ComputeType type, parameters.compute_type());
    if (loaded_ && loaded_->id == id && loaded_->type == type) return {};
    loaded_.reset(); // before the next one takes memory
    ISOLOSS_TRY_VOID(open_backend());
    announce(LaneStatus::State::running);
    ISOLOSS_TRY(const auto reader, project_.reader());
    ISOLOSS_TRY(const auto checkpoint, reader->checkpoint(id));
    if (!checkpoint) return fail(ErrorKind::not_found, "the checkpoint is no longer in the project");
    ISOLOSS_TRY(loaded_, load_checkpoint(*checkpoint, *backend_, {options_.device, type, options_.trusted},
                                         token_cache_, token));
    return {};
}

Expected<EngineLane::Pass> EngineLane::begin(const DatasetRecord& dataset, const MeasureParameters& parameters) {
    const JobRecord& job = jobs_.front();
    const MetricInfo* metric = find_metric(job.metric);
    if (metric == nullptr) return fail(ErrorKind::unsupported, "this Isoloss does not know the metric " + job.metric);
    Pass pass{metric->pass, dataset, parameters, {}, {}};
    ISOLOSS_TRY(pass.keeper, UnitKeeper::begin(project_.writer(), job, metric->pass, *loaded_, backend_->info()));
    return pass;
}

Expected<PassResult> EngineLane::measure(Pass& pass, const CancellationToken& token) {
    PassUnits units = pass.keeper->units();
    auto stored = Clock::now();
    std::optional<ProgressReporter> reporter;
    const PassProgress progress = [&](std::uint64_t done, std::uint64_t total, const char* unit) {
        if (!reporter || total != pass.progress.total) {
            reporter.emplace([this](const Progress& now) { show(now); }, unit, total);
            reporter->set_subject(jobs_.front().checkpoint_label);
        }
        pass.progress.done = done;
        pass.progress.total = total;
        pass.progress.unit = unit;
        if (units.has_computed())
            reporter->advance_to(done);
        else
            reporter->begin_at(done);
        if (Clock::now() - stored < stored_progress_interval) return;
        stored = Clock::now();
        project_.writer().submit([ids = job_ids(), now = pass.progress](WriteSession& session) -> Expected<void> {
            for (const JobId id : ids)
                ISOLOSS_TRY_VOID(session.set_job_progress(id, static_cast<double>(now.done),
                                                          static_cast<double>(now.total), now.unit));
            return {};
        });
    };
    return run_metric_pass(pass.kind, {*loaded_, pass.dataset, pass.parameters, token, progress, units});
}

Expected<void> EngineLane::run_pass(const CancellationToken& token) {
    announce(LaneStatus::State::running);
    ISOLOSS_TRY(const auto parameters, MeasureParameters::parse(jobs_.front().parameters));
    ISOLOSS_TRY(const DatasetRecord dataset, dataset_of(jobs_.front()));
    ISOLOSS_TRY_VOID(load(jobs_.front().checkpoint, parameters, token));
    announce(LaneStatus::State::running);
    ISOLOSS_TRY(Pass pass, begin(dataset, parameters));
    ISOLOSS_TRY(const PassResult result, measure(pass, token));
    ISOLOSS_TRY_VOID(pass.keeper->finish());
    return commit(result, pass);
}

Expected<TokenLosses> EngineLane::read_text(CheckpointId checkpoint, std::string_view text) {
    const CancellationToken token = surroundings_.control.begin_pass(number_, {});
    const auto read = [&]() -> Expected<TokenLosses> {
        const MeasureParameters parameters;
        ISOLOSS_TRY_VOID(load(checkpoint, parameters, token));
        announce(LaneStatus::State::running);
        return token_losses(*loaded_, text, parameters, token);
    };
    Expected<TokenLosses> losses;
    try {
        losses = read();
    } catch (const std::exception& exception) {
        losses = fail(ErrorKind::internal, std::string("the text could not be read: ") + exception.what());
    }
    surroundings_.control.end_pass(number_);
    return losses;
}

Expected<void> EngineLane::commit(const PassResult& result, const Pass& pass) {
    std::vector<JobRecord> answered, cancelled;
    for (const JobRecord& job : jobs_)
        (surroundings_.control.is_cancelled(job.id) ? cancelled : answered).push_back(job);
    const BackendInfo backend = backend_->info();
    const PassContext context{*loaded_,          pass.dataset,           pass.parameters, backend,
                              pass.keeper->id(), pass.keeper->seconds(), pass.progress};
    return project_.writer().run([&](WriteSession& session) -> Expected<void> {
        for (const JobRecord& job : cancelled)
            ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::cancelled, {}));
        for (const JobRecord& job : answered)
            ISOLOSS_TRY_VOID(session.set_job_paused(job.id, false));
        return store_results(session, answered, result, context);
    });
}

// Writes down why the jobs of the pass ended without a result. Those that a pause or a quit interrupted wait, and go on
// where they stopped.
void EngineLane::give_up(const Error& error) {
    const bool interrupted = error.kind == ErrorKind::cancelled;
    const auto written = project_.writer().run([&](WriteSession& session) -> Expected<void> {
        for (const JobRecord& job : jobs_) {
            if (surroundings_.control.is_cancelled(job.id))
                ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::cancelled, {}));
            else if (interrupted)
                ISOLOSS_TRY_VOID(session.requeue_job(job.id));
            else
                ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::failed, error.text()));
        }
        return {};
    });
    if (!interrupted)
        log::warn("{} of {} failed: {}", jobs_.front().metric, jobs_.front().checkpoint_label, error.text());
    if (!written) log::error("The end of a job could not be stored: {}", written.error().text());
}

std::string EngineLane::device_text() const {
    if (!loaded_ || !backend_) return {};
    const std::string device = loaded_->model->device();
    if (device != "cpu") return device;
    const int threads = backend_->info().threads;
    return "CPU · " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

std::vector<JobId> EngineLane::job_ids() const {
    std::vector<JobId> ids;
    for (const JobRecord& job : jobs_)
        ids.push_back(job.id);
    return ids;
}

void EngineLane::announce(LaneStatus::State state) {
    status_ = {state, device_text(), job_ids(), {}};
    surroundings_.tell(status_);
}

void EngineLane::show(const Progress& progress) {
    status_.progress = progress;
    surroundings_.tell(status_);
}

void EngineLane::unload() {
    loaded_.reset();
    backend_.reset();
}

} // namespace isoloss
