#pragma once

#include "engine/base/error.h"
#include "engine/series/series_state.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace isoloss {

class Reader;

/// Smooths the points of a series at full resolution, chunk by chunk. With AttemptRule::last_wins it runs on over
/// restarts, past points that a later attempt hides; otherwise it begins anew with each attempt. An EMA reads
/// everything up to the asked chunks once and remembers in the state where it stood; a window reads its neighbourhood.
class ChunkSmoother {
public:
    /// Everything it is given outlives it.
    ChunkSmoother(Reader& reader, SeriesId series, const SeriesOutline& outline, AttemptRule rule,
                  SmoothingState& state)
        : reader_(reader), series_(series), outline_(outline), rule_(rule), state_(state) {}

    using Take = std::function<void(std::size_t chunk, std::vector<Bucket> points)>;

    /// `take` gets each of these chunks (in ascending order) once: its shown points with their smoothed values.
    Expected<void> smooth(std::span<const std::size_t> chunks, const Take& take);

    /// How many points of the series the smoothed values of a chunk may depend on beyond what the state remembers: a
    /// block made of another number is out of date.
    std::uint32_t points_behind(std::size_t chunk) const;

private:
    struct Range {
        std::size_t begin = 0, end = 0; ///< chunks
    };

    const ChunkSpan& chunk(std::size_t i) const { return outline_.chunks[i]; }

    std::int64_t cutoff(std::size_t i) const { return outline_.cutoff(chunk(i).attempt, rule_); }

    bool joined(std::size_t a, std::size_t b) const;
    std::size_t points_shown_at_least(std::size_t i) const;
    Range neighbourhood(Range of) const;

    Expected<void> smooth_by_average(std::span<const std::size_t> chunks, const Take& take);
    Expected<void> average_range(const ChunkRange& range, std::span<const std::size_t>& chunks, const Take& take);
    Expected<void> smooth_by_window(std::span<const std::size_t> chunks, const Take& take);
    Expected<void> window_range(std::span<const std::size_t> chunks, const Take& take);

    Reader& reader_;
    SeriesId series_;
    const SeriesOutline& outline_;
    AttemptRule rule_;
    SmoothingState& state_;
};

} // namespace isoloss
