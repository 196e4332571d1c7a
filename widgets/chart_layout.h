#pragma once

#include "widgets/axis_ticks.h"
#include "widgets/axis_transform.h"

#include <QFont>
#include <QRectF>

namespace isoloss {

/// Sizes and fonts of one rendering of a chart: logical pixels on the screen, points on paper.
struct ChartStyle {
    QFont ticks, axis_title, title, pill;
    double hairline = 1; ///< width of grid lines
    double scale = 1;    ///< of marker sizes and line widths given in logical pixels
    double margin = 16;  ///< free space around everything; a chart without a card of its own has less
    double gap = 6;      ///< between ticks, labels and titles
    bool tabular = true; ///< the screen: digits of equal width, steady margins; off on paper, where text stays whole
    bool show_title = false; ///< the chart's title above the plot

    static ChartStyle screen(const Theme& theme);
    static ChartStyle paper(const Theme& theme, double font_pt, double line_pt);
};

/// Height of the pill with the band's text.
double pill_height(const ChartStyle& style);

/// Where everything of a chart lies: computed once, then painted and hit-tested by others.
struct ChartLayout {
    QRectF outer; ///< the whole chart
    QRectF plot;  ///< between the axes
    AxisTransform x, y;
    AxisTransform y2; ///< the right axis; the same as y where the chart has none
    std::vector<AxisTick> x_ticks, y_ticks, y2_ticks;
    QRectF x_labels, y_labels, y2_labels; ///< strips of the axes, for zooming one axis

    const AxisTransform& side(YSide side) const { return side == YSide::right ? y2 : y; }

    QPointF position(QPointF value, YSide side = YSide::left) const {
        return {x.position(value.x()), this->side(side).position(value.y())};
    }

    /// False for NaN too, which QRectF::contains() lets through.
    bool shows(QPointF at) const {
        return at.x() >= plot.left() && at.x() <= plot.right() && at.y() >= plot.top() && at.y() <= plot.bottom();
    }

    QPointF value(QPointF position) const { return {x.value(position.x()), y.value(position.y())}; }
};

/// `former_left` is the left margin of the layout before: while panning the plot keeps its place as long as labels fit.
ChartLayout layout_chart(const ChartData& data, const ChartRange& range, const QRectF& outer, const ChartStyle& style,
                         double former_left = 0);

} // namespace isoloss
