#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/smoothing.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Reader;

/// Steps; tokens, FLOPs and epochs, logged or from the config (x_source.h); hours since the run's first point; UTC
/// seconds; the values of another series of the run at the same attempt and step.
enum class CurveX { step, tokens, flops, epoch, relative_time, wall_time, series };

enum class CurveScale { linear, logarithmic, symlog };

/// How points of resumed runs are shown where attempts overlap: `last_wins` hides points of an attempt from the step on
/// at which a later attempt begins, `all` hides nothing, `split` neither and has each attempt for a curve of its own.
enum class AttemptRule { last_wins, all, split };

struct SeriesRequest {
    SeriesId series;
    std::uint64_t number = 0; ///< answers of older numbers are stale
    CurveX x = CurveX::step;
    std::string x_series = {};                    ///< name of the series, with CurveX::series
    CurveScale scale = CurveScale::linear;        ///< of the x axis; a logarithmic one leaves out x ≤ 0
    double symlog_threshold = 1;                  ///< > 0; a symlog axis is about linear between ± this value
    std::optional<double> x_min = {}, x_max = {}; ///< none: everything
    int pixel_width = 1000;                       ///< columns on the screen
    Smoothing smoothing = {};
    AttemptRule attempts = AttemptRule::last_wins;
};

/// One unbroken stretch of one attempt, as buckets in the order of x. At level 0 a bucket is one point and
/// min = max = first = last. Non-finite points are gaps: they end a stretch at level 0 and are counted above, where
/// only a bucket without any finite point ends it. A stretch has one bucket more on each side of the asked range where
/// there is one, so that its line runs to the edge. Where x turns, a stretch ends and the next begins with the same
/// point. Doubles outside of float's range are cut to it.
struct CurveStretch {
    int attempt = 1;
    std::vector<double> x_first, x_last;
    std::vector<float> min, max, first, last;

    std::size_t size() const { return x_first.size(); }
};

/// Where a later attempt begins.
struct CurveRestart {
    int attempt = 1;
    std::int64_t step = 0;
    double x = 0;
};

/// Neighbouring points without a finite value; above level 0 these are somewhere between the two x.
struct CurveGap {
    int attempt = 1;
    double x_first = 0, x_last = 0;
    std::int64_t count = 0;
};

/// What an x axis is made of, for its title and a tool tip.
struct XWords {
    std::string title;      ///< "tokens"
    std::string unit;       ///< "FLOP"; may be empty
    std::string provenance; ///< "tokens = 512 × 2,048 × step from the config (…)"; empty where there is nothing to say
    std::string missing;    ///< why nothing can be drawn over it, else empty
};

/// What is drawn of one series: immutable, shared with the window.
struct SeriesView {
    SeriesId series;
    std::uint64_t number = 0;
    int level = 0;               ///< that most of the points come from; dense parts may have a coarser one
    double x_min = 0, x_max = 0; ///< what the series covers within the asked range
    double y_min = 0, y_max = 0; ///< over the finite values within the asked range, smoothed ones included
    std::int64_t points = 0;     ///< of the whole series, hidden ones included
    std::int64_t nonfinite = 0;
    std::vector<CurveStretch> stretches;
    /// The curve smoothed at full resolution, then reduced like the raw one; empty when smoothing is off or the series
    /// is constant. With `last_wins` it runs on over restarts, with `all` it begins anew.
    std::vector<CurveStretch> smoothed;
    std::vector<CurveRestart> restarts;
    std::vector<CurveGap> gaps; ///< within the asked range in order of x, at most most_gaps: the nearest are joined
    XWords x;
    /// x goes to and fro too often to draw every line: the curves are the range of y in each pixel column, with a
    /// break where a column has no point.
    bool by_column = false;

    static constexpr std::size_t most_gaps = 200;
};

/// Reads, of every chunk, the coarsest level with at least one bucket per pixel column. To pan without reading again
/// keep a SeriesCache. The reader's thread.
Expected<std::shared_ptr<const SeriesView>> series_view(Reader& reader, const SeriesRequest& request);

} // namespace isoloss
