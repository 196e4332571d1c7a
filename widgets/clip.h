#pragma once

#include <QPointF>
#include <QRectF>
#include <optional>
#include <utility>
#include <vector>

namespace isoloss {

/// The part of a segment inside a rectangle (Liang and Barsky 1984); none where it passes outside.
std::optional<std::pair<QPointF, QPointF>> clipped(QPointF from, QPointF to, const QRectF& rect);

/// A polyline cut to a rectangle, as the pieces that are left. Points that are not finite are gaps. SVG and PDF
/// writers of Qt 6.4 do not clip reliably, so paths are cut before they are painted.
std::vector<std::vector<QPointF>> clipped(const std::vector<QPointF>& polyline, const QRectF& rect);

} // namespace isoloss
