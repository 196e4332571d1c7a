#pragma once

#include "engine/series/bucket.h"
#include "engine/series/series_view.h"
#include "engine/series/step_to_x.h"

#include <cstdint>
#include <span>

namespace isoloss {

/// The x axis of one view: which x a bucket has and how many pixel columns an interval takes. The one place that maps
/// points to x. Each copy for one thread at a time.
class CurveAxis {
public:
    /// `symlog_threshold`, 1 unless it is positive: where a symmetric logarithmic axis ceases to be linear.
    CurveAxis(StepToX x, CurveScale scale, double symlog_threshold = 1)
        : x_(std::move(x)), scale_(scale), symlog_threshold_(symlog_threshold > 0 ? symlog_threshold : 1) {}

    struct Interval {
        double first = 0, last = 0; ///< first ≤ last
    };

    /// From the first to the last point of a bucket within one of the parts.
    Interval of(int attempt, const Bucket& bucket) const;

    Interval of(const MonotonePart& part) const { return {x_.of_logged(part.least_x), x_.of_logged(part.most_x)}; }

    /// NaN where it is not known.
    double of_point(int attempt, std::int64_t step, double wall_time) const { return x_(attempt, step, wall_time); }

    /// The parts of an attempt over which x rises or falls; without a scale.
    std::span<const MonotonePart> parts(int attempt) const { return x_.parts(attempt); }

    /// Whether a point at x can be drawn.
    bool shows(double x) const;

    /// Pixel columns between two x when [low, high] takes `pixel_width`; infinite where that cannot be said.
    double pixels(Interval interval, Interval range, int pixel_width) const;

    /// The coarsest level of the pyramid at which no bucket of a chunk of so many points is wider than a pixel column,
    /// the points evenly spread over the interval; 0 where none is.
    int level(std::uint32_t points, Interval interval, Interval range, int pixel_width) const;

    /// The smallest x that a logarithmic axis begins with when nothing else is asked.
    double least_positive() const { return x_.least_positive(); }

private:
    double position(double x, Interval range) const;

    StepToX x_;
    CurveScale scale_;
    double symlog_threshold_;
};

} // namespace isoloss
