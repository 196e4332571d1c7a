#include "engine/series/curve_axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr double seconds_per_hour = 3600;

} // namespace

double CurveAxis::of_point(std::int64_t step, double wall_time) const {
    switch (x_) {
    case CurveX::step:
        return static_cast<double>(step);
    case CurveX::relative_time:
        return (wall_time - origin_) / seconds_per_hour;
    case CurveX::wall_time:
        return wall_time;
    }
    return wall_time;
}

CurveAxis::Interval CurveAxis::of(const Bucket& bucket) const {
    const double first = of_point(bucket.first_step, bucket.first_wall_time);
    const double last = of_point(bucket.last_step, bucket.last_wall_time);
    return first <= last ? Interval{first, last} : Interval{last, first};
}

bool CurveAxis::shows(double x) const {
    return std::isfinite(x) && (scale_ == CurveScale::linear || x > 0);
}

double CurveAxis::pixels(Interval interval, Interval range, int pixel_width) const {
    if (scale_ == CurveScale::logarithmic) {
        const auto logarithm = [&](double x) { return std::log(std::max(x, range.first)); };
        interval = {logarithm(interval.first), logarithm(interval.last)};
        range = {logarithm(range.first), logarithm(range.last)};
    }
    const double share = (interval.last - interval.first) / (range.last - range.first);
    return std::isfinite(share) ? share * pixel_width : std::numeric_limits<double>::infinity();
}

double CurveAxis::least_positive() const {
    return x_ == CurveX::relative_time ? 1 / seconds_per_hour : 1;
}

} // namespace isoloss
