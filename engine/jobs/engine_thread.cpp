#include "engine/jobs/engine_thread.h"

#include "engine/base/log.h"
#include "engine/jobs/engine_lane.h"
#include "engine/store/project.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace isoloss {

struct EngineThread::Impl {
    /// A lane with its thread and what is known of it outside.
    struct LaneThread {
        std::unique_ptr<EngineLane> lane;
        LaneStatus status;
        std::uint64_t answered = 0; ///< up to which announcement nothing is left to do
        std::thread thread;
    };

    /// A text that somebody waits for. The first lane reads them.
    struct TextQuestion {
        CheckpointId checkpoint;
        std::string text;
        TextAnswer answer;
    };

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
    std::vector<std::unique_ptr<LaneThread>> lanes;
    LaneThread* first = nullptr;
    std::uint64_t asked = 1; ///< how often work was announced
    std::deque<TextQuestion> questions;
    std::mutex telling; ///< held while the listener is called

    void add_lane(std::string device);
    void add_devices(const std::vector<std::string>& devices);
    void work(LaneThread& own, bool is_first);
    bool wait_for_work(LaneThread& own);
    void run_passes(LaneThread& own);
    void read_texts(LaneThread& own);
    void tell(LaneThread& own, const LaneStatus& status);
    EngineStatus merged_status() const;
    void ask();
    void write(Writer::Task task);
};

void EngineThread::Impl::ask() {
    {
        const std::lock_guard lock(mutex);
        ++asked;
    }
    changed.notify_all();
}

// In the order of the calls, behind what is queued already.
void EngineThread::Impl::write(Writer::Task task) {
    project.writer().submit(std::move(task), Durability::full);
}

void EngineThread::Impl::add_lane(std::string device) {
    const std::lock_guard lock(mutex);
    const int number = static_cast<int>(lanes.size());
    LaneThread& own = *lanes.emplace_back(std::make_unique<LaneThread>());
    if (number == 0) first = &own;
    const auto found_devices = [this, number](const std::vector<std::string>& devices) {
        if (number == 0) add_devices(devices);
    };
    own.lane = std::make_unique<EngineLane>(
        number, LaneOptions{std::move(device), options.trusted, options.threads},
        LaneSurroundings{project, factory, *control, [this, &own](const LaneStatus& status) { tell(own, status); },
                         found_devices});
    own.thread = std::thread([this, &own, number] { work(own, number == 0); });
}

// The first lane takes the first device; each of the others gets a lane of its own.
void EngineThread::Impl::add_devices(const std::vector<std::string>& devices) {
    if (options.device != "auto") return;
    std::vector<std::string> accelerators;
    for (const std::string& device : devices)
        if (device != "cpu") accelerators.push_back(device);
    for (std::size_t i = 1; i < accelerators.size(); ++i)
        add_lane(accelerators[i]);
}

void EngineThread::Impl::work(LaneThread& own, bool is_first) {
    if (is_first) {
        const auto requeued = project.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.requeue_interrupted_jobs());
            return {};
        });
        if (!requeued) log::error("Interrupted jobs could not be queued again: {}", requeued.error().text());
    }
    while (wait_for_work(own)) {
        run_passes(own);
        own.lane->announce(LaneStatus::State::idle);
    }
    own.lane->unload();
    own.lane->announce(LaneStatus::State::stopped);
}

bool EngineThread::Impl::wait_for_work(LaneThread& own) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return asked != own.answered || control->is_stopping(); });
    return !control->is_stopping();
}

void EngineThread::Impl::run_passes(LaneThread& own) {
    std::uint64_t asked_before = 0;
    {
        const std::lock_guard lock(mutex);
        asked_before = asked;
    }
    for (;;) {
        if (&own == first) read_texts(own);
        const auto worked = own.lane->run_next_pass();
        if (!worked) log::error("The job queue does not work: {}", worked.error().text());
        if (!worked || !*worked || control->is_stopping()) break;
    }
    const std::lock_guard lock(mutex);
    own.answered = asked_before;
}

void EngineThread::Impl::read_texts(LaneThread& own) {
    control->go_on(0);
    while (!control->is_stopping()) {
        std::optional<TextQuestion> next;
        {
            const std::lock_guard lock(mutex);
            if (questions.empty()) return;
            next = std::move(questions.front());
            questions.pop_front();
        }
        next->answer(own.lane->read_text(next->checkpoint, next->text));
    }
}

