// Dense lines on paper, and what is drawn along them on paper and screen.
#include "widgets/chart_painter.h"
#include "widgets/clip.h"
#include "widgets/line_path.h"
#include "widgets/painter_paths.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <set>

namespace isoloss {

namespace {

constexpr double lone_point_size = 5;
constexpr double line_mark_size = 7;
constexpr double arrow_pitch = 10; ///< logical pixels of the edge that share one arrow
constexpr double arrow_size = 6;
constexpr double gap_tick = 6;

Marker marker_of(LineMark::Kind kind) {
    switch (kind) {
    case LineMark::Kind::min:
        return Marker::triangle;
    case LineMark::Kind::max:
        return Marker::triangle_down;
    case LineMark::Kind::last:
        return Marker::circle;
    }
    return Marker::circle;
}

} // namespace

void ChartPainter::lines(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const auto draw = [&](const LineStretches& stretches, const ChartLine& line, double opacity) {
        if (!stretches) return;
        std::vector<std::vector<QPointF>> pieces;
        for (const LineStretch& stretch : *stretches) {
            auto part =
                clipped(line_path(stretch, m_layout.x, m_layout.side(line.side), m_style.hairline), m_layout.plot);
            std::move(part.begin(), part.end(), std::back_inserter(pieces));
        }
        painter.setPen(line_pen(faded(line.color, line.id, opacity), line.width * m_style.scale, line.dash));
        if (!pieces.empty()) painter.drawPath(path_of(pieces));
    };
    for (const ChartLine& line : m_data.lines)
        draw(line.raw, line, 0.25);
    for (const ChartLine& line : m_data.lines)
        draw(line.curve, line, 0.9);
    for (const ChartLine& line : m_data.lines)
        if (line.curve)
            draw_lone_points(painter, *line.curve, m_layout.x, m_layout.side(line.side), m_layout.plot,
                             faded(line.color, line.id, 0.9), m_style.scale);
    line_marks(painter);
    gaps(painter);
    off_scale(painter);
}

void draw_lone_points(QPainter& painter, const std::vector<LineStretch>& stretches, const AxisTransform& x,
                      const AxisTransform& y, const QRectF& plot, const QColor& color, double scale) {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    for (const LineStretch& stretch : stretches) {
        if (stretch.size() == 0 || stretch.x_first.front() != stretch.x_last.back()) continue;
        const QPointF at(x.position(stretch.x_first[0]), y.position(static_cast<double>(stretch.first[0])));
        const bool inside = at.x() >= plot.left() && at.x() <= plot.right() && at.y() >= plot.top() &&
                            at.y() <= plot.bottom(); // false for NaN
        if (inside) draw_marker(painter, Marker::circle, at, lone_point_size * scale);
    }
}

void ChartPainter::line_marks(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartLine& line : m_data.lines) {
        if (line.marks.empty()) continue;
        painter.setPen(QPen(m_theme.surface, m_style.scale));
        painter.setBrush(faded(line.color, line.id, 1));
        for (const LineMark& mark : line.marks) {
            const QPointF at = m_layout.position({mark.x, mark.y}, line.side);
            if (m_layout.shows(at)) draw_marker(painter, marker_of(mark.kind), at, line_mark_size * m_style.scale);
        }
    }
}

void ChartPainter::gaps(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing, false);
    const QRectF& plot = m_layout.plot;
    for (const ChartLine& line : m_data.lines) {
        if (line.gaps.empty()) continue;
        const QColor color = faded(line.color, line.id, 0.9);
        for (const LineGap& gap : line.gaps) {
            double left = m_layout.x.position(gap.x_first), right = m_layout.x.position(gap.x_last);
            if (left > right) std::swap(left, right);
            if (!(right >= plot.left() && left <= plot.right())) continue;
            left = std::max(left, plot.left());
            const double width = std::max(std::min(right, plot.right()) - left, 2 * m_style.hairline);
            painter.fillRect(QRectF(left, plot.bottom() - gap_tick * m_style.scale, width, gap_tick * m_style.scale),
                             color);
        }
    }
}

void ChartPainter::off_scale(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const QRectF& plot = m_layout.plot;
    const double pitch = arrow_pitch * m_style.scale, size = arrow_size * m_style.scale;
    for (const ChartLine& line : m_data.lines) {
        if (!line.curve || !m_data.axis(line.side).marks_off_scale) continue;
        const AxisRange range = m_layout.side(line.side).range();
        std::set<int> above, below; // cells of the edge
        for (const LineStretch& stretch : *line.curve)
            for (std::size_t i = 0; i < stretch.size(); ++i) {
                const bool over = static_cast<double>(stretch.max[i]) > range.max;
                const bool under = static_cast<double>(stretch.min[i]) < range.min;
                if (!over && !under) continue;
                const double x = m_layout.x.position(stretch.x_first[i]);
                if (!(x >= plot.left() && x <= plot.right())) continue;
                const int cell = static_cast<int>((x - plot.left()) / pitch);
                if (over) above.insert(cell);
                if (under) below.insert(cell);
            }
        painter.setBrush(faded(line.color, line.id, 0.9));
        const bool turned = m_data.axis(line.side).reversed;
        for (const int cell : above)
            draw_marker(painter, turned ? Marker::triangle_down : Marker::triangle,
                        {plot.left() + (cell + 0.5) * pitch, turned ? plot.bottom() - size / 2 : plot.top() + size / 2},
                        size);
        for (const int cell : below)
            draw_marker(painter, turned ? Marker::triangle : Marker::triangle_down,
                        {plot.left() + (cell + 0.5) * pitch, turned ? plot.top() + size / 2 : plot.bottom() - size / 2},
                        size);
    }
}

} // namespace isoloss
