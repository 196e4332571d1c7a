#include "widgets/chart_figure.h"

#include "widgets/chart_painter.h"

#include <QFontMetricsF>
#include <QPainter>

namespace isoloss {

namespace {

struct PlacedEntry {
    QRectF swatch;
    QPointF text; ///< baseline
    QString words;
};

/// Legend entries in rows from the left; their height comes out.
double place_legend(const std::vector<LegendEntry>& entries, const QFontMetricsF& metrics, double left, double width,
                    double em, double scale, std::vector<PlacedEntry>& placed) {
    const double row = metrics.ascent() + metrics.descent() + 0.35 * em;
    double x = left, y = 0;
    for (const LegendEntry& entry : entries) {
        const double side = !entry.color.isValid() ? 0 : entry.size ? *entry.size * scale : 0.75 * em;
        const double offset = side > 0 ? side + 0.45 * em : 0;
        const QString words = metrics.elidedText(entry.text, Qt::ElideMiddle, width - offset);
        const double needed = offset + metrics.horizontalAdvance(words);
        if (x > left && (entry.new_row || x + needed > left + width)) {
            x = left;
            y += row;
        }
        const double baseline = y + metrics.ascent();
        placed.push_back(
            {QRectF(x, baseline - 0.345 * em - side / 2, side, side), QPointF(x + offset, baseline), words});
        x += needed + 1.4 * em;
    }
    return entries.empty() ? 0 : y + row;
}

} // namespace

void paint_figure(QPainter& painter, QSizeF size_pt, const ChartData& data, const ChartRange& range,
                  const FigureOptions& options, const Theme& theme) {
    ChartData shown = data;
    if (!options.band) shown.band.reset();
    if (!options.title) shown.title.clear();
    const ChartStyle style = ChartStyle::paper(theme, options.font_pt, options.line_pt);
    const QFontMetricsF metrics(style.ticks);
    const double em = options.font_pt;

    std::vector<PlacedEntry> legend;
    double legend_height = 0;
    if (options.legend)
        legend_height = place_legend(shown.legend, metrics, 2 * style.margin, size_pt.width() - 4 * style.margin, em,
                                     style.scale, legend);
    const double note_top = legend_height;
    const double note_height = metrics.ascent() + metrics.descent() + 0.35 * em;
    if (options.legend && !shown.note.isEmpty()) legend_height += note_height;

    painter.fillRect(QRectF(QPointF(0, 0), size_pt), theme.surface);
    const QRectF outer(0, 0, size_pt.width(), size_pt.height() - legend_height);
    const ChartLayout layout = layout_chart(shown, range, outer, style);
    const ChartPainter chart(shown, layout, style, theme);
    chart.band_fill(painter);
    chart.grid(painter);
    chart.axes(painter);
    chart.title(painter);
    chart.areas(painter);
    chart.marks(painter);
    chart.lines(painter);
    chart.polylines(painter);
    chart.points(painter);
    chart.band_label(painter, false);
    chart.badge(painter);
    chart.empty_text(painter);

    painter.setFont(style.ticks);
    for (std::size_t i = 0; i < legend.size(); ++i) {
        const QPointF down(0, outer.height());
        draw_legend_swatch(painter, shown.legend[i], legend[i].swatch.translated(down), 1.6 * style.scale);
        painter.setPen(theme.text);
        painter.drawText(legend[i].text + down, legend[i].words);
    }
    if (!options.legend || shown.note.isEmpty()) return;
    const double width = size_pt.width() - 4 * style.margin;
    painter.setPen(theme.muted);
    painter.drawText(QPointF(2 * style.margin, outer.height() + note_top + metrics.ascent()),
                     metrics.elidedText(shown.note, Qt::ElideRight, width));
}

} // namespace isoloss
