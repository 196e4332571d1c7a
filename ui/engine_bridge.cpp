#include "ui/engine_bridge.h"

#include "engine/store/project.h"

#include <QElapsedTimer>
#include <QTimer>
#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace isoloss {

namespace {

constexpr int eventIntervalMs = 60;
constexpr std::size_t mostSeriesInOneEvent = 4096;
constexpr auto pollInterval = std::chrono::seconds(1);

void merge(ChangeSet& into, const ChangeSet& more) {
    into.everything |= more.everything;
    into.runs |= more.runs;
    into.checkpoints |= more.checkpoints;
    into.quantities |= more.quantities;
    into.values |= more.values;
    into.jobs |= more.jobs;
    into.views |= more.views;
    into.datasets |= more.datasets;
    into.series.insert(into.series.end(), more.series.begin(), more.series.end());
    std::sort(into.series.begin(), into.series.end());
    into.series.erase(std::unique(into.series.begin(), into.series.end()), into.series.end());
    if (into.series.size() > mostSeriesInOneEvent) {
        into.everything = true;
        into.series.clear();
    }
}

Error caught(const char* what) {
    return Error{ErrorKind::internal, {}, {}, what, "Please report this with the log"};
}

} // namespace

/// The query threads, the write thread and the events that wait for the window.
struct EngineBridge::Threads {
    struct Waiting {
        Request request;
        std::shared_ptr<std::atomic<std::uint64_t>> newest;
        std::uint64_t number = 0;
        std::uint64_t epoch = 0;
        QPointer<QObject> context;

        bool stale() const { return newest->load() != number; }
    };

    struct Write {
        Writer::Task task;
        QPointer<QObject> context;
        bool hasContext = false;
        WriteCallback callback;
    };

    explicit Threads(EngineBridge& owner) : bridge(owner) {
        timer.setSingleShot(true);
        sinceEvents.start();
    }

    void start(Project& project);
    void stop();
    void queryLoop(Project& project, bool polls);
    void writeLoop(Project& project);
    void addChanges(const ChangeSet& changes);

    EngineBridge& bridge;
    std::mutex mutex;
    std::condition_variable queryReady, writeReady;
    bool stopping = false;
    std::deque<Waiting> queries;
    std::deque<std::function<void(Reader&)>> helps; ///< parts of queries that run
    std::size_t queryThreads = 0;
    std::deque<Write> writes;
    std::vector<std::thread> threads;

    std::mutex eventMutex;
    ChangeSet changes;
    std::optional<EngineStatus> status;
    bool scheduled = false;
    QTimer timer;
    QElapsedTimer sinceEvents;
};

void EngineBridge::Threads::start(Project& project) {
    stopping = false;
    // One thread answers what a drag asks for while another one is busy with a large table. Only a project that another
    // process writes needs to be polled.
    queryThreads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 4);
    for (std::size_t i = 0; i < queryThreads; ++i)
        threads.emplace_back([this, &project, polls = i == 0 && project.read_only()] { queryLoop(project, polls); });
    if (!project.read_only()) threads.emplace_back([this, &project] { writeLoop(project); });
}

void EngineBridge::Threads::stop() {
    {
        const std::scoped_lock lock(mutex);
        stopping = true;
        queries.clear();
        helps.clear();
    }
    queryReady.notify_all();
    writeReady.notify_all();
    for (auto& thread : threads)
        thread.join();
    threads.clear();
}

void EngineBridge::Threads::queryLoop(Project& project, bool polls) {
    std::unique_ptr<Reader> reader;
    std::optional<std::int64_t> version;
    for (;;) {
        std::optional<Waiting> next;
        std::function<void(Reader&)> help;
        {
            std::unique_lock lock(mutex);
            const auto ready = [this] { return stopping || !queries.empty() || !helps.empty(); };
            if (polls)
                queryReady.wait_for(lock, pollInterval, ready);
            else
                queryReady.wait(lock, ready);
            if (stopping) return;
            if (!helps.empty()) {
                help = std::move(helps.front());
                helps.pop_front();
            } else if (!queries.empty()) {
                next = std::move(queries.front());
                queries.pop_front();
            }
        }
        std::optional<Error> openError;
        if (!reader) {
            if (auto opened = project.reader())
                reader = std::move(*opened);
            else
                openError = std::move(opened).error();
        }
        if (polls && reader) {
            const auto now = reader->data_version();
            if (now && version && *now != *version) {
                ChangeSet all;
                all.everything = true;
                addChanges(all);
            }
            if (now) version = *now;
        }
        if (help && reader) help(*reader);
        if (!next || next->stale()) continue;
        Delivery delivery;
        try {
            delivery = openError ? next->request(tl::unexpected<Error>(*openError)) : next->request(reader.get());
        } catch (const std::exception& exception) {
            delivery = next->request(tl::unexpected<Error>(caught(exception.what())));
        }
        QMetaObject::invokeMethod(
            &bridge,
            [this, waiting = std::move(*next), delivery = std::move(delivery)] {
                if (waiting.epoch == bridge.epoch_ && waiting.context && !waiting.stale()) delivery();
            },
            Qt::QueuedConnection);
    }
}

