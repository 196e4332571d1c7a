#include "engine/store/writer.h"

#include "engine/base/log.h"
#include "engine/store/connection.h"
#include "engine/store/transaction.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace isoloss {

struct Writer::Impl {
    struct Entry {
        Task task;
        Durability durability = Durability::bulk;
        std::promise<Expected<void>> promise;
    };

    std::unique_ptr<Connection> connection;
    mutable std::mutex queue_mutex;
    std::condition_variable queue_filled;
    std::deque<Entry> queue;
    bool stopping = false;
    std::optional<Durability> durability; ///< as the connection is set

    std::mutex listener_mutex; ///< held while listeners run, so that unsubscribe waits for them
    std::map<int, Listener> listeners;
    int next_handle = 1;

    std::thread thread;

    void work();
    Expected<void> perform(const Task& task, Durability durability);
    Expected<void> transact(const Task& task);
    Expected<void> set_durability(Durability wanted);
    void notify(const ChangeSet& changes);
};

void Writer::Impl::work() {
    for (;;) {
        Entry entry;
        {
            std::unique_lock lock(queue_mutex);
            queue_filled.wait(lock, [this] { return stopping || !queue.empty(); });
            if (queue.empty()) break;
            entry = std::move(queue.front());
            queue.pop_front();
        }
        auto result = perform(entry.task, entry.durability);
        // What the task holds is let go before anyone learns that it is done.
        entry.task = {};
        entry.promise.set_value(std::move(result));
    }
    if (const auto done = connection->checkpoint(); !done)
        log::warn("The project's log could not be copied into it: {}", done.error().text());
    connection.reset();
}

Expected<void> Writer::Impl::perform(const Task& task, Durability wanted) {
    try {
        ISOLOSS_TRY_VOID(set_durability(wanted));
        return transact(task);
    } catch (const std::exception& exception) {
        return fail(ErrorKind::internal, std::string("a change of the project failed: ") + exception.what());
    } catch (...) {
        return fail(ErrorKind::internal, "a change of the project failed");
    }
}

Expected<void> Writer::Impl::set_durability(Durability wanted) {
    if (durability == wanted) return {};
    ISOLOSS_TRY_VOID(connection->execute_script(wanted == Durability::full ? "PRAGMA synchronous = FULL"
                                                                           : "PRAGMA synchronous = NORMAL"));
    durability = wanted;
    return {};
}

Expected<void> Writer::Impl::transact(const Task& task) {
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection, Transaction::Kind::write));
    ChangeSet changes;
    {
        WriteSession session(*connection);
        ISOLOSS_TRY_VOID(task(session));
        ISOLOSS_TRY_VOID(session.flush());
        changes = session.changes();
    }
    ISOLOSS_TRY_VOID(transaction.commit());
    if (!changes.empty()) notify(changes);
    return {};
}

void Writer::Impl::notify(const ChangeSet& changes) {
    const std::lock_guard lock(listener_mutex);
    for (const auto& [handle, listener] : listeners) {
        try {
            listener(changes);
        } catch (const std::exception& exception) {
            log::error("A listener of the project failed: {}", exception.what());
        }
    }
}

Writer::Writer(std::unique_ptr<Connection> connection) : impl_(std::make_unique<Impl>()) {
    impl_->connection = std::move(connection);
    impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(impl_->queue_mutex);
        impl_->stopping = true;
    }
    impl_->queue_filled.notify_one();
    impl_->thread.join();
}

std::future<Expected<void>> Writer::submit(Task task, Durability durability) {
    std::future<Expected<void>> result;
    {
        const std::lock_guard lock(impl_->queue_mutex);
        auto& entry = impl_->queue.emplace_back();
        entry.task = std::move(task);
        entry.durability = durability;
        result = entry.promise.get_future();
    }
    impl_->queue_filled.notify_one();
    return result;
}

Expected<void> Writer::run(Task task, Durability durability) {
    if (std::this_thread::get_id() == impl_->thread.get_id())
        return fail(ErrorKind::internal, "a change of the project waited for another one");
    return submit(std::move(task), durability).get();
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(impl_->queue_mutex);
    return impl_->queue.size();
}

int Writer::subscribe(Listener listener) {
    const std::lock_guard lock(impl_->listener_mutex);
    const int handle = impl_->next_handle++;
    impl_->listeners.emplace(handle, std::move(listener));
    return handle;
}

void Writer::unsubscribe(int handle) {
    const std::lock_guard lock(impl_->listener_mutex);
    impl_->listeners.erase(handle);
}

} // namespace isoloss
