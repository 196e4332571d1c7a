#pragma once

#include "widgets/chart_data.h"

#include <QSizeF>

class QPainter;

namespace isoloss {

/// What a figure shows besides the data. Sizes in points are absolute on paper.
struct FigureOptions {
    double font_pt = 8;   ///< tick labels and legend; axis titles the same, the title a point larger
    double line_pt = 0.8; ///< width of lines of width 1.3 px on the screen
    bool title = true;
    bool legend = true;
    bool band = true;
};

/// Paints a chart at its size on paper, into a painter whose logical unit is one point (1/72 inch) – the caller scales
/// the painter (PNG: dpi/72) or sets the writer's resolution to 72 (SVG, PDF). Lines are vector paths of the same
/// envelopes as on the screen, text is text. `size_pt` from figure_points(). Any thread that may use fonts.
void paint_figure(QPainter& painter, QSizeF size_pt, const ChartData& data, const ChartRange& range,
                  const FigureOptions& options, const Theme& theme = Theme::light());

/// Points of a size in millimetres.
constexpr QSizeF figure_points(QSizeF millimetres) {
    return millimetres * (72.0 / 25.4);
}

} // namespace isoloss
