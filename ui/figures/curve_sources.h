#pragma once

#include "engine/store/records.h"
#include "ui/figures/figure_spec.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// What a chart needs of a run, or of a group of runs.
struct CurveRun {
    RunId id; ///< of a group below zero: no run has such a one
    std::string name;
    int color = 0; ///< index into the palette

    static CurveRun of(const RunRecord& run) { return {run.id, run.name, run.color}; }
};

/// Runs that are drawn as one band.
struct CurveGroup {
    CurveRun drawn_as; ///< its name is the title; its colour is that of its place, so that groups differ
    std::vector<RunId> runs;

    /// The group at a place among others. `runs` is not empty.
    static CurveGroup of(std::size_t place, std::string title, const std::vector<const CurveRun*>& runs);
};

/// A series to draw and the run that it belongs to.
struct CurveSource {
    CurveRun run;
    SeriesId series;        ///< 0 for a group
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

    /// The largest finite value of a metric without regard to sign, over all runs; 0 where there is none.
    double magnitude(std::string_view metric) const;

    /// The series of a metric of these runs, in their order; a run without one has none.
    std::vector<SeriesId> series(std::string_view metric, const std::vector<RunId>& runs) const;

    /// The series of a chart's metrics of these runs: metric after metric, each in the order of the runs; a run without
    /// one has none there.
    std::vector<CurveSource> sources(const std::vector<CurveRun>& runs, const FigureChart& chart) const;

private:
    std::vector<std::string> metrics_;
    std::unordered_map<std::string_view, std::unordered_map<RunId, SeriesId>> by_metric_; ///< views of metrics_
    std::unordered_map<SeriesId, std::string_view> metric_of_;
    std::unordered_map<std::string_view, double> magnitude_;
};

/// What the charts of a page draw from: the shown runs in their order and the series of the project. Immutable.
struct CurveScene {
    std::vector<CurveRun> runs;
    std::vector<CurveGroup> groups; ///< empty: every run by itself
    std::shared_ptr<const SeriesIndex> series;
};

} // namespace isoloss
