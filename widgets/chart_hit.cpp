#include "widgets/chart_hit.h"

#include "widgets/chart_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Distance in pixels from a height to what a line draws in the column of x; infinite where it draws nothing. `value`
/// becomes the place of the nearest observation.
double line_distance(const ChartLine& line, const ChartLayout& layout, QPointF position, QPointF& value) {
    if (!line.curve) return infinity;
    const double x = layout.x.value(position.x());
    const AxisTransform& y = layout.side(line.side);
    for (const LineStretch& stretch : *line.curve) {
        if (stretch.size() == 0 || x > stretch.x_last.back() || x < stretch.x_first.front()) continue;
        const auto after = std::lower_bound(stretch.x_last.begin(), stretch.x_last.end(), x);
        const auto i = static_cast<std::size_t>(after - stretch.x_last.begin());
        const auto height = [&y](float v) { return y.position(static_cast<double>(v)); };
        if (x >= stretch.x_first[i] || i == 0) {
            value = {stretch.x_last[i], static_cast<double>(stretch.last[i])};
            const double a = height(stretch.min[i]), b = height(stretch.max[i]);
            return std::max({0.0, std::min(a, b) - position.y(), position.y() - std::max(a, b)});
        }
        // Between two observations: the nearer one is named, the distance is to the segment.
        const double left = layout.x.position(stretch.x_last[i - 1]), right = layout.x.position(stretch.x_first[i]);
        const double t = right == left ? 0 : (position.x() - left) / (right - left);
        const double a = height(stretch.last[i - 1]), b = height(stretch.first[i]);
        value = t < 0.5 ? QPointF(stretch.x_last[i - 1], static_cast<double>(stretch.last[i - 1]))
                        : QPointF(stretch.x_first[i], static_cast<double>(stretch.first[i]));
        return std::abs(a + t * (b - a) - position.y()) / std::hypot(1, right == left ? 0 : (b - a) / (right - left));
    }
    return infinity;
}

double segment_distance(QPointF p, QPointF a, QPointF b) {
    const QPointF ab = b - a;
    const double squared = QPointF::dotProduct(ab, ab);
    const double t = squared > 0 ? std::clamp(QPointF::dotProduct(p - a, ab) / squared, 0.0, 1.0) : 0;
    const QPointF gap = p - (a + ab * t);
    const double distance = std::hypot(gap.x(), gap.y());
    return std::isfinite(distance) ? distance : infinity;
}

const ChartPoint* point_at(const ChartData& data, const ChartLayout& layout, QPointF position, double radius) {
    const ChartPoint* best = nullptr;
    double nearest = radius;
    for (const ChartPoint& point : data.points) {
        const QPointF at = layout.position({point.x, point.y});
        if (!layout.shows(at)) continue;
        const double distance =
            std::max(0.0, std::hypot(at.x() - position.x(), at.y() - position.y()) - drawn_diameter(data, point) / 2);
        if (distance > nearest) continue;
        if (best != nullptr && distance == nearest && lies_above(data, *best, point)) continue;
        nearest = distance;
        best = &point;
    }
    return best;
}

/// The gap of a line in the column of a position; null where there is none.
const LineGap* gap_at(const ChartLine& line, const ChartLayout& layout, QPointF position) {
    constexpr double reach = 2; // pixels: a gap of one value has no width
    for (const LineGap& gap : line.gaps) {
        const double a = layout.x.position(gap.x_first), b = layout.x.position(gap.x_last);
        if (position.x() >= std::min(a, b) - reach && position.x() <= std::max(a, b) + reach) return &gap;
    }
    return nullptr;
}

} // namespace

ChartHit hit_chart(const ChartData& data, const ChartLayout& layout, QPointF position, double radius) {
    ChartHit hit;
    hit.value = layout.value(position);
    if (!layout.plot.contains(position)) return hit;
    if (const ChartPoint* point = point_at(data, layout, position, radius))
        return {ChartHit::Kind::point, point->id, {point->x, point->y}};
    double nearest = radius;
    for (const ChartLine& line : data.lines) {
        QPointF value;
        const double distance = line_distance(line, layout, position, value);
        if (distance > nearest || distance == infinity) continue;
        nearest = distance;
        hit = {ChartHit::Kind::line, line.id, value};
    }
    for (const ChartPolyline& polyline : data.polylines)
        for (std::size_t i = 1; i < polyline.points.size(); ++i) {
            const double distance = segment_distance(position, layout.position(polyline.points[i - 1]),
                                                     layout.position(polyline.points[i]));
            if (distance > nearest) continue;
            nearest = distance;
            hit = {ChartHit::Kind::line, polyline.id, layout.value(position)};
        }
    if (hit.kind == ChartHit::Kind::nothing && data.band && data.band->contains(hit.value.x()))
        hit.kind = ChartHit::Kind::band;
    return hit;
}

QList<HoverRow> hover_rows(const ChartData& data, const ChartLayout& layout, QPointF position, double radius) {
    if (!layout.plot.contains(position)) return {};
    if (const ChartPoint* point = point_at(data, layout, position, radius))
        return {{point->id, point->label, point->color, point->x, point->y, true}};
    std::vector<std::pair<double, HoverRow>> found;
    for (std::size_t i = 0; i < data.lines.size(); ++i) {
        const ChartLine& line = data.lines[i];
        QPointF value;
        const double distance = line_distance(line, layout, position, value);
        if (distance < infinity)
            found.emplace_back(distance, HoverRow{line.id, line.name, line.color, value.x(), value.y(), false,
                                                  line.side, static_cast<int>(i)});
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    QList<HoverRow> rows;
    for (auto& entry : found)
        rows.push_back(std::move(entry.second));
    for (std::size_t i = 0; i < data.lines.size(); ++i)
        if (const LineGap* gap = gap_at(data.lines[i], layout, position)) {
            const ChartLine& line = data.lines[i];
            rows.push_back({line.id, line.name, line.color, gap->x_first, std::numeric_limits<double>::quiet_NaN(),
                            false, line.side, static_cast<int>(i), gap->count});
        }
    return rows;
}

} // namespace isoloss
