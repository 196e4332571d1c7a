#include "engine/jobs/engine_thread.h"

#include "engine/base/log.h"
#include "engine/datasets/dataset.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/job_control.h"
#include "engine/jobs/store_results.h"
#include "engine/store/project.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace isoloss {

namespace {

using Clock = std::chrono::steady_clock;

// How often the progress of a pass is written to the project.
constexpr std::chrono::seconds stored_progress_interval{2};

} // namespace

struct EngineThread::Impl {
    Impl(Project& opened, BackendFactory make, EngineOptions chosen, std::function<void(const EngineStatus&)> listen)
        : project(opened), factory(std::move(make)), options(std::move(chosen)), listener(std::move(listen)) {}

    Project& project;
    BackendFactory factory;
    EngineOptions options;
    std::function<void(const EngineStatus&)> listener;
    /// Shared with tasks that wait in the Writer's queue.
    std::shared_ptr<JobControl> control = std::make_shared<JobControl>();

    mutable std::mutex mutex;
    std::condition_variable changed;
    EngineStatus status;
    std::uint64_t asked = 1;    ///< how often work was announced
    std::uint64_t answered = 0; ///< up to which announcement nothing is left to do

    // The engine thread's own.
    std::unique_ptr<Backend> backend;
    std::optional<LoadedCheckpoint> loaded;
    std::vector<JobRecord> jobs; ///< of the pass that runs

    std::thread thread;

    void work();
    bool wait_for_work();
    Expected<bool> run_next_pass();
    Expected<void> claim();
    Expected<void> run_pass(const CancellationToken& token);
    Expected<PassResult> measure(const PassInput& input) const;
    Expected<DatasetRecord> dataset_of(const JobRecord& job) const;
    Expected<void> load(const MeasureParameters& parameters, const CancellationToken& token);
    Expected<void> commit(const PassResult& pass, const PassContext& context);
    void give_up(const Error& error);
    void announce(EngineStatus::State state);
    void set_progress(const Progress& progress);
    void store_progress(const Progress& progress);
    std::string device_text() const;
    void ask();
};

void EngineThread::Impl::ask() {
    {
        const std::lock_guard lock(mutex);
        ++asked;
    }
    changed.notify_all();
}

void EngineThread::Impl::work() {
    const auto requeued = project.writer().run([](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.requeue_interrupted_jobs());
        return {};
    });
    if (!requeued) log::error("Interrupted jobs could not be queued again: {}", requeued.error().text());
    while (wait_for_work()) {
        std::uint64_t asked_before = 0;
        {
            const std::lock_guard lock(mutex);
            asked_before = asked;
        }
        for (;;) {
            const auto worked = run_next_pass();
            if (!worked) log::error("The job queue does not work: {}", worked.error().text());
            if (!worked || !*worked || control->is_stopping()) break;
        }
        {
            const std::lock_guard lock(mutex);
            answered = asked_before;
        }
        announce(EngineStatus::State::idle);
    }
    loaded.reset();
    backend.reset();
    announce(EngineStatus::State::stopped);
}

bool EngineThread::Impl::wait_for_work() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return asked != answered || control->is_stopping(); });
    return !control->is_stopping();
}

// False when nothing is queued.
Expected<bool> EngineThread::Impl::run_next_pass() {
    ISOLOSS_TRY_VOID(claim());
    if (jobs.empty()) return false;
    std::vector<JobId> ids;
    for (const JobRecord& job : jobs)
        ids.push_back(job.id);
    const CancellationToken token = control->begin_pass(ids);
    Expected<void> result;
    try {
        result = run_pass(token);
    } catch (const std::exception& exception) {
        result = fail(ErrorKind::internal, std::string("the measurement failed: ") + exception.what());
    }
    if (!result) give_up(result.error());
    control->end_pass();
    jobs.clear();
    return true;
}

