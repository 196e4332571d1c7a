#include "widgets/chart_painter.h"

#include "widgets/clip.h"
#include "widgets/painter_paths.h"
#include "widgets/tabular_text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr double ring_gap = 6; ///< a ring is wider than its point by this

void arrow_head(QPainter& painter, QPointF from, QPointF tip, double size) {
    const QPointF along = tip - from;
    const double length = std::hypot(along.x(), along.y());
    if (length < 1e-6) return;
    const QPointF unit = along / length;
    const QPointF side(-unit.y(), unit.x());
    const QPointF base = tip - unit * size;
    painter.drawPolygon(QPolygonF({tip, base + side * size * 0.45, base - side * size * 0.45}));
}

/// The text, cut where it is too long. Most texts are not, and to see that takes no shaping.
QString fitted(const QFont& font, const QString& text, Qt::TextElideMode mode, double width) {
    return tabular_width(font, text) <= width ? text : QFontMetricsF(font).elidedText(text, mode, width);
}

} // namespace

QColor ChartPainter::faded(const QColor& color, qint64 id, double opacity) const {
    QColor result = color;
    if (m_highlighted && !m_highlighted->isEmpty()) opacity = m_highlighted->contains(id) ? 1.0 : opacity * 0.25;
    result.setAlphaF(static_cast<float>(opacity));
    return result;
}

void ChartPainter::text(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text) const {
    if (m_style.tabular)
        draw_tabular(painter, rect, alignment, text);
    else
        painter.drawText(rect, static_cast<int>(alignment) | Qt::TextDontClip, text);
}

void ChartPainter::grid(QPainter& painter) const {
    const QRectF& plot = m_layout.plot;
    const bool on_screen = m_style.tabular;
    painter.setRenderHint(QPainter::Antialiasing, !on_screen);
    QColor minor = m_theme.grid;
    minor.setAlphaF(0.5F);
    const auto draw = [&](const AxisTick& tick, QPointF from, QPointF to) {
        const QColor& color = tick.label.isEmpty() ? minor : m_theme.grid;
        if (on_screen) { // whole pixels, which is sharper and faster than a line
            const QPointF corner(std::floor(from.x()), std::floor(from.y()));
            const QSizeF size(std::max(to.x() - from.x(), m_style.hairline),
                              std::max(to.y() - from.y(), m_style.hairline));
            painter.fillRect(QRectF(corner, size), color);
            return;
        }
        painter.setPen(QPen(color, m_style.hairline));
        painter.drawLine(from, to);
    };
    for (const AxisTick& tick : m_layout.x_ticks) {
        const double x = m_layout.x.position(tick.value);
        draw(tick, {x, plot.top()}, {x, plot.bottom()});
    }
    for (const AxisTick& tick : m_layout.y_ticks) {
        const double y = m_layout.y.position(tick.value);
        draw(tick, {plot.left(), y}, {plot.right(), y});
    }
}

void ChartPainter::axes(QPainter& painter) const {
    const QRectF& plot = m_layout.plot;
    painter.setFont(m_style.ticks);
    painter.setPen(m_theme.axis);
    const QFontMetricsF metrics(m_style.ticks);
    const double height = metrics.ascent() + metrics.descent();
    for (const AxisTick& tick : m_layout.x_ticks) {
        if (tick.label.isEmpty()) continue;
        const double x = m_layout.x.position(tick.value);
        text(painter, QRectF(x - 100, plot.bottom() + m_style.gap, 200, height), Qt::AlignHCenter | Qt::AlignVCenter,
             tick.label);
    }
    painter.setFont(m_style.axis_title);
    painter.setPen(m_theme.text);
    const QFontMetricsF titles(m_style.axis_title);
    const double title_height = titles.ascent() + titles.descent();
    if (!m_data.x.title.isEmpty()) {
        const QRectF place(plot.left(), m_layout.outer.bottom() - m_style.margin - title_height, plot.width(),
                           title_height);
        painter.drawText(
            place, Qt::AlignHCenter | Qt::AlignVCenter | Qt::TextDontClip,
            fitted(m_style.axis_title, m_data.x.title, Qt::ElideRight, m_layout.outer.width() - 2 * m_style.margin));
    }
    y_axis(painter, YSide::left);
    if (m_data.y2) y_axis(painter, YSide::right);
}

