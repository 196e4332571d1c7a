#pragma once

#include "engine/importers/event_points.h"
#include "engine/importers/run_part.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// The points of one run from a source that is read from its beginning every time: a table, a JSON document, a
/// database. What an earlier import has stored is recognised by its number and its hash, series by series, and passed
/// over, so that only the rest is handed on. When the beginning is not what it was (the file was written anew),
/// contradicted() says so: the reader then starts again with restart(), which makes it a new attempt.
/// A step below the last one of its series begins a new attempt, as in event files. One thread.
class RereadPoints {
public:
    /// `state`: state() of an earlier import, from the SourceRecord; empty for none.
    void restore(std::string_view state);

    /// The source is read from where it had ended: what was stored before does not come again.
    void go_on();

    /// The number of a series for add(), which is quicker than its name.
    std::size_t series(std::string_view name);

    /// `wall_time`: UTC seconds, NaN when unknown.
    void add(std::size_t series, std::int64_t step, double wall_time, double value);

    void add(std::string_view series_name, std::int64_t step, double wall_time, double value) {
        add(series(series_name), step, wall_time, value);
    }

    bool contradicted() const { return contradicted_; }

    /// When all is read: a series has fewer points than were stored before, so that the source was cut.
    bool shortened() const;

    /// Begins reading the source again from its beginning, in a new attempt; what was stored before stays.
    void restart();

    /// A restart that the source tells of; counts when points came since the one before. Within what was stored before
    /// it was counted then.
    void begin_attempt();

    /// The attempt that the next point belongs to.
    int attempt() const { return static_cast<int>(points_.attempt()); }

    bool full() const { return points_.full(); }

    bool empty() const { return points_.waiting() == 0; }

    /// Points that were added and are new, over the whole reading.
    std::int64_t added() const { return added_; }

    /// Moves what waits into a part: its points and new_series.
    void take(RunPart& part);

    /// JSON; belongs into the state of a SourceRecord of the same part.
    std::string state() const;

private:
    /// What is read of one series: how many points, and a hash of their steps and values in order.
    struct Prefix {
        std::string name;
        std::optional<std::uint32_t> tag{};            ///< in points_
        std::uint64_t count = 0, hash = 0;             ///< in this reading
        std::uint64_t known_count = 0, known_hash = 0; ///< in the earlier one
    };

    struct NameHash {
        using is_transparent = void;

        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    EventPoints points_;
    std::vector<Prefix> series_;
    std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>> numbers_;
    std::size_t named_ = 0;
    std::int64_t added_ = 0;
    bool contradicted_ = false;
    bool in_prefix_ = false; ///< the latest point was stored before
};

} // namespace isoloss
