#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/chunk_blocks.h"
#include "engine/series/series_view.h"
#include "engine/series/smoothing.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace isoloss {

class Reader;

constexpr std::int64_t no_cutoff = std::numeric_limits<std::int64_t>::max();

/// Attempt → the step from which a later attempt hides it.
using Cutoffs = std::map<int, std::int64_t>;

Cutoffs find_cutoffs(const std::vector<ChunkSpan>& chunks);

/// What is known of a series without its points.
struct SeriesOutline {
    std::vector<ChunkSpan> chunks;
    Cutoffs cutoffs;

    /// Whether no two finite values differ: such a series is not smoothed.
    bool constant() const;

    /// The step from which the points of an attempt are hidden.
    std::int64_t cutoff(int attempt, AttemptRule rule) const {
        return rule == AttemptRule::last_wins ? cutoffs.at(attempt) : no_cutoff;
    }
};

Expected<SeriesOutline> read_outline(Reader& reader, SeriesId series);

/// What was smoothed last, and of an EMA where it stood at the beginning of each chunk, as far as it was computed.
struct SmoothingState {
    Smoothing smoothing;
    AttemptRule rule = AttemptRule::last_wins;
    std::uint64_t variant = 0;
    std::vector<DebiasedEma> at_begin;
};

/// What a cache remembers of a series besides its blocks.
struct SeriesState {
    std::optional<SeriesOutline> outline;
    std::optional<SeriesOutline> previous; ///< before the last invalidation: what of the smoothing still holds
    std::optional<SmoothingState> smoothing;

    /// The outline is out of date.
    void invalidate();
    /// What there is of this smoothing, for the outline as it is now; `last_variant` numbers the smoothings of all
    /// series.
    SmoothingState& smoothing_for(const Smoothing& wanted, AttemptRule rule, std::uint64_t& last_variant);
};

} // namespace isoloss
