#pragma once

#include "engine/series/curve_axis.h"
#include "engine/series/series_state.h"
#include "engine/series/series_view.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace isoloss {

/// The shown points of one attempt over which x only rises or only falls, and the chunks that they lie in.
struct CurveSection {
    int attempt = 1;
    MonotonePart part;              ///< cut where a later attempt hides the rest
    std::size_t begin = 0, end = 0; ///< chunks of the outline
    bool goes_on = false;           ///< from the section before, which ends with the step at which this one begins

    /// Those of the points (buckets of one each, in order of steps) that lie in it.
    std::span<const Bucket> points(std::span<const Bucket> all) const;

    bool holds(const Bucket& bucket) const {
        return bucket.first_step >= part.first_step && bucket.last_step <= part.last_step;
    }
};

std::vector<CurveSection> curve_sections(const SeriesOutline& outline, const CurveAxis& axis, AttemptRule rule);

/// What of a bucket lies in a section, as an interval of x.
CurveAxis::Interval interval_within(const CurveSection& section, const Bucket& bucket, const CurveAxis& axis);

/// A chunk that a view shows, or that is the next one beside the view.
struct PlannedChunk {
    std::size_t section = 0; ///< index into the plan's sections
    std::size_t chunk = 0;   ///< index into the outline
    int level = 0;           ///< of its buckets in the view
    int stored_level = 0;    ///< of the buckets that they are made from: 0 where the section cuts the chunk
};

/// Which chunks a view takes at which level, worked out from the outline alone.
struct ViewPlan {
    CurveAxis::Interval range;
    std::vector<CurveSection> sections;
    std::vector<PlannedChunk> chunks; ///< by section, within a section in order of x
    bool by_column = false;           ///< there are too many sections to draw: `chunks` is not to be used
};

ViewPlan plan_view(const SeriesRequest& request, const SeriesOutline& outline, const CurveAxis& axis);

} // namespace isoloss
