#include "widgets/line_path.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

std::vector<QPointF> line_path(const LineStretch& stretch, const AxisTransform& x, const AxisTransform& y,
                               double column_width) {
    const AxisRange range = x.range();
    const auto low = std::lower_bound(stretch.x_last.begin(), stretch.x_last.end(), range.min);
    const auto high = std::upper_bound(stretch.x_first.begin(), stretch.x_first.end(), range.max);
    auto i = static_cast<std::size_t>(low - stretch.x_last.begin());
    auto end = static_cast<std::size_t>(high - stretch.x_first.begin());
    if (i > 0) --i;
    if (end < stretch.size()) ++end;

    std::vector<QPointF> path;
    const auto add = [&](double px, float value) {
        const QPointF point(px, y.position(static_cast<double>(value)));
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
        const double middle = (start + finish) / 2;
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