Expected<void> EngineThread::Impl::claim() {
    jobs.clear();
    const std::string device = loaded ? loaded->model->device() : options.device;
    const auto preferred = loaded ? std::optional(loaded->id) : std::nullopt;
    return project.writer().run(
        [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto job, session.claim_job(device, preferred));
            if (!job) return {};
            jobs.push_back(*job);
            const MetricInfo* metric = find_metric(job->metric);
            if (metric == nullptr) return {};
            const auto together = metrics_of_pass(metric->pass);
            ISOLOSS_TRY(const auto companions, session.claim_companions(*job, {together.begin(), together.end()}));
            jobs.insert(jobs.end(), companions.begin(), companions.end());
            return {};
        },
        Durability::bulk);
}

Expected<DatasetRecord> EngineThread::Impl::dataset_of(const JobRecord& job) const {
    ISOLOSS_TRY(const auto reader, project.reader());
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

Expected<void> EngineThread::Impl::load(const MeasureParameters& parameters, const CancellationToken& token) {
    ISOLOSS_TRY(const ComputeType type, parameters.compute_type());
    if (loaded && loaded->id == jobs.front().checkpoint && loaded->type == type) return {};
    loaded.reset(); // before the next one takes memory
    if (!backend) {
        announce(EngineStatus::State::loading_module);
        ISOLOSS_TRY(backend, factory());
    }
    announce(EngineStatus::State::running);
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto checkpoint, reader->checkpoint(jobs.front().checkpoint));
    if (!checkpoint) return fail(ErrorKind::not_found, "the checkpoint is no longer in the project");
    ISOLOSS_TRY(loaded, load_checkpoint(*checkpoint, *backend, {options.device, type, options.trusted}, token));
    return {};
}

Expected<PassResult> EngineThread::Impl::measure(const PassInput& input) const {
    const MetricInfo* metric = find_metric(jobs.front().metric);
    if (metric == nullptr)
        return fail(ErrorKind::unsupported, "this Isoloss does not know the metric " + jobs.front().metric);
    return run_metric_pass(metric->pass, input);
}

Expected<void> EngineThread::Impl::run_pass(const CancellationToken& token) {
    const auto start = Clock::now();
    announce(EngineStatus::State::running);
    ISOLOSS_TRY(const auto parameters, MeasureParameters::parse(jobs.front().parameters));
    ISOLOSS_TRY(const DatasetRecord dataset, dataset_of(jobs.front()));
    ISOLOSS_TRY_VOID(load(parameters, token));
    announce(EngineStatus::State::running);

    auto stored = Clock::now();
    std::optional<ProgressReporter> reporter;
    std::uint64_t known_total = 0;
    const PassProgress progress = [&](std::uint64_t done, std::uint64_t total, const char* unit) {
        if (!reporter || total != known_total) {
            reporter.emplace([this](const Progress& now) { set_progress(now); }, unit, total);
            reporter->set_subject(jobs.front().checkpoint_label);
            known_total = total;
        }
        reporter->advance_to(done);
        if (Clock::now() - stored < stored_progress_interval) return;
        stored = Clock::now();
        store_progress({done, total, unit, {}, 0, -1});
    };
    ISOLOSS_TRY(const PassResult pass, measure({*loaded, dataset, parameters, token, progress}));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return commit(pass, {*loaded, dataset, parameters, backend->info(), seconds});
}

Expected<void> EngineThread::Impl::commit(const PassResult& pass, const PassContext& context) {
    std::vector<JobRecord> answered_jobs, cancelled;
    for (const JobRecord& job : jobs)
        (control->is_cancelled(job.id) ? cancelled : answered_jobs).push_back(job);
    return project.writer().run([&](WriteSession& session) -> Expected<void> {
        for (const JobRecord& job : cancelled)
            ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::cancelled, {}));
        return store_results(session, answered_jobs, pass, context);
    });
}

