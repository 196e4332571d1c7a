#pragma once

#include "engine/series/bucket.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_view.h"

#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// Turns buckets in order of x into the stretches of a view: cut to a range of x, broken at gaps and where a part of
/// an attempt begins.
class StretchBuilder {
public:
    StretchBuilder(const CurveAxis& axis, CurveAxis::Interval range) : axis_(axis), range_(range) {}

    void begin_part(int attempt);
    /// What follows does not join what came before.
    void break_line();
    void add(std::span<const Bucket> buckets);

    std::vector<CurveStretch> take();

    /// Over the buckets that touch the range; none when there is none.
    struct Extent {
        double x_min = 0, x_max = 0, y_min = 0, y_max = 0;
    };

    const std::optional<Extent>& extent() const { return extent_; }

    /// Of the range, in the order in which they came.
    std::vector<CurveGap> take_gaps() { return std::move(gaps_); }

private:
    void append(const Bucket& bucket, CurveAxis::Interval x);
    void note_gap(const Bucket& bucket, CurveAxis::Interval x);
    void widen_extent(const Bucket& bucket, CurveAxis::Interval x);

    CurveAxis axis_;
    CurveAxis::Interval range_;
    std::vector<CurveStretch> stretches_;
    std::optional<Extent> extent_;
    std::vector<CurveGap> gaps_;
    bool in_gap_ = false;          ///< the last bucket belongs to the last gap
    std::optional<Bucket> before_; ///< the last bucket left of the range
    CurveAxis::Interval before_x_;
    int attempt_ = 1;
    bool open_ = false;  ///< the last stretch goes on
    bool after_ = false; ///< past the right edge in this part
};

} // namespace isoloss
