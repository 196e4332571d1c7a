#include "widgets/axis_transform.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

/// Zooming stops where doubles run out.
constexpr double smallest_relative_span = 1e-12;
constexpr double largest = 1e300;
constexpr double smallest_positive = 1e-300;

} // namespace

AxisRange drawable_range(AxisRange range, AxisScale scale) {
    const bool log = scale == AxisScale::log;
    const AxisRange fallback = log ? AxisRange{1, 10} : AxisRange{0, 1};
    if (!std::isfinite(range.min) || !std::isfinite(range.max)) return fallback;
    if (range.min > range.max) std::swap(range.min, range.max);
    range.min = std::clamp(range.min, -largest, largest);
    range.max = std::clamp(range.max, -largest, largest);
    if (log) {
        if (range.max <= 0) return fallback;
        range.max = std::max(range.max, 10 * smallest_positive);
        if (range.min <= 0) range.min = range.max / 1e3;
        range.min = std::max(range.min, smallest_positive);
    }
    const double size = std::max(std::abs(range.min), std::abs(range.max));
    if (size < smallest_positive) return {-1, 1};
    if (range.span() > size * smallest_relative_span) return range;
    const double middle = range.min + range.span() / 2;
    const double half = size * smallest_relative_span;
    return range.min == range.max ? AxisRange{middle - 0.05 * size, middle + 0.05 * size}
                                  : AxisRange{middle - half, middle + half};
}

AxisTransform::AxisTransform(const ChartAxis& axis, const AxisRange& range, double low_end, double high_end)
    : m_scale(axis.scale), m_threshold(axis.symlog_threshold > 0 ? axis.symlog_threshold : 1),
      m_range(drawable_range(range, axis.scale)) {
    if (axis.reversed) std::swap(low_end, high_end);
    const double low = warp(m_range.min);
    const double span = warp(m_range.max) - low;
    m_factor = (high_end - low_end) / span;
    if (m_factor == 0) m_factor = std::numeric_limits<double>::min(); // a plot of no size still inverts
    m_offset = low_end - low * m_factor;
}

double AxisTransform::warp(double value) const {
    switch (m_scale) {
    case AxisScale::linear:
        return value;
    case AxisScale::log:
        return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
    case AxisScale::symlog:
        return std::asinh(value / m_threshold);
    }
    return value;
}

double AxisTransform::unwarp(double warped) const {
    switch (m_scale) {
    case AxisScale::linear:
        return warped;
    case AxisScale::log:
        return std::pow(10, warped);
    case AxisScale::symlog:
        return std::sinh(warped) * m_threshold;
    }
    return warped;
}

bool stretchable(const AxisTransform& a, const AxisTransform& b) {
    const bool same_warp = a.m_scale == b.m_scale && (a.m_scale != AxisScale::symlog || a.m_threshold == b.m_threshold);
    return same_warp && (a.m_factor < 0) == (b.m_factor < 0);
}

AxisRange zoomed(const AxisTransform& axis, double anchor, double factor) {
    const double fixed = axis.warp(axis.value(anchor));
    const double low = axis.warp(axis.range().min);
    const double high = axis.warp(axis.range().max);
    return drawable_range({axis.unwarp(fixed + (low - fixed) * factor), axis.unwarp(fixed + (high - fixed) * factor)},
                          axis.scale());
}

AxisRange panned(const AxisTransform& axis, double pixels) {
    const double shift = -pixels / axis.factor();
    return drawable_range(
        {axis.unwarp(axis.warp(axis.range().min) + shift), axis.unwarp(axis.warp(axis.range().max) + shift)},
        axis.scale());
}

} // namespace isoloss
