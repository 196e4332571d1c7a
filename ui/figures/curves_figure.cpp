#include "ui/figures/curves_figure.h"

#include "engine/analysis/run_table.h"
#include "engine/series/series_cache.h"
#include "engine/store/reader.h"
#include "ui/figures/value_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <set>

namespace isoloss {
namespace {

constexpr std::size_t most_legend_entries = 24;

QString tr(const char* text) {
    return QCoreApplication::translate("CurvesFigure", text);
}

LineStretches stretches_of(const std::vector<CurveStretch>& from) {
    auto to = std::make_shared<std::vector<LineStretch>>();
    to->reserve(from.size());
    for (const CurveStretch& stretch : from) {
        to->push_back({stretch.x_first, stretch.x_last, stretch.min, stretch.max, stretch.first, stretch.last});
        to->back().extent = to->back().measured();
    }
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

void add_right_axis(const FigureChart& figure, const FigureSpec& spec, ChartData& chart) {
    if (!figure.has_right_axis()) return;
    chart.y2 = ChartAxis{};
    chart.y2->scale = spec.y_scale;
    for (const FigureMetric& metric : figure.metrics) {
        QString& title = metric.side == YSide::right ? chart.y2->title : chart.y.title;
        title += (title.isEmpty() ? QString() : QStringLiteral(", ")) + qtext(metric.name);
    }
}

void add_restarts(const Curve& curve, QColor color, ChartData& chart) {
    color.setAlphaF(0.45F);
    for (const double x : curve.restarts)
        chart.marks.push_back({Qt::Vertical, x, {}, color});
}

/// How the curves of one chart are told apart: by the colours of their runs; where there are several metrics too, by a
/// dash pattern for each, or by colours alone where there is one run only.
class CurveStyles {
public:
    CurveStyles(const CurveSet& set, const Theme& theme) : set_(set), theme_(theme) {
        for (const Curve& curve : set.curves) {
            if (std::ranges::none_of(runs_,
                                     [&](const Curve* known) { return known->source.run.id == curve.source.run.id; }))
                runs_.push_back(&curve);
        }
        many_metrics_ = set.chart.metrics.size() > 1;
        by_metric_ = many_metrics_ && runs_.size() == 1;
    }

    QColor color(const Curve& curve) const {
        return theme_.series(by_metric_ ? static_cast<int>(curve.source.metric) : curve.source.run.color).color;
    }

    QList<qreal> dash(const Curve& curve) const {
        if (!many_metrics_) return theme_.series(curve.source.run.color).dash;
        return by_metric_ ? QList<qreal>() : dash_of(curve.source.metric);
    }

    QString name(const Curve& curve) const {
        const QString run = qtext(curve.source.run.name), metric = qtext(set_.chart.metrics[curve.source.metric].name);
        return by_metric_ ? metric : many_metrics_ ? run + QStringLiteral(" · ") + metric : run;
    }

    std::vector<LegendEntry> legend() const {
        std::vector<LegendEntry> entries;
        for (std::size_t i = 0; !by_metric_ && i < std::min(runs_.size(), most_legend_entries); ++i) {
            const SeriesStyle style = theme_.series(runs_[i]->source.run.color);
            entries.push_back(
                {qtext(runs_[i]->source.run.name), style.color, many_metrics_ ? QList<qreal>() : style.dash, {}});
        }
        if (!by_metric_ && runs_.size() > most_legend_entries)
            entries.push_back({tr("and %1 more").arg(runs_.size() - most_legend_entries), theme_.muted, {}, {}});
        for (std::size_t metric = 0; many_metrics_ && metric < set_.chart.metrics.size(); ++metric) {
            LegendEntry entry;
            entry.text = qtext(set_.chart.metrics[metric].name);
            entry.color = by_metric_ ? theme_.series(static_cast<int>(metric)).color : theme_.text;
            entry.dash = by_metric_ ? QList<qreal>() : dash_of(metric);
            entry.new_row = metric == 0;
            entries.push_back(std::move(entry));
        }
        return entries;
    }

private:
    QList<qreal> dash_of(std::size_t metric) const {
        return theme_.series(static_cast<int>(metric) * palette_size).dash;
    }

    const CurveSet& set_;
    const Theme& theme_;
    std::vector<const Curve*> runs_; ///< one curve of each run
    bool many_metrics_ = false;
    bool by_metric_ = false; ///< colours stand for metrics
};

} // namespace

Expected<CurveSet> load_curves(Reader& reader, SeriesCache& cache, const FigureChart& chart,
                               const std::vector<CurveSource>& sources, const FigureSpec& spec, int columns) {
    CurveSet set;
    set.chart = chart;
    for (const CurveSource& source : sources) {
        SeriesRequest request;
        request.series = source.series;
        request.x = spec.curve_x;
        request.scale = spec.x_scale == AxisScale::log ? CurveScale::logarithmic : CurveScale::linear;
        request.x_min = spec.x_min;
        request.x_max = spec.x_max;
        request.pixel_width = columns;
        request.smoothing = spec.smoothing;
        ISOLOSS_TRY(const std::shared_ptr<const SeriesView> view, cache.view(reader, request));
        Curve curve;
        curve.source = source;
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

Expected<std::vector<CurveRun>> runs_of_figure(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const RunTable table, load_run_table(reader, filter, {}));
    std::vector<CurveRun> runs;
    for (const RunRecord& run : table.runs)
        if (run.visible && !run.archived) runs.push_back(CurveRun::of(run));
    return runs;
}

SeriesIndex::SeriesIndex(const std::vector<SeriesRecord>& series) {
    std::set<std::string_view> names;
    for (const SeriesRecord& record : series)
        names.insert(record.name);
    metrics_.assign(names.begin(), names.end());
    for (const std::string& name : metrics_)
        by_metric_[name];
    for (const SeriesRecord& record : series) {
        const auto metric = by_metric_.find(record.name);
        metric->second[record.run] = record.id;
        metric_of_[record.id] = metric->first;
    }
}

std::string_view SeriesIndex::metric_of(SeriesId series) const {
    const auto found = metric_of_.find(series);
    return found == metric_of_.end() ? std::string_view() : found->second;
}

std::vector<CurveSource> SeriesIndex::sources(const std::vector<CurveRun>& runs, const FigureChart& chart) const {
    std::vector<CurveSource> sources;
    for (std::size_t metric = 0; metric < chart.metrics.size(); ++metric) {
        const auto by_run = by_metric_.find(chart.metrics[metric].name);
        if (by_run == by_metric_.end()) continue;
        for (const CurveRun& run : runs)
            if (const auto found = by_run->second.find(run.id); found != by_run->second.end())
                sources.push_back({run, found->second, metric});
    }
    return sources;
}

ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme) {
    ChartData chart;
    chart.title = qtext(set.chart.shown_title());
    chart.x = x_axis(spec);
    chart.y.scale = spec.y_scale;
    if (spec.y_min && spec.y_max) chart.y.fixed = AxisRange{*spec.y_min, *spec.y_max};
    add_right_axis(set.chart, spec, chart);
    const CurveStyles styles(set, theme);
    for (const Curve& curve : set.curves) {
        ChartLine line;
        line.id = curve.source.run.id.value;
        line.name = styles.name(curve);
        line.color = styles.color(curve);
        line.dash = styles.dash(curve);
        line.side = set.chart.metrics[curve.source.metric].side;
        line.curve = curve.drawn;
        line.raw = curve.raw;
        line.nonfinite = curve.nonfinite;
        add_restarts(curve, line.color, chart);
        chart.lines.push_back(std::move(line));
    }
    chart.legend = styles.legend();
    chart.note = qtext(smoothing_formula(spec.smoothing));
    if (set.curves.empty()) chart.empty_text = tr("No shown run has %1.").arg(chart.title);
    return chart;
}

} // namespace isoloss