void ChartPainter::y_axis(QPainter& painter, YSide side) const {
    const bool right = side == YSide::right;
    const QRectF& plot = m_layout.plot;
    const QRectF& outer = m_layout.outer;
    painter.setFont(m_style.ticks);
    painter.setPen(m_theme.axis);
    const QFontMetricsF metrics(m_style.ticks);
    const double height = metrics.ascent() + metrics.descent();
    for (const AxisTick& tick : right ? m_layout.y2_ticks : m_layout.y_ticks) {
        if (tick.label.isEmpty()) continue;
        const double y = m_layout.side(side).position(tick.value) - height / 2;
        const QRectF place =
            right ? QRectF(plot.right() + m_style.gap, y, outer.right() - plot.right() - m_style.gap, height)
                  : QRectF(outer.left(), y, plot.left() - outer.left() - m_style.gap, height);
        text(painter, place, (right ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter, tick.label);
    }
    const QString& words = m_data.axis(side).title;
    if (words.isEmpty()) return;
    painter.setFont(m_style.axis_title);
    painter.setPen(m_theme.text);
    const QFontMetricsF titles(m_style.axis_title);
    painter.save();
    painter.translate(right ? outer.right() - m_style.margin : outer.left() + m_style.margin, plot.center().y());
    painter.rotate(right ? 90 : -90);
    const QRectF place(-plot.height() / 2, 0, plot.height(), titles.ascent() + titles.descent());
    painter.drawText(place, Qt::AlignHCenter | Qt::AlignVCenter | Qt::TextDontClip,
                     fitted(m_style.axis_title, words, Qt::ElideMiddle, plot.height()));
    painter.restore();
}

void ChartPainter::title(QPainter& painter) const {
    if (!m_style.show_title || m_data.title.isEmpty()) return;
    painter.setFont(m_style.title);
    painter.setPen(m_theme.text);
    const QFontMetricsF metrics(m_style.title);
    const QRectF place(m_layout.outer.left() + m_style.margin, m_layout.outer.top() + m_style.margin,
                       m_layout.outer.width() - 2 * m_style.margin, metrics.ascent() + metrics.descent());
    painter.drawText(place, Qt::AlignHCenter | Qt::AlignTop | Qt::TextDontClip,
                     fitted(m_style.title, m_data.title, Qt::ElideRight, place.width()));
}

void ChartPainter::areas(QPainter& painter) const {
    painter.save();
    painter.setClipRect(m_layout.plot, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    for (const ChartArea& area : m_data.areas) {
        if (!area.stretches) continue;
        painter.setBrush(faded(area.color, area.id, 0.18));
        for (const LineStretch& stretch : *area.stretches) {
            QPolygonF upper, lower;
            const auto add = [&](double x, std::size_t i) {
                upper << m_layout.position({x, static_cast<double>(stretch.max[i])}, area.side);
                lower << m_layout.position({x, static_cast<double>(stretch.min[i])}, area.side);
            };
            for (std::size_t i = 0; i < stretch.size(); ++i) {
                add(stretch.x_first[i], i);
                if (stretch.x_last[i] != stretch.x_first[i]) add(stretch.x_last[i], i);
            }
            std::reverse(lower.begin(), lower.end());
            QPolygonF outline = upper + lower;
            // A logarithmic axis has no place for what is not positive: it lies below everything.
            const double bottom = m_layout.plot.bottom() + m_layout.plot.height();
            for (QPointF& point : outline)
                if (!std::isfinite(point.y())) point.setY(bottom);
            if (std::ranges::all_of(outline, [](const QPointF& point) { return std::isfinite(point.x()); }))
                painter.drawPolygon(outline);
        }
    }
    painter.restore();
}

void ChartPainter::polylines(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartPolyline& polyline : m_data.polylines) {
        std::vector<QPointF> positions;
        positions.reserve(polyline.points.size());
        for (const QPointF& point : polyline.points)
            positions.push_back(m_layout.position(point));
        const auto pieces = clipped(positions, m_layout.plot);
        if (pieces.empty()) continue;
        const QColor color = faded(polyline.color, polyline.id, 0.6);
        painter.setPen(line_pen(color, polyline.width * m_style.scale, polyline.dash));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(path_of(pieces));
        if (polyline.arrow && pieces.back().back() == positions.back() && pieces.back().size() > 1) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            arrow_head(painter, pieces.back()[pieces.back().size() - 2], positions.back(), 8 * m_style.scale);
        }
    }
}

void ChartPainter::points(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    const auto bar = [&](QPointF from, QPointF to) {
        if (const auto part = clipped(from, to, m_layout.plot)) painter.drawLine(part->first, part->second);
    };
    for (const ChartPoint& point : m_data.points) {
        if (!point.x_error && !point.y_error) continue;
        const QPointF at = m_layout.position({point.x, point.y});
        painter.setPen(QPen(faded(point.color, point.id, 0.45), m_style.scale));
        if (point.y_error)
            bar({at.x(), m_layout.y.position(point.y - *point.y_error)},
                {at.x(), m_layout.y.position(point.y + *point.y_error)});
        if (point.x_error)
            bar({m_layout.x.position(point.x - *point.x_error), at.y()},
                {m_layout.x.position(point.x + *point.x_error), at.y()});
    }
    std::vector<const ChartPoint*> order;
    order.reserve(m_data.points.size());
    for (const ChartPoint& point : m_data.points)
        if (m_layout.shows(m_layout.position({point.x, point.y}))) order.push_back(&point);
    std::stable_sort(order.begin(), order.end(),
                     [this](const ChartPoint* a, const ChartPoint* b) { return lies_above(m_data, *b, *a); });
    for (const ChartPoint* point : order)
        marker(painter, *point);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_theme.accent, 2 * m_style.scale));
    for (const ChartPoint* point : order)
        if (point->ringed)
            draw_marker(painter, Marker::circle, m_layout.position({point->x, point->y}),
                        (drawn_diameter(m_data, *point) + ring_gap) * m_style.scale);
}

