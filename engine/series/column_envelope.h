#pragma once

#include "engine/series/bucket.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_view.h"
#include "engine/series/stretch_builder.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// The range of y in each pixel column, of points in any order of x: what is drawn where x goes to and fro too often
/// for lines. All points count, so that no extreme is lost.
class ColumnEnvelope {
public:
    ColumnEnvelope(const CurveAxis& axis, CurveAxis::Interval range, int columns)
        : axis_(axis), range_(range), columns_(static_cast<std::size_t>(columns)) {}

    /// Buckets of one point each. Those of an attempt come together.
    void add(int attempt, std::span<const Bucket> points);

    std::vector<CurveStretch> take();

    const std::optional<StretchBuilder::Extent>& extent() const { return extent_; }

    std::vector<CurveGap> take_gaps() { return std::move(gaps_); }

private:
    struct Column {
        double x_first = 0, x_last = 0;
        float min = 0, max = 0, first = 0, last = 0;
        std::int64_t count = 0, nonfinite = 0;
        double gap_first = 0, gap_last = 0;
    };

    void add_point(const Bucket& point, double x);
    void finish_attempt();

    CurveAxis axis_;
    CurveAxis::Interval range_;
    std::vector<Column> columns_;
    std::optional<int> attempt_;
    std::vector<CurveStretch> stretches_;
    std::vector<CurveGap> gaps_;
    std::optional<StretchBuilder::Extent> extent_;
};

} // namespace isoloss
