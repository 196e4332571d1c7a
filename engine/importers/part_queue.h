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
        const std::size_t bytes = held_bytes(part);
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return aborted_ || has_room(source, bytes); });
        if (aborted_) return false;
        Waiting& waiting = waiting_[source];
        waiting.parts.push_back(std::move(part));
        waiting.bytes += bytes;
        waiting_bytes_ += bytes;
        if (source == current_ && waiting.parts.size() == 1) given_.notify_all();
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
        given_.notify_all();
        room_.notify_all();
    }

    /// Sends all readers away.
    void abort() {
        const std::lock_guard lock(mutex_);
        aborted_ = true;
        given_.notify_all();
        room_.notify_all();
    }

    /// The next part; nothing when none comes in time, or when all sources are finished.
    std::optional<RunPart> take(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        given_.wait_for(lock, patience, [this] { return aborted_ || !is_waiting(); });
        skip_finished();
        if (aborted_ || current_ == waiting_.size() || waiting_[current_].parts.empty()) return std::nullopt;
        Waiting& waiting = waiting_[current_];
        std::optional<RunPart> part(std::move(waiting.parts.front()));
        waiting.parts.pop_front();
        const std::size_t bytes = held_bytes(*part);
        waiting.bytes -= bytes;
        waiting_bytes_ -= bytes;
        // To wake readers costs as much as to store a little: they get room for many parts at once.
        if (waiting.parts.size() < fewest_waiting || waiting.bytes < most_bytes_of_source / 2) room_.notify_all();
        return part;
    }

    /// Waits until a part can be taken (true) or all sources are finished or sent away (false).
    bool wait() {
        std::unique_lock lock(mutex_);
        given_.wait(lock, [this] { return aborted_ || !is_waiting(); });
        return !aborted_ && current_ < waiting_.size();
    }

private:
    static constexpr std::size_t fewest_waiting = 2; ///< parts of a source, whatever they hold
    static constexpr std::size_t most_bytes_of_source = std::size_t{4} << 20;
    static constexpr std::size_t most_waiting_bytes = std::size_t{32} << 20;
    static constexpr std::size_t most_spare = 32;

    struct Waiting {
        std::deque<RunPart> parts;
        std::size_t bytes = 0; ///< of the parts, roughly
        bool finished = false;
    };

    // The source at hand is never held up by those behind it: they wait for it.
    bool has_room(std::size_t source, std::size_t bytes) {
        skip_finished();
        const Waiting& waiting = waiting_[source];
        if (waiting.parts.size() >= fewest_waiting && waiting.bytes + bytes > most_bytes_of_source) return false;
        return source == current_ || waiting_bytes_ + bytes <= most_waiting_bytes;
    }

    void skip_finished() {
        for (; current_ < waiting_.size() && waiting_[current_].finished && waiting_[current_].parts.empty();
             ++current_)
            room_.notify_all();
    }

    bool is_waiting() {
        skip_finished();
        return current_ < waiting_.size() && waiting_[current_].parts.empty();
    }

    std::mutex mutex_;
    std::condition_variable given_, room_;
    std::vector<Waiting> waiting_;  ///< by source
    std::size_t current_ = 0;       ///< the source whose parts are taken
    std::size_t waiting_bytes_ = 0; ///< of all parts, roughly
    bool aborted_ = false;
    std::vector<EventColumns> spare_;
};

} // namespace isoloss
