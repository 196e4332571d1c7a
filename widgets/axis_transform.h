#pragma once

#include "widgets/chart_data.h"

namespace isoloss {

/// Between values of an axis and positions on the screen. A value type; cheap to build.
class AxisTransform {
public:
    AxisTransform() : AxisTransform({}, {}, 0, 1) {}

    /// `low_end` is the position of range.min on an axis that is not reversed (left, or bottom), `high_end` of
    /// range.max. The range is made drawable first.
    AxisTransform(const ChartAxis& axis, const AxisRange& range, double low_end, double high_end);

    /// NaN where the scale cannot show the value (not positive on a logarithmic axis).
    double position(double value) const { return m_offset + warp(value) * m_factor; }

    double value(double position) const { return unwarp((position - m_offset) / m_factor); }

    /// The range as drawn.
    const AxisRange& range() const { return m_range; }

    AxisScale scale() const { return m_scale; }

    /// Position = offset() + warp(value) · factor(), for loops over many values.
    double offset() const { return m_offset; }

    double factor() const { return m_factor; }

    double warp(double value) const;
    double unwarp(double warped) const;

    bool operator==(const AxisTransform&) const = default;

    /// Whether a picture made with one transform, stretched and moved, is the picture made with the other.
    friend bool stretchable(const AxisTransform& a, const AxisTransform& b);

private:
    AxisScale m_scale = AxisScale::linear;
    double m_threshold = 1;
    AxisRange m_range;
    double m_offset = 0;
    double m_factor = 1;
};

/// A range that the scale can draw: finite, min < max by more than rounding, positive on a logarithmic axis.
AxisRange drawable_range(AxisRange range, AxisScale scale);

/// The range after zooming by `factor` (> 1 shows more) with the value at `anchor` staying where it is.
AxisRange zoomed(const AxisTransform& axis, double anchor, double factor);

/// The range after moving what is drawn by `pixels` along the axis.
AxisRange panned(const AxisTransform& axis, double pixels);

} // namespace isoloss
