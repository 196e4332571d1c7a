#pragma once

#include "widgets/chart_layout.h"

#include <QSet>

class QPainter;

namespace isoloss {

/// Paints the parts of a chart, the same for screen and paper. Stateless: everything comes from the arguments given at
/// construction, which must outlive it.
class ChartPainter {
public:
    ChartPainter(const ChartData& data, const ChartLayout& layout, const ChartStyle& style, const Theme& theme)
        : m_data(data), m_layout(layout), m_style(style), m_theme(theme) {}

    /// Ids drawn stronger while the others fade; must outlive the painter.
    void set_highlighted(const QSet<qint64>* ids) { m_highlighted = ids; }

    void grid(QPainter& painter) const;
    void axes(QPainter& painter) const;
    void title(QPainter& painter) const;
    void areas(QPainter& painter) const;
    void marks(QPainter& painter) const;
    /// Dense lines as vector paths, for paper; the screen uses LineRaster.
    void lines(QPainter& painter) const;
    /// Smallest, largest and last values that are to be marked on their curves.
    void line_marks(QPainter& painter) const;
    /// Ticks at the foot of the plot where values are not finite.
    void gaps(QPainter& painter) const;
    /// Arrows at the edges of the plot where curves leave it, for axes that ask for them.
    void off_scale(QPainter& painter) const;
    void polylines(QPainter& painter) const;
    void points(QPainter& painter) const;
    void band_fill(QPainter& painter) const;
    /// The centre line and the pill with the band's text.
    void band_label(QPainter& painter, bool focused) const;
    /// "NaN ×3" at the plot's corner.
    void badge(QPainter& painter) const;
    void empty_text(QPainter& painter) const;

    /// The pill's place, over the plot so that it hides no point.
    QRectF band_pill() const;

    struct LabelPlace {
        QRectF rect;
        bool turned = false; ///< runs upwards along the line
    };

    /// Beside the line of `mark`, clear of what is taken, where the label covers the fewest points and lines. Along a
    /// vertical line where no place across is free.
    LabelPlace mark_label_place(const ChartMark& mark, const std::vector<QRectF>& taken) const;

private:
    QRectF badge_place() const;
    QString badge_text() const;
    void marker(QPainter& painter, const ChartPoint& point) const;
    QColor faded(const QColor& color, qint64 id, double opacity) const;
    void y_axis(QPainter& painter, YSide side) const;
    void text(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text) const;

    const ChartData& m_data;
    const ChartLayout& m_layout;
    const ChartStyle& m_style;
    const Theme& m_theme;
    const QSet<qint64>* m_highlighted = nullptr;
};

/// Observations without a neighbour (a series of one step, a value between gaps): a dot, since no line shows them.
void draw_lone_points(QPainter& painter, const std::vector<LineStretch>& stretches, const AxisTransform& x,
                      const AxisTransform& y, const QRectF& plot, const QColor& color, double scale);

/// One marker of the given diameter around a point, in the painter's pen and brush.
void draw_marker(QPainter& painter, Marker marker, QPointF center, double size);

/// Swatch of a legend entry: a rounded square, a marker or a piece of line. A marker with a size of its own fills the
/// square.
/// A piece of a curve across the middle of a box, thick enough to tell its colour; the dash pattern is drawn small, so
/// that it shows whole.
void draw_line_swatch(QPainter& painter, const QColor& color, const QList<qreal>& dash, const QRectF& box);
void draw_legend_swatch(QPainter& painter, const LegendEntry& entry, const QRectF& square, double line_width);

} // namespace isoloss
