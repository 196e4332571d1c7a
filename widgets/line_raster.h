#pragma once

#include "widgets/axis_transform.h"

#include <QImage>
#include <optional>
#include <span>
#include <stop_token>

class QThreadPool;

namespace isoloss {

/// One curve to be rastered, in device pixels.
struct RasterLine {
    LineStretches stretches = nullptr;
    QRgb color = 0;                      ///< not premultiplied
    double opacity = 1;                  ///< 0..1
    double width = 1.3;                  ///< device pixels
    QList<qreal> dash = {};              ///< in units of the width; empty: solid
    double dot_opacity = 0;              ///< of the dots where there is no line; 0: none
    std::optional<AxisTransform> y = {}; ///< heights of its own; none: those of the picture
    bool area = false;                   ///< filled from the min to the max of the buckets, without a line

    /// True where only the points differ.
    bool same_look(const RasterLine& other) const;

    bool operator==(const RasterLine&) const = default;
};

/// Draws dense curves column by column over a transparent ground. Every pixel column of a curve gets one span from its
/// smallest to its largest value, with fractional coverage at both ends; where neighbours are more than two columns
/// apart, slanted segments with exact coverage. Ink of one curve does not cover itself twice. Cost depends on pixels
/// and visible buckets only. `size` in device pixels; the transforms map values to device pixels of the image (y grows
/// downwards). Later lines lie above earlier ones. Any thread, with the help of the free ones of a pool; a null image
/// once `stop` says so.
QImage draw_lines(QSize size, const AxisTransform& x, const AxisTransform& y, std::span<const RasterLine> lines,
                  QThreadPool* helpers = nullptr, const std::stop_token& stop = {});

} // namespace isoloss
