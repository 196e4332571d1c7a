#include "widgets/chart_layout.h"

#include "widgets/tabular_text.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

double widest_label(const std::vector<AxisTick>& ticks, const QFont& font) {
    double widest = 0;
    for (const AxisTick& tick : ticks)
        if (!tick.label.isEmpty()) widest = std::max(widest, tabular_width(font, tick.label));
    return widest;
}

int wanted_ticks(double length, double pitch) {
    return std::clamp(static_cast<int>(length / pitch), 3, 14);
}

} // namespace

ChartStyle ChartStyle::screen(const Theme& theme) {
    ChartStyle style;
    style.ticks = theme.small;
    style.axis_title = theme.small;
    style.axis_title.setPointSizeF(theme.small.pointSizeF() * 1.08);
    style.title = theme.strong;
    style.pill = theme.small;
    style.pill.setWeight(QFont::DemiBold);
    return style;
}

ChartStyle ChartStyle::paper(const Theme& theme, double font_pt, double line_pt) {
    ChartStyle style;
    const auto sized = [&theme, font_pt](double factor, QFont::Weight weight) {
        QFont font = theme.font;
        // The painter's unit is a point, so pixels are points whatever the device's resolution says.
        font.setPixelSize(std::max(1, static_cast<int>(std::lround(font_pt * factor))));
        font.setWeight(weight);
        return font;
    };
    style.ticks = sized(1, QFont::Normal);
    style.axis_title = sized(1, QFont::Normal);
    style.title = sized(1.125, QFont::DemiBold);
    style.pill = sized(1, QFont::DemiBold);
    style.hairline = 0.4;
    style.scale = line_pt / 1.3;
    style.margin = font_pt * 0.5;
    style.gap = font_pt * 0.45;
    style.tabular = false;
    style.show_title = true;
    return style;
}

double pill_height(const ChartStyle& style) {
    const QFontMetricsF metrics(style.pill);
    return metrics.ascent() + metrics.descent() + 0.8 * style.gap;
}

ChartLayout layout_chart(const ChartData& data, const ChartRange& range, const QRectF& outer, const ChartStyle& style,
                         double former_left) {
    const QFontMetricsF ticks(style.ticks);
    const QFontMetricsF titles(style.axis_title);
    const double tick_height = ticks.ascent() + ticks.descent();
    const double title_height = titles.ascent() + titles.descent();

    ChartLayout layout;
    layout.outer = outer;
    double above = style.margin + tick_height / 2;
    if (data.band) above = std::max(above, pill_height(style) + style.gap / 2); // the pill lies over the plot
    double top = outer.top() + above;
    if (style.show_title && !data.title.isEmpty()) {
        const QFontMetricsF heading(style.title);
        top += heading.ascent() + heading.descent();
    }
    double bottom = outer.bottom() - style.margin - tick_height - style.gap;
    if (!data.x.title.isEmpty()) bottom -= title_height + style.gap;
    bottom = std::max(bottom, top + 1);

    const AxisRange y_range = drawable_range(range.y, data.y.scale);
    const int wanted_y = wanted_ticks(bottom - top, 3.2 * tick_height);
    layout.y_ticks = axis_ticks(data.y, y_range, wanted_y);
    // Room for four figures at least, so that the plot keeps its place when labels gain a digit, in steps of a few
    // pixels.
    const double step = 2 * style.gap;
    const auto strip = [&](const std::vector<AxisTick>& labels, const QString& axis_title) {
        const double width = std::max(widest_label(labels, style.ticks),
                                      style.tabular ? tabular_width(style.ticks, QStringLiteral("0.000")) : 0.0);
        const double room =
            style.margin + width + 1.5 * style.gap + (axis_title.isEmpty() ? 0 : title_height + style.gap);
        return style.tabular ? std::ceil(room / step) * step : room;
    };
    double left = strip(layout.y_ticks, data.y.title);
    // Never narrower by a little: labels that change while panning must not move the plot.
    if (former_left > left && former_left - left <= 1.5 * step) left = former_left;

    const AxisRange y2_range = data.y2 ? drawable_range(range.y2, data.y2->scale) : y_range;
    double right = outer.right() - style.margin;
    if (data.y2) {
        layout.y2_ticks = axis_ticks(*data.y2, y2_range, wanted_y);
        right = outer.right() - strip(layout.y2_ticks, data.y2->title);
    }
    left = std::min(outer.left() + left, std::max(outer.left(), right - 1));
    const AxisRange x_range = drawable_range(range.x, data.x.scale);
    // Labels decide how many fit, and their width is known only when they are written: at most one correction.
    int wanted = wanted_ticks(right - left, 3.2 * tick_height);
    layout.x_ticks = axis_ticks(data.x, x_range, wanted);
    const double widest = widest_label(layout.x_ticks, style.ticks);
    const auto labelled = std::count_if(layout.x_ticks.begin(), layout.x_ticks.end(),
                                        [](const AxisTick& tick) { return !tick.label.isEmpty(); });
    if (static_cast<double>(labelled) * (widest + 2 * style.gap) > right - left && widest > 0) {
        wanted = std::max(2, static_cast<int>((right - left) / (widest + 2 * style.gap)));
        layout.x_ticks = axis_ticks(data.x, x_range, wanted);
    }
    // The last label may reach over the plot's end; on the screen by the same room whatever it says.
    if (!data.y2)
        right = std::max(left + 1, right - (style.tabular ? 2 * style.gap : std::min(widest / 2, 3 * style.gap)));

    layout.plot = QRectF(QPointF(left, top), QPointF(right, bottom));
    layout.x_labels = QRectF(left, bottom, right - left, outer.bottom() - bottom);
    layout.y_labels = QRectF(outer.left(), top, left - outer.left(), bottom - top);
    if (data.y2) layout.y2_labels = QRectF(right, top, outer.right() - right, bottom - top);
    layout.x = AxisTransform(data.x, x_range, left, right);
    layout.y = AxisTransform(data.y, y_range, bottom, top);
    layout.y2 = data.y2 ? AxisTransform(*data.y2, y2_range, bottom, top) : layout.y;
    return layout;
}

} // namespace isoloss
