// Lines of known values across the plot, and where their labels find room.
#include "widgets/chart_painter.h"
#include "widgets/tabular_text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int label_rows = 3;           ///< from an end of a vertical mark to where its label may move
constexpr double harm_of_line = 5;      ///< of a label over a line, in covered points
constexpr double harm_of_text = 1e6;    ///< of a label over other words
constexpr double harm_of_turning = 0.5; ///< of a label that is read with the head on the shoulder

} // namespace

void ChartPainter::marks(QPainter& painter) const {
    const QRectF& plot = m_layout.plot;
    painter.setFont(m_style.ticks);
    painter.setRenderHint(QPainter::Antialiasing);
    std::vector<QRectF> taken{band_pill(), badge_place()};
    for (const ChartMark& mark : m_data.marks) {
        const bool vertical = mark.orientation == Qt::Vertical;
        const double at = vertical ? m_layout.x.position(mark.value) : m_layout.y.position(mark.value);
        const bool inside =
            vertical ? at >= plot.left() && at <= plot.right() : at >= plot.top() && at <= plot.bottom();
        if (!inside) continue; // NaN too
        const QColor color = mark.color.isValid() ? mark.color : m_theme.muted;
        QPen dashes(color, m_style.hairline, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
        dashes.setDashPattern({3, 3});
        painter.setPen(dashes);
        if (vertical)
            painter.drawLine(QPointF(at, plot.top()), QPointF(at, plot.bottom()));
        else
            painter.drawLine(QPointF(plot.left(), at), QPointF(plot.right(), at));
        if (mark.label.isEmpty()) continue;
        painter.setPen(color);
        const LabelPlace label = mark_label_place(mark, taken);
        taken.push_back(label.rect);
        if (label.turned) {
            painter.save();
            painter.translate(label.rect.bottomLeft());
            painter.rotate(-90);
            text(painter, QRectF({}, label.rect.size().transposed()), Qt::AlignLeft | Qt::AlignTop, mark.label);
            painter.restore();
        } else {
            text(painter, label.rect, Qt::AlignLeft | Qt::AlignTop, mark.label);
        }
    }
}

ChartPainter::LabelPlace ChartPainter::mark_label_place(const ChartMark& mark, const std::vector<QRectF>& taken) const {
    const QRectF& plot = m_layout.plot;
    const double at =
        mark.orientation == Qt::Vertical ? m_layout.x.position(mark.value) : m_layout.y.position(mark.value);
    const QFontMetricsF metrics(m_style.ticks);
    const double height = metrics.ascent() + metrics.descent();
    const double width =
        m_style.tabular ? tabular_width(m_style.ticks, mark.label) : metrics.horizontalAdvance(mark.label);
    const double gap = m_style.gap / 2;
    // Near the ends of the line, on its roomier side first.
    std::vector<LabelPlace> places;
    if (mark.orientation == Qt::Vertical) {
        const double left = at - gap - width, right = at + gap;
        const bool left_first = at > plot.center().x();
        for (const double x : {left_first ? left : right, left_first ? right : left})
            for (int row = 0; row < label_rows; ++row)
                for (const double y : {plot.top() + row * height, plot.bottom() - gap - (row + 1) * height})
                    places.push_back({QRectF(x, y, width, height)});
        // Turned it needs little room, so it finds some on the tighter side.
        const double before = at - gap - height, after = at + gap;
        for (const double x : {left_first ? after : before, left_first ? before : after})
            for (const double y : {plot.top() + gap, plot.bottom() - gap - width})
                places.push_back({QRectF(x, y, height, width), true});
    } else {
        const double above = at - height - m_style.hairline, below = at + gap;
        const bool above_first = at > plot.top() + 2 * height;
        for (const double y : {above_first ? above : below, above_first ? below : above})
            for (const double x : {plot.right() - gap - width, plot.left() + gap})
                places.push_back({QRectF(x, y, width, height)});
    }
    const auto crosses = [&](const QRectF& place, Qt::Orientation orientation, double value) {
        const double line = orientation == Qt::Vertical ? m_layout.x.position(value) : m_layout.y.position(value);
        return orientation == Qt::Vertical ? line >= place.left() && line <= place.right()
                                           : line >= place.top() && line <= place.bottom();
    };
    // How badly a place is taken, in covered points.
    const auto harm = [&](const LabelPlace& label) {
        const QRectF& place = label.rect;
        const auto points = std::count_if(m_data.points.begin(), m_data.points.end(), [&](const ChartPoint& point) {
            return place.contains(m_layout.position({point.x, point.y}));
        });
        auto lines = std::count_if(m_data.marks.begin(), m_data.marks.end(), [&](const ChartMark& other) {
            return crosses(place, other.orientation, other.value);
        });
        if (m_data.band) lines += crosses(place, Qt::Vertical, m_data.band->center);
        const bool free =
            plot.adjusted(-1, -1, 1, 1).contains(place) &&
            std::none_of(taken.begin(), taken.end(), [&](const QRectF& other) { return place.intersects(other); });
        return static_cast<double>(points) + harm_of_line * static_cast<double>(lines) + (free ? 0 : harm_of_text) +
               (label.turned ? harm_of_turning : 0);
    };
    return *std::min_element(places.begin(), places.end(),
                             [&](const LabelPlace& a, const LabelPlace& b) { return harm(a) < harm(b); });
}

} // namespace isoloss
