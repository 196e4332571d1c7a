#include "ui/figures/curve_loading.h"

#include "engine/analysis/run_table.h"
#include "engine/series/range_statistics.h"
#include "engine/store/reader.h"
#include "ui/figures/curve_cache.h"
#include "ui/figures/value_text.h"
#include "ui/models/run_sections.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace isoloss {
namespace {

LineStretches measured(std::shared_ptr<std::vector<LineStretch>> stretches) {
    for (LineStretch& stretch : *stretches)
        if (stretch.size() > 0) stretch.extent = stretch.measured();
    return stretches;
}

/// The stretches of one attempt, or of all.
LineStretches stretches_of(const std::vector<CurveStretch>& from, std::optional<int> attempt) {
    auto to = std::make_shared<std::vector<LineStretch>>();
    to->reserve(from.size());
    for (const CurveStretch& stretch : from)
        if (!attempt || stretch.attempt == *attempt)
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

/// How many runs have a value, at the least and at the most: "3", "1–3".
std::string runs_of(const BandView& band) {
    std::uint32_t least = std::numeric_limits<std::uint32_t>::max(), most = 0;
    for (const BandStretch& stretch : band.stretches)
        for (std::size_t i = 0; i < stretch.size(); ++i) {
            least = std::min(least, stretch.n_least[i]);
            most = std::max(most, stretch.n_most[i]);
        }
    if (most == 0) return "0";
    return least == most ? std::to_string(most) : std::to_string(least) + "–" + std::to_string(most);
}

CurveScale curve_scale(AxisScale scale) {
    switch (scale) {
    case AxisScale::linear:
        break;
    case AxisScale::log:
        return CurveScale::logarithmic;
    case AxisScale::symlog:
        return CurveScale::symlog;
    }
    return CurveScale::linear;
}

/// The places that are to be marked, of the curve as it is drawn.
std::vector<LineMark> marks_of(const SeriesStatistics& statistics, const FigureSpec& spec, std::optional<int> attempt) {
    std::vector<LineMark> marks;
    for (const RangeStatistics& range : statistics.drawn()) {
        if (attempt && range.attempt != attempt) continue;
        const auto add = [&](bool wanted, LineMark::Kind kind, const std::optional<CurvePoint>& point) {
            if (wanted && point) marks.push_back({kind, point->x, point->value});
        };
        add(spec.mark_min, LineMark::Kind::min, range.min);
        add(spec.mark_max, LineMark::Kind::max, range.max);
        add(spec.mark_last, LineMark::Kind::last, range.end);
    }
    return marks;
}

/// What one series adds to a chart.
struct SeriesCurves {
    std::vector<Curve> curves; ///< one, or one for each attempt
    XWords x;
};

Expected<SeriesCurves> load_series(Reader& reader, SeriesCache& cache, const CurveSource& source,
                                   const FigureSpec& spec, int columns) {
    SeriesCurves loaded;
    const SeriesRequest request = curve_request(source.series, spec, columns);
    ISOLOSS_TRY(const std::shared_ptr<const SeriesView> view, cache.view(reader, request));
    loaded.x = view->x;
    if (!view->x.missing.empty()) return loaded;
    SeriesStatistics statistics;
    if (spec.mark_min || spec.mark_max || spec.mark_last) {
        ISOLOSS_TRY(statistics, cache.statistics(reader, request));
    }
    std::vector<std::optional<int>> attempts{std::nullopt};
    if (spec.attempts == AttemptRule::split) {
        std::set<int> found;
        for (const CurveStretch& stretch : view->stretches)
            found.insert(stretch.attempt);
        attempts.assign(found.begin(), found.end());
        if (attempts.empty()) attempts.emplace_back(std::nullopt);
    }
    const bool smooth = !view->smoothed.empty();
    for (const std::optional<int>& attempt : attempts) {
        Curve curve;
        curve.source = source;
        if (attempts.size() > 1) curve.attempt = attempt;
        curve.level = view->level;
        curve.drawn = stretches_of(smooth ? view->smoothed : view->stretches, attempt);
        if (smooth) curve.raw = stretches_of(view->stretches, attempt);
        std::ranges::copy_if(view->gaps, std::back_inserter(curve.gaps),
                             [&](const CurveGap& gap) { return !attempt || gap.attempt == *attempt; });
        curve.marks = marks_of(statistics, spec, curve.attempt);
        if (&attempt == &attempts.front()) { // of the series, not of each attempt
            curve.nonfinite = view->nonfinite;
            if (!curve.attempt) curve.restarts = view->restarts;
        }
        loaded.curves.push_back(std::move(curve));
    }
    return loaded;
}

/// Every series of a chart by itself.
Expected<void> load_single(Reader& reader, CurveCache& cache, const CurveScene& scene, const FigureSpec& spec,
                           int columns, const AskForHelp& ask, CurveSet& set) {
    const std::vector<CurveSource> sources = scene.series->sources(scene.runs, set.chart);
    std::vector<Expected<SeriesCurves>> loaded(sources.size());
    share_work(CurveCache::parts, reader, ask, [&](std::size_t index, Reader& own) {
        CurveCache::Part& part = cache.part(index);
        const std::lock_guard lock(part.mutex);
        for (std::size_t i = 0; i < sources.size(); ++i)
            if (CurveCache::part_of(sources[i].run.id) == index)
                loaded[i] = load_series(own, part.series, sources[i], spec, columns);
    });
    for (std::size_t i = 0; i < sources.size(); ++i) {
        ISOLOSS_TRY(SeriesCurves of_series, std::move(loaded[i]));
        if (!of_series.x.missing.empty()) {
            ++set.without_x;
            if (set.missing.empty()) set.missing = sources[i].run.name + ": " + of_series.x.missing;
            continue;
        }
        if (set.x.title.empty()) set.x = std::move(of_series.x);
        std::ranges::move(of_series.curves, std::back_inserter(set.curves));
    }
    return {};
}

Expected<Curve> load_band(Reader& reader, BandCache& cache, const std::vector<SeriesId>& series, const FigureSpec& spec,
                          int columns, CurveSet& set) {
    const SeriesRequest single = curve_request(series.front(), spec, columns);
    BandRequest request;
    request.series = series;
    request.x = single.x;
    request.x_series = single.x_series;
    request.scale = single.scale;
    request.x_min = single.x_min;
    request.x_max = single.x_max;
    request.pixel_width = single.pixel_width;
    request.smoothing = single.smoothing;
    request.attempts = single.attempts;
    request.centre = spec.groups.centre;
    request.spread = spec.groups.spread;
    request.percentile = spec.groups.percentile;
    ISOLOSS_TRY(const std::shared_ptr<const BandView> band, cache.band(reader, request));
    set.without_x += band->runs_without_x;
    if (set.missing.empty()) set.missing = band->x.missing;
    if (set.x.title.empty()) set.x = band->x;
    Curve curve;
    curve.nonfinite = band->nonfinite;
    curve.drawn = centre_of(*band);
    curve.edges = edges_of(*band);
    curve.runs = runs_of(*band);
    return curve;
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

SeriesRequest curve_request(SeriesId series, const FigureSpec& spec, int columns) {
    SeriesRequest request;
    request.series = series;
    request.x = spec.curve_x;
    request.x_series = spec.curve_x_series;
    request.scale = curve_scale(spec.x_scale);
    request.x_min = spec.x_min;
    request.x_max = spec.x_max;
    request.pixel_width = columns;
    request.smoothing = spec.smoothing;
    request.attempts = spec.attempts;
    return request;
}

Expected<CurveSet> load_curves(Reader& reader, CurveCache& cache, const FigureChart& chart, const CurveScene& scene,
                               const FigureSpec& spec, int columns, const AskForHelp& ask) {
    CurveSet set;
    set.chart = chart;
    for (const FigureMetric& metric : chart.metrics)
        set.magnitudes.push_back(scene.series->magnitude(metric.name));
    const bool grouped = !scene.groups.empty();
    if (!grouped || spec.groups.members) ISOLOSS_TRY_VOID(load_single(reader, cache, scene, spec, columns, ask, set));
    if (!grouped) return set;
    for (Curve& curve : set.curves) {
        Curve member;
        member.source = curve.source;
        member.raw = curve.drawn;
        curve = std::move(member);
    }
    set.without_x = 0; // the bands count the same runs again
    const std::lock_guard lock(cache.band_mutex);
    for (std::size_t metric = 0; metric < chart.metrics.size(); ++metric)
        for (const CurveGroup& group : scene.groups) {
            const std::vector<SeriesId> series = scene.series->series(chart.metrics[metric].name, group.runs);
            if (series.empty()) continue;
            ISOLOSS_TRY(Curve curve, load_band(reader, cache.bands, series, spec, columns, set));
            curve.source = {group.drawn_as, SeriesId(0), metric};
            curve.source.run.name += " (n = " + curve.runs + ")";
            set.curves.push_back(std::move(curve));
        }
    return set;
}

Expected<std::optional<double>> latest_x(Reader& reader, CurveCache& cache, const FigureChart& chart,
                                         const CurveScene& scene, const FigureSpec& spec) {
    std::optional<double> latest;
    for (const CurveSource& source : scene.series->sources(scene.runs, chart)) {
        SeriesRequest request = curve_request(source.series, spec, 1);
        request.x_min.reset();
        request.x_max.reset();
        request.smoothing = {};
        CurveCache::Part& part = cache.part(CurveCache::part_of(source.run.id));
        const std::lock_guard lock(part.mutex);
        ISOLOSS_TRY(const std::shared_ptr<const SeriesView> view, part.series.view(reader, request));
        if (!view->stretches.empty()) latest = std::max(latest.value_or(view->x_max), view->x_max);
    }
    return latest;
}

Expected<CurveScene> scene_of_figure(Reader& reader, const FigureSpec& spec) {
    const std::string& field = spec.groups.by;
    std::vector<std::string> keys;
    if (!field.empty()) keys.push_back(field);
    ISOLOSS_TRY(const RunTable table, load_run_table(reader, spec.filter, keys));
    ISOLOSS_TRY(const std::vector<SeriesRecord> series, reader.series());
    CurveScene scene;
    scene.series = std::make_shared<const SeriesIndex>(series);
    std::vector<std::string> titles;
    for (std::size_t i = 0; i < table.runs.size(); ++i) {
        if (!table.runs[i].visible || table.runs[i].archived) continue;
        scene.runs.push_back(CurveRun::of(table.runs[i]));
        if (!keys.empty())
            titles.push_back(utf8(runGroupTitle(field, runGroupKey(field, table.columns.front().cells[i]))));
    }
    scene.groups = groups_of(scene.runs, titles);
    return scene;
}

} // namespace isoloss
