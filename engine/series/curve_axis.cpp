#include "engine/series/curve_axis.h"

#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

CurveAxis::Interval CurveAxis::of(int attempt, const Bucket& bucket) const {
    const double first = of_point(attempt, bucket.first_step, bucket.first_wall_time);
    const double last = of_point(attempt, bucket.last_step, bucket.last_wall_time);
    return first <= last ? Interval{first, last} : Interval{last, first};
}

bool CurveAxis::shows(double x) const {
    return std::isfinite(x) && (scale_ != CurveScale::logarithmic || x > 0);
}

// Proportional to pixels.
double CurveAxis::position(double x, Interval range) const {
    switch (scale_) {
    case CurveScale::linear:
        break;
    case CurveScale::logarithmic:
        return std::log(std::max(x, range.first));
    case CurveScale::symlog:
        return std::asinh(x / symlog_threshold_);
    }
    return x;
}

double CurveAxis::pixels(Interval interval, Interval range, int pixel_width) const {
    const double share = (position(interval.last, range) - position(interval.first, range)) /
                         (position(range.last, range) - position(range.first, range));
    return std::isfinite(share) ? share * pixel_width : std::numeric_limits<double>::infinity();
}

int CurveAxis::level(std::uint32_t points, Interval interval, Interval range, int pixel_width) const {
    const double span = interval.last - interval.first;
    for (int level = pyramid_levels; level > 0; --level) {
        const double length = span * std::min(1.0, static_cast<double>(1u << (3 * level)) / points);
        // The widest bucket is the one nearest to 0 on every scale that is not linear.
        const double begin = std::clamp(-length / 2, interval.first, interval.last - length);
        if (pixels({begin, begin + length}, range, pixel_width) <= 1) return level;
    }
    return 0;
}

} // namespace isoloss
