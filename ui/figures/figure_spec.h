#pragma once

#include "engine/base/error.h"
#include "engine/series/group_band.h"
#include "engine/series/series_view.h"
#include "widgets/chart_data.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

enum class FigureKind {
    scatter, ///< checkpoints as points, any quantity against any quantity
    curves,  ///< charts of one or several metrics, one line per run and metric
};

/// Which way values grow on the x axis of a scatter figure.
enum class AxisOrder {
    automatic,  ///< better to the right: descending for a quantity that is better when it is smaller
    ascending,  ///< larger values to the right
    descending, ///< smaller values to the right
};

enum class ErrorBars {
    automatic, ///< shown while there are few enough points to tell them apart
    hidden,
    shown,
};

/// The band of equal loss: |x − centre| ≤ half_width, in units of the x axis.
struct FigureBand {
    double centre = 0;
    double half_width = 0;
    bool operator==(const FigureBand&) const = default;
};

/// A value that does not come from the data, drawn as a line across the plot: a known floor, the chance level.
struct FigureMark {
    enum class Axis { x, y };
    Axis axis = Axis::x;
    double value = 0;
    std::string label; ///< "entropy floor"; the value is written behind it
    bool operator==(const FigureMark&) const = default;
};

/// Size on paper, and the resolution where the format has one.
struct FigureSize {
    double width_mm = 178;
    double height_mm = 110;
    int dpi = 300;
    bool operator==(const FigureSize&) const = default;
};

/// A metric of a chart of curves, drawn against the left or the right axis.
struct FigureMetric {
    std::string name;
    YSide side = YSide::left;
    bool operator==(const FigureMetric&) const = default;
};

/// One chart of curves: usually of one metric, or of several that were put together.
struct FigureChart {
    std::string title; ///< empty: the names of the metrics
    std::vector<FigureMetric> metrics;

    static FigureChart of(std::string metric) { return {{}, {{std::move(metric)}}}; }

    /// The title, or the names of the metrics.
    std::string shown_title() const;

    bool has_right_axis() const;

    bool operator==(const FigureChart&) const = default;
};

/// How runs of one group are drawn together.
struct FigureGroups {
    std::string by; ///< column of the run table whose values make the groups; empty: every run by itself
    BandCentre centre = BandCentre::mean;
    BandSpread spread = BandSpread::standard_deviation;
    double percentile = 25; ///< p of the interval from p to 100 − p, 0 to 50
    bool members = false;   ///< the curves of the runs stay faint behind
    bool operator==(const FigureGroups&) const = default;
};

/// Everything that decides what a figure shows: the recipe that is embedded in exported files, saved as a view and
/// read by the command line. Keys of quantities are those of load_checkpoint_table.
struct FigureSpec {
    FigureKind kind = FigureKind::scatter;
    std::string title;
    std::string filter; ///< filter text over runs and checkpoints; empty shows all visible runs

    // scatter
    std::string x, y;
    std::string colour = "run";
    std::string lines = "run"; ///< points with the same value are joined in the order of their steps; empty: no lines
    std::string size_by;       ///< quantity that the areas of points stand for; empty: all are of the same size
    AxisOrder x_order = AxisOrder::automatic;
    ErrorBars error_bars = ErrorBars::automatic;
    std::optional<FigureBand> band;
    std::vector<FigureMark> marks;

    // curves
    std::vector<FigureChart> charts;
    CurveX curve_x = CurveX::step;
    std::string curve_x_series; ///< name of the series on the x axis, with CurveX::series
    Smoothing smoothing;
    AttemptRule attempts = AttemptRule::last_wins;
    FigureGroups groups;
    bool without_outliers = false; ///< the y range leaves out a few extreme values; arrows say where
    bool mark_min = false, mark_max = false, mark_last = false;

    AxisScale x_scale = AxisScale::linear;
    AxisScale y_scale = AxisScale::linear;
    std::optional<double> x_min, x_max, y_min, y_max; ///< none: fitted
    FigureSize size;

    bool operator==(const FigureSpec&) const = default;
};

/// The recipe as indented JSON, one member a line, so that two of them can be compared with diff.
std::string recipe_json(const FigureSpec& spec);

/// Reads recipe_json's text. Unknown members are ignored, so that a newer recipe still draws; members of a wrong type,
/// a kind that does not exist and a size outside 10 to 2,000 mm are errors. `file` is only used in messages.
Expected<FigureSpec> parse_recipe(std::string_view json, std::string_view file = {});

} // namespace isoloss
