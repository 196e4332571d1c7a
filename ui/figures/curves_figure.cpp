#include "ui/figures/curves_figure.h"

#include "engine/analysis/run_table.h"
#include "engine/series/series_cache.h"
#include "engine/store/reader.h"
#include "ui/figures/value_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <map>

namespace isoloss {
namespace {

constexpr std::size_t most_legend_entries = 24;

QString tr(const char* text) {
    return QCoreApplication::translate("CurvesFigure", text);
}

LineStretches stretches_of(const std::vector<CurveStretch>& from) {
    auto to = std::make_shared<std::vector<LineStretch>>();
    to->reserve(from.size());
    for (const CurveStretch& stretch : from)
        to->push_back({stretch.x_first, stretch.x_last, stretch.min, stretch.max, stretch.first, stretch.last});
    return to;
}

ChartAxis x_axis(const FigureSpec& spec) {
    ChartAxis axis;
    axis.scale = spec.x_scale;
    switch (spec.curve_x) {
    case CurveX::step:
        axis.title = tr("step");
        axis.numbers = AxisNumbers::integer;
        break;
    case CurveX::relative_time:
        axis.title = tr("hours since the start");
        axis.numbers = AxisNumbers::hours;
        break;
    case CurveX::wall_time:
        axis.title = tr("time (UTC)");
        axis.numbers = AxisNumbers::utc;
        break;
    }
    if (spec.x_min && spec.x_max) axis.fixed = AxisRange{*spec.x_min, *spec.x_max};
    return axis;
}

void add_restarts(const Curve& curve, const Theme& theme, ChartData& chart) {
    QColor color = theme.series(curve.run.color).color;
    color.setAlphaF(0.45F);
    for (const double x : curve.restarts)
        chart.marks.push_back({Qt::Vertical, x, {}, color});
}

} // namespace

Expected<CurveSet> load_curves(Reader& reader, SeriesCache& cache, std::string_view metric,
                               const std::vector<CurveSource>& sources, const FigureSpec& spec, int columns) {
    CurveSet set;
    set.metric = metric;
    for (const CurveSource& source : sources) {
        SeriesRequest request;
        request.series = source.series.id;
        request.x = spec.curve_x;
        request.scale = spec.x_scale == AxisScale::log ? CurveScale::logarithmic : CurveScale::linear;
        request.x_min = spec.x_min;
        request.x_max = spec.x_max;
        request.pixel_width = columns;
        request.smoothing = spec.smoothing;
        ISOLOSS_TRY(const std::shared_ptr<const SeriesView> view, cache.view(reader, request));
        Curve curve;
        curve.run = source.run;
        curve.series = source.series;
        curve.nonfinite = view->nonfinite;
        curve.level = view->level;
        curve.restarts = view->restarts;
        const bool smooth = !view->smoothed.empty();
        curve.drawn = stretches_of(smooth ? view->smoothed : view->stretches);
        if (smooth) curve.raw = stretches_of(view->stretches);
        set.curves.push_back(std::move(curve));
    }
    return set;
}

Expected<std::vector<RunRecord>> runs_of_figure(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(RunTable table, load_run_table(reader, filter, {}));
    std::erase_if(table.runs, [](const RunRecord& run) { return !run.visible || run.archived; });
    return std::move(table.runs);
}

std::vector<CurveSource> curve_sources(const std::vector<RunRecord>& runs, const std::vector<SeriesRecord>& series,
                                       std::string_view metric) {
    std::map<RunId, const SeriesRecord*> by_run;
    for (const SeriesRecord& record : series)
        if (record.name == metric) by_run[record.run] = &record;
    std::vector<CurveSource> sources;
    for (const RunRecord& run : runs)
        if (const auto found = by_run.find(run.id); found != by_run.end()) sources.push_back({run, *found->second});
    return sources;
}

ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme) {
    ChartData chart;
    chart.title = qtext(set.metric);
    chart.x = x_axis(spec);
    chart.y.scale = spec.y_scale;
    if (spec.y_min && spec.y_max) chart.y.fixed = AxisRange{*spec.y_min, *spec.y_max};
    for (const Curve& curve : set.curves) {
        const SeriesStyle style = theme.series(curve.run.color);
        ChartLine line;
        line.id = curve.run.id.value;
        line.name = qtext(curve.run.name);
        line.color = style.color;
        line.dash = style.dash;
        line.curve = curve.drawn;
        line.raw = curve.raw;
        line.nonfinite = curve.nonfinite;
        chart.lines.push_back(std::move(line));
        if (chart.legend.size() < most_legend_entries)
            chart.legend.push_back({qtext(curve.run.name), style.color, style.dash, {}});
        add_restarts(curve, theme, chart);
    }
    if (set.curves.size() > most_legend_entries) {
        const auto hidden = static_cast<int>(set.curves.size() - most_legend_entries);
        chart.legend.push_back({tr("and %1 more").arg(hidden), theme.muted, {}, {}});
    }
    if (spec.smoothing > 0) chart.note = tr("EMA %1").arg(spec.smoothing);
    if (set.curves.empty()) chart.empty_text = tr("No shown run has %1.").arg(qtext(set.metric));
    return chart;
}

} // namespace isoloss
