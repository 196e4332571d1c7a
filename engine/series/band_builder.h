#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/series/band_reducer.h"
#include "engine/series/group_band.h"
#include "engine/series/pixel_columns.h"
#include "engine/series/point_rows.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace isoloss {

class Reader;

/// One request: goes from left to right through windows of x that hold a bounded number of points, evaluates the band
/// at every x of any run, and reduces it. Everything it is given outlives it.
class BandBuilder {
public:
    BandBuilder(Reader& reader, const BandRequest& request, std::span<const BandMember> members, PointStore& store,
                PointBlockMaker& maker, const CancellationToken& cancellation);

    /// Adds to a view of nothing.
    Expected<void> build(BandView& view);

private:
    struct Window {
        double begin = 0, end = 0; ///< without the end, but for the last
        bool first = false, last = false;
    };

    std::vector<Window> windows();
    Expected<void> add_window(const Window& window, BandView& view);
    std::vector<double> places(std::span<const Row> rows, const Window& window, CurveAxis::Interval within) const;
    void thin(std::vector<double>& x) const;
    std::vector<std::size_t> tiles(std::span<const Row> rows, std::span<const double> x) const;
    void evaluate(std::span<const Row> rows, std::span<const double> x);

    const BandRequest& request_;
    std::span<const BandMember> members_;
    CurveAxis axis_; ///< of the screen; those of the members differ in their origins only
    CurveAxis::Interval range_;
    int pixel_width_;
    PointRows rows_;
    BandReducer reducer_;
    std::size_t points_ = 0;              ///< of all chunks in the range
    BandColumns band_;                    ///< of the window
    std::vector<std::uint8_t> arrives_;   ///< of the window: whether a line comes to each x
    std::vector<std::uint8_t> has_value_; ///< by member
};

} // namespace isoloss
