#pragma once

#include "engine/base/error.h"
#include "ui/figures/curve_sources.h"
#include "ui/figures/figure_spec.h"
#include "widgets/chart_data.h"
#include "widgets/theme.h"

#include <memory>
#include <string_view>
#include <vector>

namespace isoloss {

class Reader;
struct CurveCache;

/// One run's series of a metric, or the band of a group of runs, ready to be drawn.
struct Curve {
    CurveSource source;
    LineStretches drawn; ///< smoothed where the spec smooths; the centre line of a group; null for a member of a group
    LineStretches raw;   ///< drawn faint: before smoothing, or of a member of a group
    LineStretches edges; ///< of a band
    std::int64_t nonfinite = 0;
    int level = 0; ///< of the pyramid
    std::vector<double> restarts;
};

/// The curves of one chart over a range of x.
struct CurveSet {
    FigureChart chart;
    std::vector<double> magnitudes; ///< of the metrics, over the whole project: what a symlog axis is made for
    std::vector<Curve> curves;      ///< metric after metric, each in the order of the runs or groups
};

/// The curves of one chart at the detail of `columns` pixel columns, over the spec's range of x: of every run by
/// itself, or bands where the scene has groups. The reader's thread.
Expected<CurveSet> load_curves(Reader& reader, CurveCache& cache, const FigureChart& chart, const CurveScene& scene,
                               const FigureSpec& spec, int columns);

/// One function from curves to picture, for the screen and for paper. Line ids are those of runs or groups. Any thread.
ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme);

/// What a figure without a window draws from: runs that are visible, not archived and pass the filter, grouped as the
/// spec says.
Expected<CurveScene> scene_of_figure(Reader& reader, const FigureSpec& spec);

} // namespace isoloss
