#include "widgets/chart_scene.h"

#include "widgets/tabular_text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr qsizetype most_hover_rows = 12;
constexpr double marker_reach = 14; ///< of the largest marker with its ring over the plot's edge

/// Border and rounded corners of a card whose inside is painted: smooth edges only where something is round.
void draw_card_edge(QPainter& painter, const QRectF& card, const Theme& theme) {
    constexpr double radius = Theme::card_radius + 1;
    painter.fillRect(QRectF(card.left(), card.top(), card.width(), 1), theme.border);
    painter.fillRect(QRectF(card.left(), card.bottom() - 1, card.width(), 1), theme.border);
    painter.fillRect(QRectF(card.left(), card.top(), 1, card.height()), theme.border);
    painter.fillRect(QRectF(card.right() - 1, card.top(), 1, card.height()), theme.border);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(theme.surface);
    for (const bool right : {false, true})
        for (const bool bottom : {false, true}) {
            const QRectF corner(right ? card.right() - radius : card.left(),
                                bottom ? card.bottom() - radius : card.top(), radius, radius);
            painter.fillRect(corner, theme.window);
            painter.save();
            painter.setClipRect(corner, Qt::IntersectClip);
            // Twice as large as the corner: what is round there is the card's.
            QRectF whole(card.topLeft() + QPointF(0.5, 0.5), QSizeF(4 * radius, 4 * radius));
            if (right) whole.moveRight(card.right() - 0.5);
            if (bottom) whole.moveBottom(card.bottom() - 0.5);
            painter.drawRoundedRect(whole, Theme::card_radius, Theme::card_radius);
            painter.restore();
        }
    painter.restore();
}

} // namespace

double device_ratio(const QPainter& painter) {
    return painter.device() ? painter.device()->devicePixelRatioF() : 1;
}

QRect device_rect(const QRectF& plot, double ratio) {
    return QRectF(plot.topLeft() * ratio, plot.size() * ratio).toAlignedRect();
}

void draw_at_device_pixels(QPainter& painter, const QImage& image, const QRectF& plot, double ratio) {
    const QRect place = device_rect(plot, ratio);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(QRectF(place.x() / ratio, place.y() / ratio, place.width() / ratio, place.height() / ratio),
                      image, QRectF(image.rect()));
}

void GroundItem::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    const ChartPainter chart = m_state.painter();
    painter->fillRect(m_state.layout.outer, m_state.theme.surface);
    if (m_state.card) draw_card_edge(*painter, m_state.layout.outer, m_state.theme);
    chart.band_fill(*painter);
    chart.grid(*painter);
    chart.axes(*painter);
    chart.title(*painter);
    chart.marks(*painter);
    chart.empty_text(*painter);
}

void PointLayer::invalidate() {
    m_image = {};
    update();
}

void PointLayer::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    const ChartData& data = m_state.data;
    const bool any_marks = std::ranges::any_of(
        data.lines, [](const ChartLine& line) { return !line.marks.empty() || !line.gaps.empty(); });
    if (data.points.empty() && data.polylines.empty() && !any_marks && !data.marks_off_scale()) return;
    const double ratio = device_ratio(*painter);
    const QRectF area = m_state.layout.plot.adjusted(-marker_reach, -marker_reach, marker_reach, marker_reach);
    if (m_image.isNull() || m_ratio != ratio) {
        const QRect place = device_rect(area, ratio);
        m_image = QImage(place.size(), QImage::Format_ARGB32_Premultiplied);
        m_image.fill(Qt::transparent);
        QPainter own(&m_image);
        own.translate(-place.topLeft());
        own.scale(ratio, ratio);
        const ChartPainter chart = m_state.painter();
        chart.polylines(own);
        chart.points(own);
        chart.gaps(own);
        chart.line_marks(own);
        chart.off_scale(own);
        m_ratio = ratio;
    }
    draw_at_device_pixels(*painter, m_image, area, ratio);
}

void FrontItem::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    const ChartPainter chart = m_state.painter();
    chart.band_label(*painter, m_state.band_focused);
    chart.badge(*painter);
    if (m_state.key_focus) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(m_state.theme.accent, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(m_state.layout.outer.adjusted(1, 1, -1, -1), Theme::card_radius, Theme::card_radius);
    }
    paint_fixed(*painter);
    const QRectF& plot = m_state.layout.plot;
    const Theme& theme = m_state.theme;
    painter->setRenderHint(QPainter::Antialiasing, false);
    QColor hair = theme.muted;
    hair.setAlphaF(0.55F);
    painter->setPen(QPen(hair, 1));
    std::optional<double> x;
    if (m_state.cursor)
        x = m_state.cursor->x();
    else if (m_state.linked_x)
        x = m_state.layout.x.position(*m_state.linked_x);
    if (x && *x >= plot.left() && *x <= plot.right())
        painter->drawLine(QPointF(*x, plot.top()), QPointF(*x, plot.bottom()));
    if (m_state.cursor && !m_state.hover.isEmpty()) {
        painter->drawLine(QPointF(plot.left(), m_state.cursor->y()), QPointF(plot.right(), m_state.cursor->y()));
        if (m_state.hover_table) paint_hover(*painter);
    }
    if (!m_state.rubber.isEmpty()) {
        QColor fill = theme.accent;
        fill.setAlphaF(0.12F);
        painter->setPen(QPen(theme.accent, 1));
        painter->setBrush(fill);
        painter->drawRect(m_state.rubber);
    }
}

