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
#include <unordered_map>
#include <vector>

namespace isoloss {

class Reader;
class SeriesCache;

/// What a chart needs of a run.
struct CurveRun {
    RunId id;
    std::string name;
    int color = 0; ///< index into the palette

    static CurveRun of(const RunRecord& run) { return {run.id, run.name, run.color}; }
};

/// A series to draw and the run that it belongs to.
struct CurveSource {
    CurveRun run;
    SeriesId series;
    std::size_t metric = 0; ///< index into the chart's metrics
};

/// The series of a project by metric and run. Immutable, any thread.
class SeriesIndex {
public:
    explicit SeriesIndex(const std::vector<SeriesRecord>& series);
    SeriesIndex(const SeriesIndex&) = delete; // its maps look into its names
    SeriesIndex& operator=(const SeriesIndex&) = delete;

    /// Names of all metrics, sorted.
    const std::vector<std::string>& metrics() const { return metrics_; }

    /// Empty for a series that is not known.
    std::string_view metric_of(SeriesId series) const;

    /// The series of a chart's metrics of these runs: metric after metric, each in the order of the runs; a run without
    /// one has none there.
    std::vector<CurveSource> sources(const std::vector<CurveRun>& runs, const FigureChart& chart) const;

private:
    std::vector<std::string> metrics_;
    std::unordered_map<std::string_view, std::unordered_map<RunId, SeriesId>> by_metric_; ///< views of metrics_
    std::unordered_map<SeriesId, std::string_view> metric_of_;
};

/// What the charts of a page draw from: the shown runs in their order and the series of the project. Immutable.
struct CurveScene {
    std::vector<CurveRun> runs;
    std::shared_ptr<const SeriesIndex> series;
};

/// One run's series of a metric, ready to be drawn.
struct Curve {
    CurveSource source;
    LineStretches drawn; ///< smoothed where the spec smooths
    LineStretches raw;   ///< only where `drawn` is smoothed
    std::int64_t nonfinite = 0;
    int level = 0; ///< of the pyramid
    std::vector<double> restarts;
};

/// The curves of one chart over a range of x.
struct CurveSet {
    FigureChart chart;
    std::vector<Curve> curves; ///< in the order of the sources
};

/// The curves of one chart at the detail of `columns` pixel columns, over the spec's range of x. The reader's thread,
/// one call at a time for a cache.
Expected<CurveSet> load_curves(Reader& reader, SeriesCache& cache, const FigureChart& chart,
                               const std::vector<CurveSource>& sources, const FigureSpec& spec, int columns);

/// One function from curves to picture, for the screen and for paper. Line ids are run ids. Any thread.
ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme);

/// Runs that a figure without a window shows: visible, not archived, passing the filter.
Expected<std::vector<CurveRun>> runs_of_figure(Reader& reader, std::string_view filter);

} // namespace isoloss
