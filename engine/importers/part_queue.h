#pragma once

#include "engine/importers/run_part.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace isoloss {

/// Parts of many sources on their way from the threads that read them to the one that stores them, in the order of the
/// sources, whichever is read first: so an import gives the same project every time. Bounded: the reader of a source
/// whose parts wait is held up, and readers that are ahead of the source at hand share a limit of their own. Safe
/// between threads.
class PartQueue {
public:
    explicit PartQueue(std::size_t sources) : waiting_(sources) {}

    /// Adds a part of a source; waits for room. False when nothing is stored any more.
    bool give(std::size_t source, RunPart part) {
        std::unique_lock lock(mutex_);
        const std::size_t bytes = held_bytes(part);
        changed_.wait(lock, [&] { return aborted_ || has_room(source, bytes); });
        if (aborted_) return false;
        waiting_[source].parts.push_back(std::move(part));
        waiting_bytes_ += bytes;
        changed_.notify_all();
        return true;
    }

    /// Columns that were stored, for the parts to come: large memory that comes and goes costs more than to fill it.
    void give_back(EventColumns columns) {
        const std::lock_guard lock(mutex_);
        if (spare_.size() < most_spare) spare_.push_back(std::move(columns));
    }

    EventColumns spare() {
        const std::lock_guard lock(mutex_);
        if (spare_.empty()) return {};
        EventColumns columns = std::move(spare_.back());
        spare_.pop_back();
        return columns;
    }

    /// No more parts come from this source.
    void finish(std::size_t source) {
        const std::lock_guard lock(mutex_);
        waiting_[source].finished = true;
        changed_.notify_all();
    }

    /// Sends all readers away.
    void abort() {
        const std::lock_guard lock(mutex_);
        aborted_ = true;
        changed_.notify_all();
    }

    /// The next part; nothing when none comes in time, or when all sources are finished.
    std::optional<RunPart> take(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return aborted_ || !is_waiting(); });
        skip_finished();
        if (aborted_ || current_ == waiting_.size() || waiting_[current_].parts.empty()) return std::nullopt;
        std::optional<RunPart> part(std::move(waiting_[current_].parts.front()));
        waiting_[current_].parts.pop_front();
        waiting_bytes_ -= held_bytes(*part);
        changed_.notify_all();
        return part;
    }

    /// Waits until a part can be taken (true) or all sources are finished or sent away (false).
    bool wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return aborted_ || !is_waiting(); });
        return !aborted_ && current_ < waiting_.size();
    }

private:
    static constexpr std::size_t most_waiting = 2; ///< parts of a source
    static constexpr std::size_t most_waiting_bytes = std::size_t{32} << 20;
    static constexpr std::size_t most_spare = 8;

    struct Waiting {
        std::deque<RunPart> parts;
        bool finished = false;
    };

    // The source at hand is never held up by those behind it: they wait for it.
    bool has_room(std::size_t source, std::size_t bytes) {
        skip_finished();
        if (waiting_[source].parts.size() >= most_waiting) return false;
        return source == current_ || waiting_bytes_ + bytes <= most_waiting_bytes;
    }

    void skip_finished() {
        while (current_ < waiting_.size() && waiting_[current_].finished && waiting_[current_].parts.empty())
            ++current_;
    }

    bool is_waiting() {
        skip_finished();
        return current_ < waiting_.size() && waiting_[current_].parts.empty();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Waiting> waiting_;  ///< by source
    std::size_t current_ = 0;       ///< the source whose parts are taken
    std::size_t waiting_bytes_ = 0; ///< of all parts, roughly
    bool aborted_ = false;
    std::vector<EventColumns> spare_;
};

} // namespace isoloss
