#include "engine/importers/tail/tail_schedule.h"

#include "engine/base/file.h"

#include <algorithm>

namespace isoloss {

namespace {

// Entries that only remember when a file was read last; more are not kept.
constexpr std::size_t most_quiet_entries = 10'000;

} // namespace

std::chrono::milliseconds TailSchedule::Entry::back_off() const {
    if (fruitless == 0) return std::max(between_reads, rest * took);
    const int doublings = std::min(fruitless - 1, 20);
    return std::min<std::chrono::milliseconds>(first_retry * (std::int64_t{1} << doublings), last_retry);
}

void TailSchedule::set_due(const std::filesystem::path& path, Entry& entry, Time due) {
    if (entry.due) queue_.erase({*entry.due, path});
    entry.due = due;
    queue_.emplace(due, path);
}

void TailSchedule::changed(const std::filesystem::path& path, Time now, std::chrono::milliseconds quiet) {
    Entry& entry = entries_[path];
    // A stream of changes must not push its reading away, unless quiet is what is waited for.
    if (entry.due && quiet <= gathering && *entry.due <= now + patience) return;
    Time due = now + quiet;
    if (entry.read) due = std::max(due, *entry.read + std::min<std::chrono::milliseconds>(entry.back_off(), patience));
    set_due(path, entry, due);
}

void TailSchedule::forget(const std::filesystem::path& path) {
    for (auto at = entries_.lower_bound(path); at != entries_.end() && lies_in(at->first, path);) {
        if (at->second.due) queue_.erase({*at->second.due, at->first});
        at = entries_.erase(at);
    }
}

std::vector<std::filesystem::path> TailSchedule::take_due(Time now) {
    std::vector<std::filesystem::path> due;
    while (!queue_.empty() && queue_.begin()->first <= now) {
        due.push_back(queue_.begin()->second);
        entries_[due.back()].due.reset();
        queue_.erase(queue_.begin());
    }
    if (entries_.size() > queue_.size() + most_quiet_entries) drop_quiet_ones(now);
    return due;
}

int TailSchedule::settle(const std::filesystem::path& path, Outcome outcome, Time now, std::chrono::milliseconds took) {
    Entry& entry = entries_[path];
    entry.read = now;
    entry.took = took;
    entry.fruitless = outcome == Outcome::taken ? 0 : entry.fruitless + 1;
    const Time again = now + entry.back_off();
    if (outcome == Outcome::failed && entry.fruitless <= most_retries)
        set_due(path, entry, again);
    else if (entry.due && *entry.due < again) // it has changed meanwhile
        set_due(path, entry, std::min(again, now + patience));
    return entry.fruitless;
}

std::optional<TailSchedule::Time> TailSchedule::next() const {
    if (queue_.empty()) return std::nullopt;
    return queue_.begin()->first;
}

void TailSchedule::drop_quiet_ones(Time now) {
    std::erase_if(entries_, [&](const auto& entry) {
        return !entry.second.due &&
               (entry.second.fruitless == 0 || !entry.second.read || *entry.second.read + last_retry < now);
    });
}

} // namespace isoloss