void EngineThread::Impl::tell(LaneThread& own, const LaneStatus& status) {
    const std::lock_guard one_at_a_time(telling);
    EngineStatus now;
    {
        const std::lock_guard lock(mutex);
        own.status = status;
        now = merged_status();
    }
    changed.notify_all();
    if (listener) listener(now);
}

EngineStatus EngineThread::Impl::merged_status() const {
    using State = LaneStatus::State;
    EngineStatus merged;
    for (const auto& lane : lanes)
        merged.lanes.push_back(lane->status);
    const auto any = [&](State state) {
        return std::ranges::find(merged.lanes, state, &LaneStatus::state) != merged.lanes.end();
    };
    merged.state = any(State::running)          ? State::running
                   : any(State::loading_module) ? State::loading_module
                   : any(State::idle)           ? State::idle
                                                : State::stopped;
    return merged;
}

EngineThread::EngineThread(Project& project, BackendFactory factory, EngineOptions options,
                           std::function<void(const EngineStatus&)> listener)
    : impl_(std::make_unique<Impl>(project, std::move(factory), std::move(options), std::move(listener))) {
    impl_->add_lane(impl_->options.device);
}

EngineThread::~EngineThread() {
    {
        // Under the lock that the waiting threads test the condition with, so that the wake-up is not lost.
        const std::lock_guard lock(impl_->mutex);
        impl_->control->stop();
    }
    impl_->changed.notify_all();
    // The first lane makes the others: they are known once it has ended.
    impl_->first->thread.join();
    for (std::size_t i = 1; i < impl_->lanes.size(); ++i)
        impl_->lanes[i]->thread.join();
}

void EngineThread::wake() {
    impl_->ask();
}

void EngineThread::cancel(JobId job) {
    // Asked for first: a job that is claimed meanwhile stops at once, one that still waits is cancelled where it is.
    impl_->control->cancel(job);
    impl_->write([control = impl_->control, job](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const int cancelled, session.cancel_queued_jobs(job));
        if (cancelled > 0) control->forget(job);
        return {};
    });
}

void EngineThread::cancel_all() {
    impl_->write([](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.cancel_queued_jobs());
        return {};
    });
    impl_->control->cancel_running();
}

void EngineThread::retry(JobId job) {
    impl_->control->forget(job);
    impl_->write([job](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.retry_job(job));
        return {};
    });
    impl_->ask();
}

void EngineThread::pause(JobId job) {
    impl_->control->pause(job);
    impl_->write([control = impl_->control, job](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.set_job_paused(job, true));
        // It may have gone back to the queue and been claimed again before this.
        control->is_running(job) ? control->pause(job) : control->forget(job);
        return {};
    });
}

void EngineThread::resume(JobId job) {
    impl_->control->forget(job);
    impl_->write([job](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.set_job_paused(job, false));
        return {};
    });
    impl_->ask();
}

void EngineThread::pause_all() {
    impl_->write([control = impl_->control](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.set_queue_paused(true));
        control->set_queue_paused(true);
        return {};
    });
}

void EngineThread::resume_all() {
    impl_->write([control = impl_->control](WriteSession& session) -> Expected<void> {
        control->set_queue_paused(false);
        return session.set_queue_paused(false);
    });
    impl_->ask();
}

void EngineThread::move(JobId job, JobMove move) {
    impl_->write([job, move](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.move_job(job, move));
        return {};
    });
}

void EngineThread::read_text(CheckpointId checkpoint, std::string text, TextAnswer answer) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->questions.push_back({checkpoint, std::move(text), std::move(answer)});
    }
    impl_->control->interrupt(0);
    impl_->ask();
}

EngineStatus EngineThread::status() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->merged_status();
}

bool EngineThread::wait_until_idle(const CancellationToken& token) {
    std::unique_lock lock(impl_->mutex);
    const auto is_idle = [this] {
        return std::ranges::all_of(impl_->lanes, [this](const auto& lane) {
            return lane->answered == impl_->asked || lane->status.state == LaneStatus::State::stopped;
        });
    };
    while (!is_idle()) {
        if (token.cancelled()) return false;
        impl_->changed.wait_for(lock, std::chrono::milliseconds(50));
    }
    return true;
}

} // namespace isoloss
