#include "widgets/line_path.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr double far_away = 1e6; ///< beyond every plot

} // namespace

std::vector<QPointF> line_path(const LineStretch& stretch, const AxisTransform& x, const AxisTransform& y,
                               double column_width) {
    const AxisRange range = x.range();
    const auto low = std::lower_bound(stretch.x_last.begin(), stretch.x_last.end(), range.min);
    const auto high = std::upper_bound(stretch.x_first.begin(), stretch.x_first.end(), range.max);
    auto i = static_cast<std::size_t>(low - stretch.x_last.begin());
    auto end = static_cast<std::size_t>(high - stretch.x_first.begin());
    if (i > 0) --i;
    if (end < stretch.size()) ++end;

    const auto [left, right] = std::minmax({x.position(range.min), x.position(range.max)});
    std::vector<QPointF> path;
    const auto add = [&](double px, float value) {
        const double height = y.position(static_cast<double>(value));
        // What a logarithmic axis cannot show lies far below, as on the screen.
        const QPointF point(px, std::isnan(height) ? std::copysign(far_away, -y.factor()) : height);
        if (path.empty() || path.back() != point) path.push_back(point);
    };
    while (i < end) {
        const double start = x.position(stretch.x_first[i]);
        std::size_t last = i;
        float smallest = stretch.min[i], largest = stretch.max[i];
        while (last + 1 < end && std::abs(x.position(stretch.x_last[last + 1]) - start) < column_width) {
            ++last;
            smallest = std::min(smallest, stretch.min[last]);
            largest = std::max(largest, stretch.max[last]);
        }
        const double finish = x.position(stretch.x_last[last]);
        // Extremes of a column that the plot's edge cuts are shown in what is left of it.
        const bool shown = std::min(start, finish) <= right && std::max(start, finish) >= left;
        const double middle =
            shown ? (std::clamp(start, left, right) + std::clamp(finish, left, right)) / 2 : (start + finish) / 2;
        add(start, stretch.first[i]);
        if (smallest != largest) {
            const bool rising = stretch.first[i] <= stretch.last[last];
            add(middle, rising ? smallest : largest);
            add(middle, rising ? largest : smallest);
            add(finish, stretch.last[last]);
        }
        i = last + 1;
    }
    return path;
}

} // namespace isoloss
