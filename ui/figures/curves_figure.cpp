#include "ui/figures/curves_figure.h"

#include "engine/analysis/run_table.h"
#include "engine/series/robust_range.h"
#include "engine/store/reader.h"
#include "ui/figures/curve_cache.h"
#include "ui/figures/value_text.h"
#include "ui/models/run_arrangement.h"
#include "widgets/axis_transform.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace isoloss {
namespace {

constexpr std::size_t most_legend_entries = 24;
constexpr double outlier_margin = 0.03; ///< of the drawn length, beyond the values that are kept

QString tr(const char* text) {
    return QCoreApplication::translate("CurvesFigure", text);
}

LineStretches measured(std::shared_ptr<std::vector<LineStretch>> stretches) {
    for (LineStretch& stretch : *stretches)
        if (stretch.size() > 0) stretch.extent = stretch.measured();
    return stretches;
}

LineStretches stretches_of(const std::vector<CurveStretch>& from) {
    auto to = std::make_shared<std::vector<LineStretch>>();
    to->reserve(from.size());
    for (const CurveStretch& stretch : from)
        to->push_back({stretch.x_first, stretch.x_last, stretch.min, stretch.max, stretch.first, stretch.last});
    return measured(std::move(to));
}

std::vector<float> narrow(const std::vector<double>& values) {
    return {values.begin(), values.end()};
}

LineStretches centre_of(const BandView& band) {
    auto to = std::make_shared<std::vector<LineStretch>>();
    for (const BandStretch& stretch : band.stretches)
        to->push_back({stretch.x_first, stretch.x_last, narrow(stretch.centre_min), narrow(stretch.centre_max),
                       narrow(stretch.centre_first), narrow(stretch.centre_last)});
    return measured(std::move(to));
}

/// The edges where they are defined: a single run has none.
LineStretches edges_of(const BandView& band) {
    auto to = std::make_shared<std::vector<LineStretch>>();
    for (const BandStretch& stretch : band.stretches) {
        bool open = false;
        for (std::size_t i = 0; i < stretch.size(); ++i) {
            if (!std::isfinite(stretch.low[i]) || !std::isfinite(stretch.high[i])) {
                open = false;
                continue;
            }
            if (!open) to->emplace_back();
            open = true;
            LineStretch& edge = to->back();
            edge.x_first.push_back(stretch.x_first[i]);
            edge.x_last.push_back(stretch.x_last[i]);
            edge.min.push_back(static_cast<float>(stretch.low[i]));
            edge.max.push_back(static_cast<float>(stretch.high[i]));
            edge.first.push_back(edge.min.back());
            edge.last.push_back(edge.max.back());
        }
    }
    return measured(std::move(to));
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

QString spread_text(const FigureGroups& groups) {
    switch (groups.spread) {
    case BandSpread::none:
        return {};
    case BandSpread::standard_deviation:
        return tr("mean ± sd (n − 1)");
    case BandSpread::standard_error:
        return tr("mean ± standard error");
    case BandSpread::t_interval:
        return tr("95 % interval of the mean");
    case BandSpread::min_max:
        return tr("least to greatest");
    case BandSpread::percentiles:
        return tr("percentiles %1 to %2").arg(groups.percentile).arg(100 - groups.percentile);
    }
    return {};
}

/// What is drawn, in words: how curves are smoothed and what bands mean.
QString note_of(const CurveSet& set, const FigureSpec& spec) {
    QStringList parts;
    if (spec.smoothing.active()) parts << qtext(smoothing_formula(spec.smoothing));
    const bool bands = std::ranges::any_of(set.curves, [](const Curve& curve) { return curve.edges != nullptr; });
    if (bands) {
        const QString centre = spec.groups.centre == BandCentre::mean ? tr("mean") : tr("median");
        const QString spread = spread_text(spec.groups);
        parts << (spread.isEmpty() ? tr("line: %1").arg(centre) : tr("line: %1, band: %2").arg(centre, spread));
    }
    return parts.join(QStringLiteral("; "));
}

/// A symlog axis is linear within a thousandth of the largest value: three decades on each side.
double symlog_threshold(double magnitude) {
    return magnitude > 0 ? std::pow(10, std::floor(std::log10(magnitude)) - 3) : 1;
}

ChartAxis y_axis(const CurveSet& set, const FigureSpec& spec, YSide side) {
    ChartAxis axis;
    axis.scale = spec.y_scale;
    axis.marks_off_scale = spec.without_outliers;
    double magnitude = 0;
    for (std::size_t i = 0; i < set.chart.metrics.size(); ++i) {
        const FigureMetric& metric = set.chart.metrics[i];
        if (metric.side != side) continue;
        if (i < set.magnitudes.size()) magnitude = std::max(magnitude, set.magnitudes[i]);
        if (set.chart.has_right_axis())
            axis.title += (axis.title.isEmpty() ? QString() : QStringLiteral(", ")) + qtext(metric.name);
    }
    axis.symlog_threshold = symlog_threshold(magnitude);
    if (side == YSide::left && spec.y_min && spec.y_max) axis.fixed = AxisRange{*spec.y_min, *spec.y_max};
    return axis;
}

/// The y ranges without a few extreme values, where they are asked for and nothing else is.
void leave_out_outliers(ChartData& chart) {
    for (const YSide side : {YSide::left, YSide::right}) {
        if (side == YSide::right && !chart.y2) continue;
        ChartAxis& axis = side == YSide::right ? *chart.y2 : chart.y;
        if (axis.fixed) continue;
        const AxisTransform transform(axis, {1, 10}, 0, 1);
        RobustRange robust([&](double value) { return transform.warp(value); });
        const auto add = [&](const LineStretches& stretches, YSide of) {
            if (!stretches || of != side) return;
            for (const LineStretch& stretch : *stretches)
                robust.add(stretch.min, stretch.max);
        };
        for (const ChartLine& line : chart.lines)
            add(line.curve, line.side);
        for (const ChartArea& area : chart.areas)
            add(area.stretches, area.side);
        const auto range = robust.range();
        if (!range || !(range->cuts_low || range->cuts_high)) continue;
        const double low = transform.warp(range->low), high = transform.warp(range->high);
        const double margin = (high - low) * outlier_margin;
        axis.fixed = AxisRange{transform.unwarp(low - margin), transform.unwarp(high + margin)};
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
        std::set<RunId> known;
        for (const Curve& curve : set.curves)
            if (curve.drawn && known.insert(curve.source.run.id).second) runs_.push_back(&curve);
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

CurveScale curve_scale(AxisScale scale) {
    return scale == AxisScale::log ? CurveScale::logarithmic : CurveScale::linear;
}

Expected<Curve> load_curve(Reader& reader, SeriesCache& cache, const CurveSource& source, const FigureSpec& spec,
                           int columns) {
    SeriesRequest request;
    request.series = source.series;
    request.x = spec.curve_x;
    request.scale = curve_scale(spec.x_scale);
    request.x_min = spec.x_min;
    request.x_max = spec.x_max;
    request.pixel_width = columns;
    request.smoothing = spec.smoothing;
    request.attempts = spec.attempts;
    ISOLOSS_TRY(const std::shared_ptr<const SeriesView> view, cache.view(reader, request));
    Curve curve;
    curve.source = source;
    curve.nonfinite = view->nonfinite;
    curve.level = view->level;
    curve.restarts = view->restarts;
    const bool smooth = !view->smoothed.empty();
    curve.drawn = stretches_of(smooth ? view->smoothed : view->stretches);
    if (smooth) curve.raw = stretches_of(view->stretches);
    return curve;
}

Expected<Curve> load_band(Reader& reader, BandCache& cache, const std::vector<SeriesId>& series, const FigureSpec& spec,
                          int columns) {
    BandRequest request;
    request.series = series;
    request.x = spec.curve_x;
    request.scale = curve_scale(spec.x_scale);
    request.x_min = spec.x_min;
    request.x_max = spec.x_max;
    request.pixel_width = columns;
    request.smoothing = spec.smoothing;
    request.attempts = spec.attempts;
    request.centre = spec.groups.centre;
    request.spread = spec.groups.spread;
    request.percentile = spec.groups.percentile;
    ISOLOSS_TRY(const std::shared_ptr<const BandView> band, cache.band(reader, request));
    Curve curve;
    curve.nonfinite = band->nonfinite;
    curve.drawn = centre_of(*band);
    curve.edges = edges_of(*band);
    return curve;
}

std::string group_title(std::string_view key, const FilterValue& cell) {
    const QString text = runCellText(key, cell);
    return utf8(text.isEmpty() ? tr("no %1").arg(qtext(key)) : text);
}

/// Runs with the same title together, in the order of their first runs; none where there are no titles.
std::vector<CurveGroup> groups_of(const std::vector<CurveRun>& runs, const std::vector<std::string>& titles) {
    std::vector<std::string> order;
    std::map<std::string, std::vector<const CurveRun*>> members;
    for (std::size_t i = 0; i < titles.size(); ++i) {
        auto& group = members[titles[i]];
        if (group.empty()) order.push_back(titles[i]);
        group.push_back(&runs[i]);
    }
    std::vector<CurveGroup> groups;
    for (const std::string& title : order)
        groups.push_back(CurveGroup::of(groups.size(), title, members[title]));
    return groups;
}

} // namespace

Expected<CurveSet> load_curves(Reader& reader, CurveCache& cache, const FigureChart& chart, const CurveScene& scene,
                               const FigureSpec& spec, int columns) {
    CurveSet set;
    set.chart = chart;
    for (const FigureMetric& metric : chart.metrics)
        set.magnitudes.push_back(scene.series->magnitude(metric.name));
    const bool grouped = !scene.groups.empty();
    if (!grouped || spec.groups.members) {
        const std::lock_guard lock(cache.series_mutex);
        for (const CurveSource& source : scene.series->sources(scene.runs, chart)) {
            ISOLOSS_TRY(Curve curve, load_curve(reader, cache.series, source, spec, columns));
            if (grouped) curve.raw = std::exchange(curve.drawn, nullptr);
            set.curves.push_back(std::move(curve));
        }
    }
    if (!grouped) return set;
    const std::lock_guard lock(cache.band_mutex);
    for (std::size_t metric = 0; metric < chart.metrics.size(); ++metric)
        for (const CurveGroup& group : scene.groups) {
            const std::vector<SeriesId> series = scene.series->series(chart.metrics[metric].name, group.runs);
            if (series.empty()) continue;
            ISOLOSS_TRY(Curve curve, load_band(reader, cache.bands, series, spec, columns));
            curve.source = {group.drawn_as, SeriesId(0), metric};
            set.curves.push_back(std::move(curve));
        }
    return set;
}

Expected<CurveScene> scene_of_figure(Reader& reader, const FigureSpec& spec) {
    std::vector<std::string> keys;
    if (!spec.groups.by.empty()) keys.push_back(spec.groups.by);
    ISOLOSS_TRY(const RunTable table, load_run_table(reader, spec.filter, keys));
    ISOLOSS_TRY(const std::vector<SeriesRecord> series, reader.series());
    CurveScene scene;
    scene.series = std::make_shared<const SeriesIndex>(series);
    std::vector<std::string> titles;
    for (std::size_t i = 0; i < table.runs.size(); ++i) {
        if (!table.runs[i].visible || table.runs[i].archived) continue;
        scene.runs.push_back(CurveRun::of(table.runs[i]));
        if (!keys.empty()) titles.push_back(group_title(spec.groups.by, table.columns.front().cells[i]));
    }
    scene.groups = groups_of(scene.runs, titles);
    return scene;
}

ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme) {
    ChartData chart;
    chart.title = qtext(set.chart.shown_title());
    chart.x = x_axis(spec);
    chart.y = y_axis(set, spec, YSide::left);
    if (set.chart.has_right_axis()) chart.y2 = y_axis(set, spec, YSide::right);
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
        if (curve.edges) chart.areas.push_back({line.id, line.color, curve.edges, line.side});
        if (curve.drawn) add_restarts(curve, line.color, chart);
        chart.lines.push_back(std::move(line));
    }
    if (spec.without_outliers) leave_out_outliers(chart);
    chart.legend = styles.legend();
    chart.note = note_of(set, spec);
    if (set.curves.empty()) chart.empty_text = tr("No shown run has %1.").arg(chart.title);
    return chart;
}

} // namespace isoloss
