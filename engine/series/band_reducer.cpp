#include "engine/series/band_reducer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isoloss {

void BandReducer::add(std::span<const double> x, const BandColumns& band, std::span<const std::uint8_t> arrives) {
    for (std::size_t begin = 0; begin < x.size();) {
        const std::size_t end = columns_.end_of_column(x, begin);
        const int column = columns_.of(x[begin]);
        for (std::size_t i = begin; i < end; ++i) {
            broken_ = broken_ || arrives[i] == 0;
            if (std::isfinite(band.centre[i]))
                add_place(x[i], band, i, column);
            else
                broken_ = true;
        }
        begin = end;
    }
}

void BandReducer::add_place(double x, const BandColumns& band, std::size_t i, int column) {
    const double centre = band.centre[i];
    const std::uint32_t n = band.n[i];
    const bool has_edges = std::isfinite(band.low[i]) && std::isfinite(band.high[i]);
    const double low = has_edges ? band.low[i] : std::nan(""), high = has_edges ? band.high[i] : std::nan("");
    if (column_ != column) {
        if (broken_) stretches_.emplace_back();
        BandStretch& stretch = stretches_.back();
        stretch.x_first.push_back(x);
        stretch.x_last.push_back(x);
        for (auto* const line : {&stretch.centre_min, &stretch.centre_max, &stretch.centre_first, &stretch.centre_last})
            line->push_back(centre);
        stretch.low.push_back(low);
        stretch.high.push_back(high);
        stretch.n_least.push_back(n);
        stretch.n_most.push_back(n);
        column_ = column;
    } else {
        BandStretch& stretch = stretches_.back();
        stretch.x_last.back() = x;
        stretch.centre_min.back() = std::min(stretch.centre_min.back(), centre);
        stretch.centre_max.back() = std::max(stretch.centre_max.back(), centre);
        stretch.centre_last.back() = centre;
        stretch.low.back() = std::fmin(stretch.low.back(), low); // NaN is passed over
        stretch.high.back() = std::fmax(stretch.high.back(), high);
        stretch.n_least.back() = std::min(stretch.n_least.back(), n);
        stretch.n_most.back() = std::max(stretch.n_most.back(), n);
    }
    broken_ = false;
    if (!columns_.in_range(column)) return;
    widen_extent(x, centre);
    if (!has_edges) return;
    widen_extent(x, low);
    widen_extent(x, high);
}

void BandReducer::widen_extent(double x, double y) {
    if (!extent_) extent_ = Extent{x, x, y, y};
    extent_->x_min = std::min(extent_->x_min, x);
    extent_->x_max = std::max(extent_->x_max, x);
    extent_->y_min = std::min(extent_->y_min, y);
    extent_->y_max = std::max(extent_->y_max, y);
}

std::vector<BandStretch> BandReducer::take() {
    return std::move(stretches_);
}

} // namespace isoloss