void FrontItem::paint_fixed(QPainter& painter) const {
    const ChartLayout& layout = m_state.layout;
    const Theme& theme = m_state.theme;
    std::vector<double> places;
    for (const double x : m_state.fixed)
        places.push_back(layout.x.position(x));
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (places.size() == 2) {
        QColor fill = theme.accent;
        fill.setAlphaF(0.08F);
        const QRectF between(QPointF(std::min(places[0], places[1]), layout.plot.top()),
                             QPointF(std::max(places[0], places[1]), layout.plot.bottom()));
        painter.fillRect(between.intersected(layout.plot), fill);
    }
    painter.setFont(theme.small);
    const QFontMetricsF metrics(theme.small);
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (!(places[i] >= layout.plot.left() && places[i] <= layout.plot.right())) continue;
        painter.setPen(QPen(theme.accent, 1));
        painter.drawLine(QPointF(places[i], layout.plot.top()), QPointF(places[i], layout.plot.bottom()));
        const double step = layout.x.scale() == AxisScale::linear ? layout.x.range().span() / 1000
                                                                  : std::abs(m_state.fixed[i]) * 1e-3 + 1e-12;
        const QString words = axis_value_text(m_state.data.x, m_state.fixed[i], step);
        const double width = tabular_width(theme.small, words) + Theme::unit;
        const double left = std::clamp(places[i] - width / 2, layout.plot.left(),
                                       std::max(layout.plot.left(), layout.plot.right() - width));
        const QRectF flag(left, layout.plot.bottom() - metrics.height() - 1, width, metrics.height());
        painter.fillRect(flag, theme.accent);
        painter.setPen(theme.on_accent);
        draw_tabular(painter, flag, Qt::AlignCenter, words);
    }
}

void FrontItem::paint_hover(QPainter& painter) const {
    const Theme& theme = m_state.theme;
    const ChartLayout& layout = m_state.layout;
    const double x_step = m_state.data.x.scale == AxisScale::linear ? layout.x.range().span() / 1000 : 0;
    const auto y_step = [this, &layout](YSide side) {
        return m_state.data.axis(side).scale == AxisScale::linear ? layout.side(side).range().span() / 1000 : 0;
    };
    const auto resolution = [](double step, double value) { return step > 0 ? step : std::abs(value) * 1e-3 + 1e-12; };

    painter.setFont(theme.small);
    const QFontMetricsF metrics(theme.small);
    const double line = metrics.ascent() + metrics.descent() + 3;
    const qsizetype shown = std::min(m_state.hover.size(), most_hover_rows);
    const bool more = m_state.hover.size() > shown;
    const HoverRow& nearest = m_state.hover.front();
    QString head = axis_value_text(m_state.data.x, nearest.x, resolution(x_step, nearest.x));
    if (nearest.point) head = QStringLiteral("x ") + head;
    QStringList names, values;
    double name_width = 0, value_width = 0;
    for (qsizetype i = 0; i < shown; ++i) {
        const HoverRow& row = m_state.hover[i];
        names << metrics.elidedText(row.name, Qt::ElideMiddle, 220);
        values << (row.gap > 0
                       ? QStringLiteral("NaN ×%1").arg(row.gap)
                       : axis_value_text(m_state.data.axis(row.side), row.y, resolution(y_step(row.side), row.y)));
        name_width = std::max(name_width, metrics.horizontalAdvance(names.last()));
        value_width = std::max(value_width, tabular_width(theme.small, values.last()));
    }
    constexpr double pad = Theme::unit;
    constexpr double swatch = 14;
    const double width =
        std::max(swatch + name_width + 2 * pad + value_width, tabular_width(theme.small, head)) + 2 * pad;
    const double height = line * static_cast<double>(shown + 1 + (more ? 1 : 0)) + 1.5 * pad;
    QPointF corner = *m_state.cursor + QPointF(14, 14);
    if (corner.x() + width > layout.outer.right() - 2) corner.setX(m_state.cursor->x() - 14 - width);
    corner.setX(std::max(corner.x(), layout.outer.left() + 2));
    corner.setY(std::clamp(corner.y(), layout.outer.top() + 2,
                           std::max(layout.outer.top() + 2, layout.outer.bottom() - height - 2)));
    painter.setRenderHint(QPainter::Antialiasing);
    QColor ground = theme.tooltip;
    ground.setAlphaF(0.96F);
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(ground);
    painter.drawRoundedRect(QRectF(corner, QSizeF(width, height)), Theme::radius, Theme::radius);
    painter.setPen(theme.muted);
    QRectF row(corner.x() + pad, corner.y() + 0.75 * pad, width - 2 * pad, line);
    draw_tabular(painter, row, Qt::AlignLeft | Qt::AlignVCenter, head);
    for (qsizetype i = 0; i < shown; ++i) {
        row.translate(0, line);
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_state.hover[i].color);
        painter.drawRoundedRect(QRectF(row.left(), row.center().y() - 4, 8, 8), 2, 2);
        painter.setPen(theme.tooltip_text);
        painter.drawText(row.adjusted(swatch, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, names[i]);
        draw_tabular(painter, row, Qt::AlignRight | Qt::AlignVCenter, values[i]);
    }
    if (more) {
        row.translate(0, line);
        painter.setPen(theme.muted);
        painter.drawText(row.adjusted(swatch, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         QStringLiteral("+%1").arg(m_state.hover.size() - shown));
    }
}

} // namespace isoloss
