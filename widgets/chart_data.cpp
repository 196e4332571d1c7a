#include "widgets/chart_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr double mark_reach = 0.15; ///< of the span of the data: marks that are farther off do not stretch the axis
constexpr double band_growth = 1.8; ///< of the diameter of points in the band

class Extent {
public:
    explicit Extent(AxisScale scale) : m_scale(scale) {}

    void add(double value) {
        if (!std::isfinite(value) || (m_scale == AxisScale::log && value <= 0)) return;
        m_min = std::min(m_min, value);
        m_max = std::max(m_max, value);
    }

    /// Values from low to high, the least positive of which is known.
    void add(const AxisRange& range, double least_positive) {
        add(m_scale == AxisScale::log ? least_positive : range.min);
        add(range.max);
    }

    /// Stretches to values a little beside those added so far.
    void reach(const std::vector<double>& values) {
        if (!(m_max > m_min)) return;
        const auto drawn = [this](double value) { return m_scale == AxisScale::log ? std::log10(value) : value; };
        const double low = drawn(m_min), high = drawn(m_max), most = (high - low) * mark_reach;
        for (const double value : values)
            if (drawn(value) >= low - most && drawn(value) <= high + most) add(value);
    }

    /// With a margin of 3 % of the drawn length at both ends.
    AxisRange range() const {
        const bool log = m_scale == AxisScale::log;
        if (m_min > m_max) return log ? AxisRange{1, 10} : AxisRange{0, 1};
        const double low = log ? std::log10(m_min) : m_min;
        const double high = log ? std::log10(m_max) : m_max;
        double margin = (high - low) * 0.03;
        if (margin <= 0) margin = log ? 0.1 : low == 0 ? 1.0 : std::abs(low) * 0.05;
        if (!log) return {low - margin, high + margin};
        return {std::pow(10, low - margin), std::pow(10, high + margin)};
    }

private:
    AxisScale m_scale;
    double m_min = std::numeric_limits<double>::infinity();
    double m_max = -std::numeric_limits<double>::infinity();
};

} // namespace

LineExtent LineStretch::measured() const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    LineExtent covered{{infinity, -infinity}, {infinity, -infinity}, infinity, infinity};
    for (std::size_t i = 0; i < size(); ++i) {
        covered.x.min = std::min(covered.x.min, x_first[i]);
        covered.x.max = std::max(covered.x.max, x_last[i]);
        const double low = static_cast<double>(min[i]), high = static_cast<double>(max[i]);
        covered.y.min = std::min(covered.y.min, low);
        covered.y.max = std::max(covered.y.max, high);
        for (const double x : {x_first[i], x_last[i]})
            if (x > 0) covered.least_positive_x = std::min(covered.least_positive_x, x);
        for (const double y : {low, high})
            if (y > 0) covered.least_positive_y = std::min(covered.least_positive_y, y);
    }
    return covered;
}

QString ChartBand::text() const {
    int decimals = 0;
    if (half_width > 0 && std::isfinite(half_width))
        decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(half_width) - 1e-9)), 0, 12);
    QString width = QString::number(half_width, 'f', decimals);
    if (width.startsWith(QLatin1String("0."))) width.remove(0, 1);
    return QString::number(center, 'f', decimals) + QStringLiteral(" ± ") + width;
}

bool ChartData::empty() const {
    const bool no_line = std::all_of(lines.begin(), lines.end(), [](const ChartLine& line) {
        const auto none = [](const LineStretches& stretches) {
            return !stretches || std::all_of(stretches->begin(), stretches->end(),
                                             [](const LineStretch& stretch) { return stretch.size() == 0; });
        };
        return none(line.curve) && none(line.raw);
    });
    return no_line && polylines.empty() && points.empty() && areas.empty();
}

qint64 ChartData::nonfinite() const {
    qint64 count = 0;
    for (const ChartLine& line : lines)
        count += line.nonfinite;
    return count;
}

double drawn_diameter(const ChartData& data, const ChartPoint& point) {
    const bool grows = !data.sized && data.band && data.band->contains(point.x);
    return grows ? point.size * band_growth : point.size;
}

bool lies_above(const ChartData& data, const ChartPoint& a, const ChartPoint& b) {
    if (data.band && data.band->contains(a.x) != data.band->contains(b.x)) return data.band->contains(a.x);
    return data.sized && a.size < b.size;
}

ChartRange data_range(const ChartData& data) {
    Extent x(data.x.scale), y(data.y.scale), y2(data.axis(YSide::right).scale);
    const auto extent = [&](YSide side) -> Extent& { return side == YSide::right && data.y2 ? y2 : y; };
    const auto add = [&](const LineStretches& stretches, YSide side) {
        if (!stretches) return;
        for (const LineStretch& stretch : *stretches) {
            if (stretch.size() == 0) continue;
            const LineExtent covered = stretch.extent ? *stretch.extent : stretch.measured();
            x.add(covered.x, covered.least_positive_x);
            extent(side).add(covered.y, covered.least_positive_y);
        }
    };
    for (const ChartLine& line : data.lines) {
        add(line.curve, line.side);
        add(line.raw, line.side);
    }
    for (const ChartArea& area : data.areas)
        add(area.stretches, area.side);
    for (const ChartPolyline& polyline : data.polylines)
        for (const QPointF& point : polyline.points) {
            x.add(point.x());
            y.add(point.y());
        }
    for (const ChartPoint& point : data.points) {
        x.add(point.x);
        y.add(point.y);
        if (point.x_error) {
            x.add(point.x - *point.x_error);
            x.add(point.x + *point.x_error);
        }
        if (point.y_error) {
            y.add(point.y - *point.y_error);
            y.add(point.y + *point.y_error);
        }
    }
    std::vector<double> vertical, horizontal;
    for (const ChartMark& mark : data.marks)
        (mark.orientation == Qt::Vertical ? vertical : horizontal).push_back(mark.value);
    x.reach(vertical);
    y.reach(horizontal);
    const AxisRange right = data.y2 ? data.y2->fixed.value_or(y2.range()) : AxisRange{};
    return {data.x.fixed.value_or(x.range()), data.y.fixed.value_or(y.range()), right};
}

} // namespace isoloss