// Writes down why the jobs of the pass ended without a result. Those that only a quit interrupted wait for next time.
void EngineThread::Impl::give_up(const Error& error) {
    const bool interrupted = error.kind == ErrorKind::cancelled;
    const auto written = project.writer().run([&](WriteSession& session) -> Expected<void> {
        for (const JobRecord& job : jobs) {
            if (control->is_cancelled(job.id))
                ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::cancelled, {}));
            else if (interrupted)
                ISOLOSS_TRY_VOID(session.requeue_job(job.id));
            else
                ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::failed, error.text()));
        }
        return {};
    });
    if (!interrupted)
        log::warn("{} of {} failed: {}", jobs.front().metric, jobs.front().checkpoint_label, error.text());
    if (!written) log::error("The end of a job could not be stored: {}", written.error().text());
}

std::string EngineThread::Impl::device_text() const {
    if (!loaded || !backend) return {};
    const std::string device = loaded->model->device();
    if (device != "cpu") return device;
    const int threads = backend->info().threads;
    return "CPU · " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

void EngineThread::Impl::announce(EngineStatus::State state) {
    EngineStatus now;
    {
        const std::lock_guard lock(mutex);
        status.state = state;
        status.device = device_text();
        status.jobs.clear();
        for (const JobRecord& job : jobs)
            status.jobs.push_back(job.id);
        status.progress = {};
        now = status;
    }
    changed.notify_all();
    if (listener) listener(now);
}

void EngineThread::Impl::set_progress(const Progress& progress) {
    EngineStatus now;
    {
        const std::lock_guard lock(mutex);
        status.progress = progress;
        now = status;
    }
    if (listener) listener(now);
}

void EngineThread::Impl::store_progress(const Progress& progress) {
    std::vector<JobId> ids;
    for (const JobRecord& job : jobs)
        ids.push_back(job.id);
    project.writer().submit([ids, progress](WriteSession& session) -> Expected<void> {
        for (const JobId id : ids)
            ISOLOSS_TRY_VOID(session.set_job_progress(id, static_cast<double>(progress.done),
                                                      static_cast<double>(progress.total), progress.unit));
        return {};
    });
}

EngineThread::EngineThread(Project& project, BackendFactory factory, EngineOptions options,
                           std::function<void(const EngineStatus&)> listener)
    : impl_(std::make_unique<Impl>(project, std::move(factory), std::move(options), std::move(listener))) {
    impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

EngineThread::~EngineThread() {
    {
        // Under the lock that the waiting thread tests the condition with, so that the wake-up is not lost.
        const std::lock_guard lock(impl_->mutex);
        impl_->control->stop();
    }
    impl_->changed.notify_all();
    impl_->thread.join();
}

void EngineThread::wake() {
    impl_->ask();
}

void EngineThread::cancel(JobId job) {
    // Asked for first: a job that is claimed meanwhile stops at once, one that still waits is cancelled where it is.
    impl_->control->cancel(job);
    impl_->project.writer().submit(
        [control = impl_->control, job](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const int cancelled, session.cancel_queued_jobs(job));
            if (cancelled > 0) control->forget(job);
            return {};
        },
        Durability::full);
}

void EngineThread::cancel_all() {
    impl_->project.writer().submit(
        [](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.cancel_queued_jobs());
            return {};
        },
        Durability::full);
    impl_->control->cancel_running();
}

void EngineThread::retry(JobId job) {
    impl_->control->forget(job);
    impl_->project.writer().submit(
        [job](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.retry_job(job));
            return {};
        },
        Durability::full);
    impl_->ask();
}

EngineStatus EngineThread::status() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->status;
}

bool EngineThread::wait_until_idle(const CancellationToken& token) {
    std::unique_lock lock(impl_->mutex);
    const auto is_idle = [this] {
        return impl_->asked == impl_->answered || impl_->status.state == EngineStatus::State::stopped;
    };
    while (!is_idle()) {
        if (token.cancelled()) return false;
        impl_->changed.wait_for(lock, std::chrono::milliseconds(50));
    }
    return true;
}

} // namespace isoloss
