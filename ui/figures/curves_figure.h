#pragma once

#include "engine/base/error.h"
#include "engine/series/series_view.h"
#include "engine/store/records.h"
#include "ui/figures/figure_spec.h"
#include "widgets/chart_data.h"
#include "widgets/theme.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

class Reader;
class SeriesCache;

/// One run's series of a metric, ready to be drawn.
struct Curve {
    RunRecord run;
    SeriesRecord series;
    LineStretches drawn; ///< smoothed where the spec smooths
    LineStretches raw;   ///< only where `drawn` is smoothed
    std::int64_t nonfinite = 0;
    int level = 0; ///< of the pyramid
    std::vector<double> restarts;
};

/// The curves of one metric over a range of x.
struct CurveSet {
    std::string metric;
    std::vector<Curve> curves; ///< in the order of the sources
};

/// A series to draw and the run that it belongs to.
struct CurveSource {
    RunRecord run;
    SeriesRecord series;
};

/// The curves of one metric at the detail of `columns` pixel columns, over the spec's range of x. The reader's thread,
/// one call at a time for a cache.
Expected<CurveSet> load_curves(Reader& reader, SeriesCache& cache, std::string_view metric,
                               const std::vector<CurveSource>& sources, const FigureSpec& spec, int columns);

/// One function from curves to picture, for the screen and for paper. Line ids are run ids. Any thread.
ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme);

/// Runs that a figure without a window shows: visible, not archived, passing the filter.
Expected<std::vector<RunRecord>> runs_of_figure(Reader& reader, std::string_view filter);

/// The series called `metric` of these runs, in their order; a run without it has none.
std::vector<CurveSource> curve_sources(const std::vector<RunRecord>& runs, const std::vector<SeriesRecord>& series,
                                       std::string_view metric);

} // namespace isoloss
