#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace isoloss {

struct CurvePoint {
    int attempt = 1;
    std::int64_t step = 0;
    double x = 0;
    double value = 0;
};

/// What a curve does over a range of x, exact over all its points there. Nothing where no point is finite.
struct RangeStatistics {
    std::optional<int> attempt; ///< none: all that are shown together
    std::int64_t finite = 0, nonfinite = 0;
    std::optional<CurvePoint> start, end; ///< first and last finite point in order of attempt and step
    std::optional<CurvePoint> min, max;   ///< of several the first

    /// End − start.
    std::optional<double> change() const {
        return start && end ? std::optional(end->value - start->value) : std::nullopt;
    }
};

/// One entry for all shown attempts, with AttemptRule::split one for each that has points in the range.
struct SeriesStatistics {
    std::vector<RangeStatistics> raw;
    std::vector<RangeStatistics> smoothed; ///< of the smoothed curve, in float32; empty where there is none

    /// Of the curve as it is drawn.
    const std::vector<RangeStatistics>& drawn() const { return smoothed.empty() ? raw : smoothed; }
};

} // namespace isoloss
