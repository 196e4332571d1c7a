#pragma once

#include "engine/base/error.h"
#include "engine/jobs/engine_thread.h"
#include "engine/store/reader.h"
#include "engine/store/writer.h"

#include <QObject>
#include <QPointer>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>

namespace isoloss {

class Project;

/// Where one consumer's requests line up: as soon as a newer request is made on a channel, older ones that wait are
/// dropped and older answers are never delivered. Keep one as a member per thing that is shown. Window thread.
class QueryChannel {
public:
    /// Makes every request under way stale without asking anew.
    void drop() { ++*newest_; }

private:
    friend class EngineBridge;
    std::shared_ptr<std::atomic<std::uint64_t>> newest_ = std::make_shared<std::atomic<std::uint64_t>>(0);
};

template <typename T>
struct SharedAnswer {
    using Type = std::shared_ptr<const T>;

    static Type share(T&& value) { return std::make_shared<const T>(std::move(value)); }
};

template <typename T>
struct SharedAnswer<std::shared_ptr<const T>> {
    using Type = std::shared_ptr<const T>;

    static Type share(Type&& value) { return std::move(value); }
};

/// What a query calls back with: an immutable value that may be kept, or the error. A query that answers a
/// shared_ptr<const X> itself is passed on as it is.
template <typename T>
using QueryAnswer = Expected<typename SharedAnswer<T>::Type>;

/// The window's only way to the engine: reads run on query threads with readers of their own, writes are handed to the
/// Writer, and what the engine reports arrives as signals on the window thread, at most one each 60 ms. Lives as long
/// as the window; without a project queries and writes are dropped. Window thread, unless stated otherwise.
class EngineBridge : public QObject {
    Q_OBJECT

public:
    explicit EngineBridge(QObject* parent = nullptr);
    ~EngineBridge() override;

    /// Changes the project; nullptr detaches. Waits for the queries that run, drops those that wait, and finishes the
    /// writes. The old project must live until this returns.
    void setProject(Project* project);

    Project* project() const { return project_; }

    /// Runs `work` on a query thread and calls `callback` on the window thread, unless the context object is gone or
    /// the project was changed meanwhile. Several queries may run at once and answer in any order.
    template <typename T>
    void query(std::function<Expected<T>(Reader&)> work, QObject* context,
               std::function<void(QueryAnswer<T>)> callback);

    /// The same on a channel: only the newest request is answered.
    template <typename T>
    void query(QueryChannel& channel, std::function<Expected<T>(Reader&)> work, QObject* context,
               std::function<void(QueryAnswer<T>)> callback);

    /// For a query that is large: a function that asks the other query threads to help, each of which does so as soon
    /// as it is free, or never. To be called by queries only, on any thread.
    std::function<void(std::function<void(Reader&)>)> helpOfOtherQueries();

    using WriteCallback = std::function<void(const Expected<void>&)>;

    /// Runs a write task in order with the other writes, durably. Without a callback a failure is told by
    /// writeFailed. The task runs on the Writer's thread.
    void write(Writer::Task task, QObject* context = nullptr, WriteCallback callback = {});

    /// Writes that are not committed yet.
    int pendingWrites() const { return pendingWrites_; }

    /// For EngineThread's listener; any thread.
    void postEngineStatus(const EngineStatus& status);

    const EngineStatus& engineStatus() const { return engineStatus_; }

Q_SIGNALS:
    /// Another project, or none. Everything read before is void.
    void projectChanged();
    /// What was committed since the last signal, by this process or by another one (then `everything`).
    void changed(const isoloss::ChangeSet& changes);
    void engineStatusChanged(const isoloss::EngineStatus& status);
    void pendingWritesChanged(int pending);
    void writeFailed(const isoloss::Error& error);

private:
    struct Threads;
    using Delivery = std::function<void()>;
    /// Runs on a query thread; answers what to do on the window thread.
    using Request = std::function<Delivery(Expected<Reader*>)>;

    void enqueue(Request request, std::shared_ptr<std::atomic<std::uint64_t>> newest, std::uint64_t number,
                 QObject* context);
    void scheduleEvents();
    void deliverEvents();
    void finishWrite(const Expected<void>& result, const QPointer<QObject>& context, bool hasContext,
                     const WriteCallback& callback);

    Project* project_ = nullptr;
    std::uint64_t epoch_ = 0; ///< raised with each change of project
    int writerSubscription_ = 0;
    int pendingWrites_ = 0;
    EngineStatus engineStatus_;
    std::unique_ptr<Threads> threads_;
};

template <typename T>
void EngineBridge::query(std::function<Expected<T>(Reader&)> work, QObject* context,
                         std::function<void(QueryAnswer<T>)> callback) {
    QueryChannel once;
    query<T>(once, std::move(work), context, std::move(callback));
}

template <typename T>
void EngineBridge::query(QueryChannel& channel, std::function<Expected<T>(Reader&)> work, QObject* context,
                         std::function<void(QueryAnswer<T>)> callback) {
    const std::uint64_t number = ++*channel.newest_;
    Request request = [work = std::move(work), callback = std::move(callback)](Expected<Reader*> reader) -> Delivery {
        QueryAnswer<T> answer;
        if (!reader)
            answer = tl::unexpected<Error>(reader.error());
        else if (auto result = work(**reader))
            answer = SharedAnswer<T>::share(std::move(*result));
        else
            answer = tl::unexpected<Error>(std::move(result).error());
        return [callback, answer = std::move(answer)] { callback(answer); };
    };
    enqueue(std::move(request), channel.newest_, number, context);
}

} // namespace isoloss
