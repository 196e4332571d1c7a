#include "widgets/chart_painter.h"

#include <QPainter>
#include <QPolygonF>

namespace isoloss {

void draw_marker(QPainter& painter, Marker marker, QPointF center, double size) {
    const double r = size / 2;
    const auto at = [&center](double dx, double dy) { return center + QPointF(dx, dy); };
    switch (marker) {
    case Marker::circle:
        painter.drawEllipse(center, r, r);
        return;
    case Marker::square:
        painter.drawRect(QRectF(at(-0.88 * r, -0.88 * r), at(0.88 * r, 0.88 * r)));
        return;
    case Marker::triangle:
        painter.drawPolygon(QPolygonF({at(0, -1.2 * r), at(1.1 * r, 0.8 * r), at(-1.1 * r, 0.8 * r)}));
        return;
    case Marker::triangle_down:
        painter.drawPolygon(QPolygonF({at(0, 1.2 * r), at(1.1 * r, -0.8 * r), at(-1.1 * r, -0.8 * r)}));
        return;
    case Marker::diamond:
        painter.drawPolygon(QPolygonF({at(0, -1.2 * r), at(1.2 * r, 0), at(0, 1.2 * r), at(-1.2 * r, 0)}));
        return;
    case Marker::plus:
        painter.drawLine(at(-r, 0), at(r, 0));
        painter.drawLine(at(0, -r), at(0, r));
        return;
    case Marker::cross:
        painter.drawLine(at(-0.8 * r, -0.8 * r), at(0.8 * r, 0.8 * r));
        painter.drawLine(at(-0.8 * r, 0.8 * r), at(0.8 * r, -0.8 * r));
        return;
    }
}

void draw_line_swatch(QPainter& painter, const QColor& color, const QList<qreal>& dash, const QRectF& box) {
    constexpr double thickness = 3, unit = 1.1; // of the line; of the pattern
    QPen pen(color, thickness, Qt::SolidLine, Qt::FlatCap);
    QList<qreal> pattern;
    for (const qreal length : dash)
        pattern.append(length * unit / thickness);
    if (!pattern.isEmpty()) pen.setDashPattern(pattern);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(pen);
    painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()));
}

void draw_legend_swatch(QPainter& painter, const LegendEntry& entry, const QRectF& square, double line_width) {
    if (!entry.color.isValid()) return;
    painter.setRenderHint(QPainter::Antialiasing);
    if (!entry.dash.isEmpty()) {
        QPen pen(entry.color, line_width, Qt::SolidLine, Qt::FlatCap);
        pen.setDashPattern(entry.dash);
        painter.setPen(pen);
        const QPointF half(square.width() * 0.62, 0);
        painter.drawLine(square.center() - half, square.center() + half);
        if (!entry.marker) return;
    }
    const bool open =
        entry.hollow || (entry.marker && (*entry.marker == Marker::plus || *entry.marker == Marker::cross));
    painter.setPen(open ? QPen(entry.color, line_width) : QPen(Qt::NoPen));
    painter.setBrush(open ? QBrush(Qt::NoBrush) : QBrush(entry.color));
    if (entry.marker)
        draw_marker(painter, *entry.marker, square.center(), square.width() * (entry.size ? 1 : 0.9));
    else
        painter.drawRoundedRect(square, square.width() * 0.25, square.width() * 0.25);
}

} // namespace isoloss