void EngineBridge::Threads::writeLoop(Project& project) {
    for (;;) {
        Write next;
        {
            std::unique_lock lock(mutex);
            writeReady.wait(lock, [this] { return stopping || !writes.empty(); });
            if (writes.empty()) return;
            next = std::move(writes.front());
            writes.pop_front();
        }
        Expected<void> result = project.writer().run(std::move(next.task), Durability::full);
        QMetaObject::invokeMethod(
            &bridge,
            [this, result = std::move(result), write = std::move(next)] {
                bridge.finishWrite(result, write.context, write.hasContext, write.callback);
            },
            Qt::QueuedConnection);
    }
}

void EngineBridge::Threads::addChanges(const ChangeSet& more) {
    const std::scoped_lock lock(eventMutex);
    merge(changes, more);
    if (std::exchange(scheduled, true)) return;
    QMetaObject::invokeMethod(&bridge, &EngineBridge::scheduleEvents, Qt::QueuedConnection);
}

EngineBridge::EngineBridge(QObject* parent) : QObject(parent), threads_(std::make_unique<Threads>(*this)) {
    connect(&threads_->timer, &QTimer::timeout, this, &EngineBridge::deliverEvents);
}

EngineBridge::~EngineBridge() {
    if (project_ && !project_->read_only()) project_->writer().unsubscribe(writerSubscription_);
    threads_->stop();
}

void EngineBridge::setProject(Project* project) {
    if (project == project_) return;
    if (project_) {
        if (!project_->read_only()) project_->writer().unsubscribe(writerSubscription_);
        threads_->stop();
    }
    ++epoch_;
    {
        const std::scoped_lock lock(threads_->eventMutex);
        threads_->changes = {};
        threads_->status.reset();
    }
    engineStatus_ = {};
    project_ = project;
    if (project_) {
        threads_->start(*project_);
        if (!project_->read_only())
            writerSubscription_ = project_->writer().subscribe(
                [threads = threads_.get()](const ChangeSet& changes) { threads->addChanges(changes); });
    }
    Q_EMIT projectChanged();
}

void EngineBridge::enqueue(Request request, std::shared_ptr<std::atomic<std::uint64_t>> newest, std::uint64_t number,
                           QObject* context) {
    if (!project_) return;
    {
        const std::scoped_lock lock(threads_->mutex);
        std::erase_if(threads_->queries, [](const Threads::Waiting& waiting) { return waiting.stale(); });
        threads_->queries.push_back({std::move(request), std::move(newest), number, epoch_, context});
    }
    threads_->queryReady.notify_one();
}

std::function<void(std::function<void(Reader&)>)> EngineBridge::helpOfOtherQueries() {
    return [threads = threads_.get()](const std::function<void(Reader&)>& help) {
        {
            const std::scoped_lock lock(threads->mutex);
            if (threads->stopping) return;
            threads->helps.insert(threads->helps.end(), threads->queryThreads - 1, help);
        }
        threads->queryReady.notify_all();
    };
}

void EngineBridge::write(Writer::Task task, QObject* context, WriteCallback callback) {
    if (!project_) return;
    if (project_->read_only()) {
        const Expected<void> refused =
            fail(ErrorKind::busy, "the project is open for reading only", project_->read_only_reason());
        QMetaObject::invokeMethod(
            this,
            [this, refused, target = QPointer<QObject>(context), hasContext = context != nullptr,
             callback = std::move(callback)] {
                ++pendingWrites_;
                finishWrite(refused, target, hasContext, callback);
            },
            Qt::QueuedConnection);
        return;
    }
    {
        const std::scoped_lock lock(threads_->mutex);
        threads_->writes.push_back({std::move(task), context, context != nullptr, std::move(callback)});
    }
    Q_EMIT pendingWritesChanged(++pendingWrites_);
    threads_->writeReady.notify_one();
}

void EngineBridge::finishWrite(const Expected<void>& result, const QPointer<QObject>& context, bool hasContext,
                               const WriteCallback& callback) {
    Q_EMIT pendingWritesChanged(--pendingWrites_);
    if (callback && (!hasContext || context))
        callback(result);
    else if (!result)
        Q_EMIT writeFailed(result.error());
}

void EngineBridge::postEngineStatus(const EngineStatus& status) {
    const std::scoped_lock lock(threads_->eventMutex);
    threads_->status = status;
    if (std::exchange(threads_->scheduled, true)) return;
    QMetaObject::invokeMethod(this, &EngineBridge::scheduleEvents, Qt::QueuedConnection);
}

void EngineBridge::scheduleEvents() {
    const qint64 elapsed = threads_->sinceEvents.elapsed();
    threads_->timer.start(elapsed >= eventIntervalMs ? 0 : static_cast<int>(eventIntervalMs - elapsed));
}

void EngineBridge::deliverEvents() {
    ChangeSet changes;
    std::optional<EngineStatus> status;
    {
        const std::scoped_lock lock(threads_->eventMutex);
        threads_->scheduled = false;
        changes = std::exchange(threads_->changes, {});
        status = std::exchange(threads_->status, std::nullopt);
    }
    threads_->sinceEvents.restart();
    if (status) {
        engineStatus_ = *status;
        Q_EMIT engineStatusChanged(engineStatus_);
    }
    if (!changes.empty()) Q_EMIT changed(changes);
}

} // namespace isoloss