void ChartPainter::marker(QPainter& painter, const ChartPoint& point) const {
    const bool inside = m_data.band && m_data.band->contains(point.x);
    const bool open = point.hollow || point.marker == Marker::plus || point.marker == Marker::cross;
    // Where the band cannot make its points larger, it makes them stronger.
    const double opacity = inside ? 1.0 : m_data.sized && m_data.band ? 0.6 : 0.9;
    const QColor color = faded(point.color, point.id, opacity);
    if (open)
        painter.setPen(QPen(color, 1.4 * m_style.scale));
    else if (m_data.sized && inside)
        painter.setPen(QPen(m_theme.text, m_style.scale));
    else
        painter.setPen(QPen(m_theme.surface, (inside ? 1.2 : 0.8) * m_style.scale));
    painter.setBrush(open ? QBrush(Qt::NoBrush) : QBrush(color));
    draw_marker(painter, point.marker, m_layout.position({point.x, point.y}),
                drawn_diameter(m_data, point) * m_style.scale);
}

void ChartPainter::band_fill(QPainter& painter) const {
    if (!m_data.band) return;
    const double a = m_layout.x.position(m_data.band->center - m_data.band->half_width);
    const double b = m_layout.x.position(m_data.band->center + m_data.band->half_width);
    const QRectF place =
        QRectF(QPointF(std::min(a, b), m_layout.plot.top()), QPointF(std::max(a, b), m_layout.plot.bottom()))
            .intersected(m_layout.plot);
    if (place.width() > 0) painter.fillRect(place, m_theme.band_fill);
}

QRectF ChartPainter::band_pill() const {
    if (!m_data.band) return {};
    const double x = m_layout.x.position(m_data.band->center);
    if (!(x >= m_layout.plot.left() && x <= m_layout.plot.right())) return {};
    const double width = tabular_width(m_style.pill, m_data.band->text()) + 4.5 * m_style.gap;
    const double height = pill_height(m_style);
    const double left = std::clamp(x - width / 2, m_layout.outer.left() + 1.0,
                                   std::max(m_layout.outer.left() + 1.0, m_layout.outer.right() - width - 1));
    return {left, m_layout.plot.top() - height, width, height};
}

void ChartPainter::band_label(QPainter& painter, bool focused) const {
    const QRectF pill = band_pill();
    if (pill.isEmpty()) return;
    const double x = m_layout.x.position(m_data.band->center);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(line_pen(m_theme.accent, m_style.hairline, {4, 3}));
    painter.drawLine(QPointF(x, pill.bottom()), QPointF(x, m_layout.plot.bottom()));
    if (focused) {
        painter.setPen(QPen(m_theme.accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        const QRectF ring = pill.adjusted(-3, -3, 3, 3);
        painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2);
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.accent);
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
    painter.setPen(m_theme.on_accent);
    painter.setFont(m_style.pill);
    text(painter, pill, Qt::AlignCenter, m_data.band->text());
}

QRectF ChartPainter::badge_place() const {
    if (m_data.nonfinite() == 0) return {};
    const QFontMetricsF metrics(m_style.ticks);
    const double width = tabular_width(m_style.ticks, badge_text()) + 2 * m_style.gap;
    const double height = metrics.ascent() + metrics.descent() + m_style.gap / 2;
    return {m_layout.plot.right() - width, m_layout.plot.top(), width, height};
}

QString ChartPainter::badge_text() const {
    return QStringLiteral("NaN ×%1").arg(m_data.nonfinite());
}

void ChartPainter::badge(QPainter& painter) const {
    const QRectF place = badge_place();
    if (place.isEmpty()) return;
    painter.setFont(m_style.ticks);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.track);
    painter.drawRoundedRect(place, place.height() / 2, place.height() / 2);
    painter.setPen(m_theme.muted);
    text(painter, place, Qt::AlignCenter, badge_text());
}

void ChartPainter::empty_text(QPainter& painter) const {
    if (m_data.empty_text.isEmpty() || !m_data.empty()) return;
    painter.setFont(m_style.axis_title);
    painter.setPen(m_theme.muted);
    painter.drawText(m_layout.plot.adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap, m_data.empty_text);
}

} // namespace isoloss
