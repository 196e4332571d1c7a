#include "ui/figures/curves_figure.h"

#include "engine/series/robust_range.h"
#include "engine/series/smoothing.h"
#include "ui/figures/value_text.h"
#include "widgets/axis_transform.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <set>

namespace isoloss {
namespace {

constexpr std::size_t most_legend_entries = 24;
constexpr double outlier_margin = 0.03; ///< of the drawn length, beyond the values that are kept

QString tr(const char* text) {
    return QCoreApplication::translate("CurvesFigure", text);
}

ChartAxis x_axis(const CurveSet& set, const FigureSpec& spec) {
    ChartAxis axis;
    axis.scale = spec.x_scale;
    switch (spec.curve_x) {
    case CurveX::step:
        axis.title = tr("step");
        axis.numbers = AxisNumbers::integer;
        break;
    case CurveX::tokens:
        axis.title = tr("tokens");
        break;
    case CurveX::flops:
        axis.title = tr("FLOPs");
        break;
    case CurveX::epoch:
        axis.title = tr("epoch");
        break;
    case CurveX::series:
        axis.title = qtext(spec.curve_x_series);
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
    if (!set.x.unit.empty() && set.x.unit != set.x.title && spec.curve_x != CurveX::relative_time &&
        spec.curve_x != CurveX::wall_time)
        axis.title += QStringLiteral(" (%1)").arg(qtext(set.x.unit));
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
    if (!set.x.provenance.empty()) parts << qtext(set.x.provenance);
    if (set.without_x > 0 && !set.curves.empty())
        parts << tr("%1 not drawn (%2)").arg(set.without_x).arg(qtext(set.missing));
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
    for (const CurveRestart& restart : curve.restarts)
        chart.marks.push_back({Qt::Vertical, restart.x, {}, color});
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
        if (curve.attempt && !many_metrics_) return dash_of(static_cast<std::size_t>(*curve.attempt - 1));
        if (!many_metrics_) return theme_.series(curve.source.run.color).dash;
        return by_metric_ ? QList<qreal>() : dash_of(curve.source.metric);
    }

    QString name(const Curve& curve) const {
        const QString run = qtext(curve.source.run.name), metric = qtext(set_.chart.metrics[curve.source.metric].name);
        const QString name = by_metric_ ? metric : many_metrics_ ? run + QStringLiteral(" · ") + metric : run;
        return curve.attempt ? tr("%1, attempt %2").arg(name).arg(*curve.attempt) : name;
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

ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme) {
    ChartData chart;
    chart.title = qtext(set.chart.shown_title());
    chart.x = x_axis(set, spec);
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
        line.marks = curve.marks;
        for (const CurveGap& gap : curve.gaps)
            line.gaps.push_back({gap.x_first, gap.x_last, gap.count});
        if (curve.edges) chart.areas.push_back({line.id, line.color, curve.edges, line.side});
        if (curve.drawn) add_restarts(curve, line.color, chart);
        chart.lines.push_back(std::move(line));
    }
    if (spec.without_outliers) leave_out_outliers(chart);
    chart.legend = styles.legend();
    chart.note = note_of(set, spec);
    if (set.curves.empty())
        chart.empty_text =
            set.missing.empty() ? tr("No shown run has %1.").arg(chart.title) : qtext(set.missing) + u'.';
    return chart;
}

} // namespace isoloss
