#pragma once

#include "engine/series/curve_axis.h"

#include <cstddef>
#include <span>

namespace isoloss {

/// Which column of the screen an x falls into. Left and right of the range are one column each.
class PixelColumns {
public:
    PixelColumns(const CurveAxis& axis, CurveAxis::Interval range, int width)
        : axis_(axis), range_(range), width_(width) {}

    /// −1 left of the range, `width` right of it.
    int of(double x) const;

    /// Whether a column is one of the range.
    bool in_range(int column) const { return column >= 0 && column < width_; }

    /// The first place behind `begin` whose x falls into another column than x[begin]; x ascends.
    std::size_t end_of_column(std::span<const double> x, std::size_t begin) const;

private:
    CurveAxis axis_;
    CurveAxis::Interval range_;
    int width_;
};

} // namespace isoloss
