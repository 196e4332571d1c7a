#pragma once

#include "engine/series/band_statistics.h"
#include "engine/series/pixel_columns.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// Turns a band at every x, given from left to right, into the stretches of a view: one bucket a pixel column, that
/// keeps extremes.
class BandReducer {
public:
    explicit BandReducer(const PixelColumns& columns) : columns_(columns) {}

    /// `arrives`: for each x whether some run's line comes to it from the left.
    void add(std::span<const double> x, const BandColumns& band, std::span<const std::uint8_t> arrives);

    std::vector<BandStretch> take();

    /// Over the buckets within the range, centre line and edges; none when there is none.
    struct Extent {
        double x_min = 0, x_max = 0, y_min = 0, y_max = 0;
    };

    const std::optional<Extent>& extent() const { return extent_; }

private:
    void add_place(double x, const BandColumns& band, std::size_t i, int column);
    void widen_extent(double x, double y);

    PixelColumns columns_;
    std::vector<BandStretch> stretches_;
    std::optional<Extent> extent_;
    std::optional<int> column_; ///< of the last bucket; none before the first
    bool broken_ = true;        ///< what follows does not join the last bucket
};

} // namespace isoloss
