#include "engine/series/pixel_columns.h"

#include <algorithm>

namespace isoloss {

int PixelColumns::of(double x) const {
    if (x < range_.first) return -1;
    if (x > range_.last) return width_;
    if (!(range_.last > range_.first)) return 0;
    const double column = axis_.pixels({range_.first, x}, range_, width_);
    return std::min(static_cast<int>(std::min(column, static_cast<double>(width_))), width_ - 1);
}

std::size_t PixelColumns::end_of_column(std::span<const double> x, std::size_t begin) const {
    const int column = of(x[begin]);
    const auto beyond = [&](std::size_t i) { return i >= x.size() || of(x[i]) > column; };
    std::size_t distance = 1;
    while (!beyond(begin + distance))
        distance *= 2;
    const auto rest =
        x.subspan(begin + distance / 2, std::min(distance - distance / 2, x.size() - begin - distance / 2));
    const auto end = std::ranges::partition_point(rest, [&](double other) { return of(other) <= column; });
    return begin + distance / 2 + static_cast<std::size_t>(end - rest.begin());
}

} // namespace isoloss
