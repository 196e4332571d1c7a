#pragma once

#include "widgets/axis_transform.h"

#include <QPointF>
#include <vector>

namespace isoloss {

/// A stretch as a polyline on paper: per column of `column_width` its first, extreme and last values in the order that
/// keeps the ink of the envelope. Only what lies between the axis ends (and one neighbour on each side).
std::vector<QPointF> line_path(const LineStretch& stretch, const AxisTransform& x, const AxisTransform& y,
                               double column_width);

} // namespace isoloss
