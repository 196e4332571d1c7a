#pragma once

#include "engine/series/bucket.h"
#include "engine/series/series_view.h"

namespace isoloss {

/// The x axis of one view: which x a bucket has and how many pixel columns an interval takes.
class CurveAxis {
public:
    CurveAxis(CurveX x, CurveScale scale, double origin) : x_(x), scale_(scale), origin_(origin) {}

    struct Interval {
        double first = 0, last = 0;
    };

    Interval of(const Bucket& bucket) const;

    double of_point(std::int64_t step, double wall_time) const;

    /// Whether a point at x can be drawn.
    bool shows(double x) const;

    /// Pixel columns between two x when [low, high] takes `pixel_width`; infinite where that cannot be said.
    double pixels(Interval interval, Interval range, int pixel_width) const;

    /// The smallest x that a logarithmic axis begins with when nothing else is asked: one step, one second.
    double least_positive() const;

private:
    CurveX x_;
    CurveScale scale_;
    double origin_; ///< UTC seconds of relative time 0
};

} // namespace isoloss
