#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace isoloss {

class Reader;

enum class CurveX { step, relative_time, wall_time }; ///< steps; hours since the run's first point; UTC seconds

/// How points of resumed runs are shown where attempts overlap.
enum class AttemptRule { last_wins, all };

struct SeriesRequest {
    SeriesId series;
    std::uint64_t number = 0; ///< answers of older numbers are stale
    CurveX x = CurveX::step;
    std::optional<double> x_min, x_max; ///< none: everything
    int pixel_width = 1000;             ///< columns on the screen
    double smoothing = 0;               ///< weight of the debiased EMA, 0 to 0.999; 0 is off
    AttemptRule attempts = AttemptRule::last_wins;
};

/// One unbroken stretch of one attempt, as buckets in the order of x. At level 0 a bucket is one point and
/// min = max = first = last. Non-finite points are gaps: they end a stretch at level 0 and are counted above.
struct CurveStretch {
    int attempt = 1;
    std::vector<double> x_first, x_last;
    std::vector<float> min, max, first, last;

    std::size_t size() const { return x_first.size(); }
};

/// What is drawn of one series: immutable, shared with the window.
struct SeriesView {
    SeriesId series;
    std::uint64_t number = 0;
    int level = 0;
    double x_min = 0, x_max = 0; ///< what the stretches cover
    double y_min = 0, y_max = 0; ///< over finite values of the stretches
    std::int64_t points = 0;
    std::int64_t nonfinite = 0;
    std::vector<CurveStretch> stretches;
    /// The smoothed curve at full resolution reduced to pixel columns; empty when smoothing is off.
    std::vector<CurveStretch> smoothed;
    std::vector<double> restarts; ///< x where a later attempt begins
};

/// Picks the coarsest level with at least one bucket per pixel column and reads it. The reader's thread.
Expected<std::shared_ptr<const SeriesView>> series_view(Reader& reader, const SeriesRequest& request);

} // namespace isoloss
