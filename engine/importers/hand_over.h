#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace isoloss {

/// A bounded queue from one thread that gives to one that takes, where the taker comes and goes: it leaves when nothing
/// has come for a while, and the giver learns that another one must be called. Safe between the two threads.
template <typename Item>
class HandOver {
public:
    explicit HandOver(std::size_t most_items) : most_items_(most_items) {}

    /// Adds an item; waits for room while somebody takes. Answers whether somebody does.
    bool give(Item item) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !taken_ || items_.size() < most_items_; });
        items_.push_back(std::move(item));
        changed_.notify_all();
        return taken_;
    }

    bool empty() const {
        const std::lock_guard lock(mutex_);
        return items_.empty();
    }

    bool full() const {
        const std::lock_guard lock(mutex_);
        return items_.size() >= most_items_;
    }

    /// Nothing will be given any more: the taker need not wait.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    /// Announces a taker; leave() sends it away.
    void enter() { set_taken(true); }

    void leave() { set_taken(false); }

    /// The oldest item. Nothing when none comes in time: the taker has then left.
    std::optional<Item> take(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return closed_ || !items_.empty(); });
        if (items_.empty()) {
            taken_ = false;
            return std::nullopt;
        }
        std::optional<Item> item(std::move(items_.front()));
        items_.pop_front();
        changed_.notify_all();
        return item;
    }

private:
    void set_taken(bool taken) {
        const std::lock_guard lock(mutex_);
        taken_ = taken;
        changed_.notify_all();
    }

    const std::size_t most_items_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool taken_ = false;
    bool closed_ = false;
};

} // namespace isoloss
