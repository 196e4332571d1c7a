#pragma once

#include "engine/base/error.h"
#include "engine/series/series_view.h"
#include "ui/figures/curve_sources.h"
#include "ui/figures/figure_spec.h"
#include "ui/figures/shared_work.h"
#include "widgets/chart_data.h"

#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class CurveCache;
struct SeriesStatistics;

/// One run's series of a metric, one attempt of it, or the band of a group of runs, ready to be drawn.
struct Curve {
    CurveSource source;
    std::optional<int> attempt; ///< where attempts are drawn by themselves
    LineStretches drawn; ///< smoothed where the spec smooths; the centre line of a group; null for a member of a group
    LineStretches raw;   ///< drawn faint: before smoothing, or of a member of a group
    LineStretches edges; ///< of a band
    std::string runs;    ///< how many runs a band is of, at the least and at the most over x: "3", "1–3"
    std::int64_t nonfinite = 0;
    int level = 0; ///< of the pyramid
    std::vector<CurveRestart> restarts;
    std::vector<CurveGap> gaps;
    std::vector<LineMark> marks;
};

/// The curves of one chart over a range of x.
struct CurveSet {
    FigureChart chart;
    std::vector<double> magnitudes; ///< of the metrics, over the whole project: what a symlog axis is made for
    std::vector<Curve> curves;      ///< metric after metric, each in the order of the runs or groups
    XWords x;                       ///< of the first curve that has an x
    std::string missing;            ///< why some curves have none, else empty
    std::size_t without_x = 0;      ///< how many
};

/// The request of a curve, for its view or its statistics.
SeriesRequest curve_request(SeriesId series, const FigureSpec& spec, int columns);

/// The curves of one chart at the detail of `columns` pixel columns, over the spec's range of x: of every run by
/// itself, or bands where the scene has groups; those who are asked for help read some of them. The reader's thread.
Expected<CurveSet> load_curves(Reader& reader, CurveCache& cache, const FigureChart& chart, const CurveScene& scene,
                               const FigureSpec& spec, int columns, const AskForHelp& ask = {});

/// The largest x of any curve of a chart, whatever range of x the spec shows; nothing where there is none. The reader's
/// thread.
Expected<std::optional<double>> latest_x(Reader& reader, CurveCache& cache, const FigureChart& chart,
                                         const CurveScene& scene, const FigureSpec& spec);

/// What a figure without a window draws from: runs that are visible, not archived and pass the filter, grouped as the
/// spec says.
Expected<CurveScene> scene_of_figure(Reader& reader, const FigureSpec& spec);

} // namespace isoloss
