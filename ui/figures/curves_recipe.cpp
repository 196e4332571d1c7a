#include "ui/figures/curves_recipe.h"

#include "ui/figures/figure_spec.h"
#include "ui/figures/recipe_members.h"

#include <algorithm>

namespace isoloss {
namespace {

constexpr Names<CurveX, 7> curve_x_names{{{CurveX::step, "step"},
                                          {CurveX::tokens, "tokens"},
                                          {CurveX::flops, "flops"},
                                          {CurveX::epoch, "epoch"},
                                          {CurveX::relative_time, "relative_time"},
                                          {CurveX::wall_time, "wall_time"},
                                          {CurveX::series, "series"}}};

constexpr Names<SmoothingKind, 4> smoothing_names{{{SmoothingKind::none, "none"},
                                                   {SmoothingKind::ema, "ema"},
                                                   {SmoothingKind::gaussian, "gaussian"},
                                                   {SmoothingKind::running_mean, "running_mean"}}};

constexpr Names<AttemptRule, 3> attempt_names{
    {{AttemptRule::last_wins, "last_wins"}, {AttemptRule::all, "all"}, {AttemptRule::split, "split"}}};
constexpr Names<BandCentre, 2> centre_names{{{BandCentre::mean, "mean"}, {BandCentre::median, "median"}}};
constexpr Names<BandSpread, 6> spread_names{{{BandSpread::none, "none"},
                                             {BandSpread::standard_deviation, "standard_deviation"},
                                             {BandSpread::standard_error, "standard_error"},
                                             {BandSpread::t_interval, "t_interval"},
                                             {BandSpread::min_max, "min_max"},
                                             {BandSpread::percentiles, "percentiles"}}};

/// Charts of one metric each are a plain list of names.
void write_charts(MemberWriter& out, const std::vector<FigureChart>& charts) {
    const bool plain = std::ranges::all_of(charts, [](const FigureChart& chart) {
        return chart.metrics.size() == 1 && chart == FigureChart::of(chart.metrics.front().name);
    });
    std::string list;
    for (const FigureChart& chart : charts) {
        list += list.empty() ? "" : ", ";
        if (plain) {
            list += json_quote(chart.metrics.front().name);
            continue;
        }
        std::string metrics;
        for (const FigureMetric& metric : chart.metrics)
            metrics += (metrics.empty() ? "{" : ", {") + ("\"name\": " + json_quote(metric.name)) +
                       (metric.side == YSide::right ? ", \"axis\": \"right\"}" : "}");
        list += "{" + (chart.title.empty() ? "" : "\"title\": " + json_quote(chart.title) + ", ") + "\"metrics\": [" +
                metrics + "]}";
    }
    out.raw(plain ? "metrics" : "charts", "[" + list + "]");
}

void read_charts(MemberReader& reader, FigureSpec& spec) {
    std::vector<std::string> names;
    reader.texts("metrics", names);
    for (std::string& name : names)
        spec.charts.push_back(FigureChart::of(std::move(name)));
    const rapidjson::Value* charts = reader.member("charts");
    if (charts == nullptr) return;
    if (!charts->IsArray()) return reader.wrong("charts", "is no list");
    for (const auto& element : charts->GetArray()) {
        FigureChart chart;
        chart.title = json_string(element, "title").value_or(std::string_view());
        const rapidjson::Value* metrics = json_member(element, "metrics");
        if (metrics == nullptr || !metrics->IsArray() || metrics->Empty())
            return reader.wrong("charts", "holds a chart without metrics");
        for (const auto& metric : metrics->GetArray()) {
            const auto name = json_string(metric, "name");
            if (!name) return reader.wrong("charts", "holds a metric without a name");
            const bool right = json_string(metric, "axis").value_or("left") == "right";
            chart.metrics.push_back({std::string(*name), right ? YSide::right : YSide::left});
        }
        spec.charts.push_back(std::move(chart));
    }
}

std::string smoothing_json(const Smoothing& smoothing) {
    return "{\"kind\": " + json_quote(name_of(smoothing_names, smoothing.kind)) +
           ", \"amount\": " + number_text(smoothing.amount) + "}";
}

/// An object, or the weight of an EMA alone, as the first recipes had it.
void read_smoothing(MemberReader& reader, FigureSpec& spec) {
    const rapidjson::Value* member = reader.member("smoothing");
    if (member == nullptr) return;
    Smoothing smoothing{SmoothingKind::ema, 0};
    if (member->IsObject()) {
        MemberReader inside(*member, {});
        inside.choice("kind", smoothing_names, smoothing.kind);
        inside.number("amount", smoothing.amount);
        if (inside.error()) return reader.wrong("smoothing", inside.error()->place + ' ' + inside.error()->reason);
    } else {
        reader.number("smoothing", smoothing.amount);
    }
    const double most = most_smoothing(smoothing.kind);
    if (smoothing.amount < 0 || smoothing.amount > most)
        return reader.wrong("smoothing", "is outside 0 to " + number_text(most));
    if (smoothing.amount > 0) spec.smoothing = smoothing;
}

std::string groups_json(const FigureGroups& groups) {
    std::string text = "{\"by\": " + json_quote(groups.by) +
                       ", \"centre\": " + json_quote(name_of(centre_names, groups.centre)) +
                       ", \"spread\": " + json_quote(name_of(spread_names, groups.spread));
    if (groups.spread == BandSpread::percentiles) text += ", \"percentile\": " + number_text(groups.percentile);
    if (groups.members) text += ", \"members\": true";
    return text + "}";
}

void read_groups(MemberReader& reader, FigureSpec& spec) {
    const rapidjson::Value* member = reader.member("groups");
    if (member == nullptr) return;
    if (!member->IsObject()) return reader.wrong("groups", "is no object");
    MemberReader inside(*member, {});
    inside.text("by", spec.groups.by);
    inside.choice("centre", centre_names, spec.groups.centre);
    inside.choice("spread", spread_names, spec.groups.spread);
    inside.number("percentile", spec.groups.percentile);
    inside.flag("members", spec.groups.members);
    if (!(spec.groups.percentile >= 0 && spec.groups.percentile <= 50))
        inside.wrong("percentile", "is outside 0 to 50");
    if (inside.error()) reader.wrong("groups", inside.error()->place + ' ' + inside.error()->reason);
}

} // namespace

void write_curves(MemberWriter& out, const FigureSpec& spec) {
    write_charts(out, spec.charts);
    out.text("curve_x", name_of(curve_x_names, spec.curve_x));
    out.optional_text("curve_x_series", spec.curve_x_series);
    if (spec.smoothing.kind != SmoothingKind::none) out.raw("smoothing", smoothing_json(spec.smoothing));
    if (spec.attempts != AttemptRule::last_wins) out.text("attempts", name_of(attempt_names, spec.attempts));
    if (spec.groups != FigureGroups{}) out.raw("groups", groups_json(spec.groups));
    if (spec.without_outliers) out.flag("without_outliers", true);
    if (spec.mark_min) out.flag("mark_min", true);
    if (spec.mark_max) out.flag("mark_max", true);
    if (spec.mark_last) out.flag("mark_last", true);
}

void read_curves(MemberReader& reader, FigureSpec& spec) {
    read_charts(reader, spec);
    reader.choice("curve_x", curve_x_names, spec.curve_x);
    reader.text("curve_x_series", spec.curve_x_series);
    read_smoothing(reader, spec);
    reader.choice("attempts", attempt_names, spec.attempts);
    read_groups(reader, spec);
    reader.flag("without_outliers", spec.without_outliers);
    reader.flag("mark_min", spec.mark_min);
    reader.flag("mark_max", spec.mark_max);
    reader.flag("mark_last", spec.mark_last);
}

} // namespace isoloss
