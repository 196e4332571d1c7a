#pragma once

#include "engine/importers/events/event_decoder.h"
#include "engine/importers/name_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// A point of any series of a run, as it waits to be stored.
struct EventPoint {
    std::int64_t step = 0;
    double wall_time = 0;
    std::uint64_t bits = 0; ///< of a float, or of a double when `wide`
    std::uint32_t tag = 0;  ///< index into EventPoints::names
    std::uint32_t attempt : 31 = 1;
    std::uint32_t wide : 1 = 0;
};

/// Collects the points of one run, file after file, and decides their attempt. Every file is in one attempt at a time:
/// a new file goes on with the newest, a file that has grown with its own, so that two writers in one folder stay
/// apart. A SessionLog START after points, a replaced file, or a step below the last one of the same tag within the
/// attempt takes the file to a new attempt. One thread.
class EventPoints final : public EventSink {
public:
    /// More tags than this are counted and left out: 10⁶ names are the mistake of a logger, and memory has an end.
    static constexpr std::size_t most_tags = 1'000'000;

    /// What tag_of() answers for a tag too many.
    static constexpr std::uint32_t no_tag = NameTable::none;

    /// The number of a tag for add(), which spares looking its name up again.
    std::uint32_t tag_of(std::string_view tag) { return find(tag); }

    /// `bits`: of a float, or of a double when `wide`.
    void add(std::uint32_t tag, std::int64_t step, double wall_time, std::uint64_t bits, bool wide);

    void scalar(const EventScalar& scalar) override;
    void session_start() override;
    void facts(const EventRunFacts& facts) override;

    /// What follows comes from another file. `attempt`: where its earlier points ended, nothing for a file that is new.
    void begin_file(std::optional<std::uint32_t> attempt);

    /// Takes the file to a new attempt, unless the one that it is in has no points yet.
    void begin_attempt();

    /// The attempt that the file at hand is in.
    std::uint32_t attempt() const { return attempt_; }

    /// JSON: the attempts that files may still be in, with the last step of each tag.
    std::string state() const;
    void restore(std::string_view state);

    std::size_t waiting() const { return waiting_; }

    /// Whether enough points wait to be handed over; more tags ask for more points.
    bool full() const { return waiting_ >= std::max(batch_points, std::min(16 * tags_.size(), most_batch_points)); }

    /// The points that wait, in file order, valid until the next one comes; none wait afterwards.
    std::span<const EventPoint> take();

    /// The series' name, valid as long as this object.
    std::string_view name(std::uint32_t tag) const { return names_[tag]; }

    std::size_t tag_count() const { return tags_.size(); }

    std::vector<EventRunFacts> take_facts();

    std::int64_t points_of_excess_tags() const { return excess_; }

private:
    struct Tag {
        std::string_view name;
        std::int64_t last_step = 0;
        std::uint32_t last_attempt = 0;  ///< 0: no point yet
        std::uint32_t follower = no_tag; ///< the tag that came after this one last time
    };

    static constexpr std::size_t batch_points = std::size_t{1} << 14; // what the cache of a core holds
    static constexpr std::size_t most_batch_points = std::size_t{1} << 16;
    /// Last steps that the state tells. A step below one that it does not tell is noticed when it is to be stored.
    static constexpr std::size_t most_told_steps = 100'000;

    /// An attempt that other files may be in.
    struct Attempt {
        std::uint32_t attempt = 0;
        std::vector<std::pair<std::uint32_t, std::int64_t>> last_steps; ///< tag and step
    };

    /// More writers at once than this in one folder begin new attempts instead of going on with theirs.
    static constexpr std::size_t most_kept_attempts = 16;

    std::uint32_t find(std::string_view tag);
    std::uint32_t add_tag(std::string_view tag);
    void enter_new_attempt();
    void keep_attempt();
    std::vector<std::pair<std::uint32_t, std::int64_t>> last_steps(std::size_t most) const;

    NameTable names_;                           ///< of series
    NameTable renamed_;                         ///< tags that are not their series' names
    std::vector<std::uint32_t> tag_of_renamed_; ///< by their number
    std::vector<Tag> tags_;
    std::vector<EventPoint> points_; ///< with room for more
    std::size_t waiting_ = 0;
    std::vector<EventRunFacts> facts_;
    std::uint32_t previous_ = no_tag;
    std::vector<Attempt> kept_; ///< but not the one at hand; the latest used last
    std::uint32_t newest_ = 1;
    std::uint32_t attempt_ = 1;
    bool attempt_has_points_ = false;
    bool attempt_is_shared_ = false; ///< other files may be in it
    std::int64_t excess_ = 0;
};

/// A tag as the name of a series: valid UTF-8 without control characters, at most 512 bytes, never empty. What had to
/// be changed gets a part of the tag's hash, so that two tags never become one series.
std::string series_name_of_tag(std::string_view tag);

} // namespace isoloss
