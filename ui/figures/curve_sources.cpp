#include "ui/figures/curve_sources.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace isoloss {

CurveGroup CurveGroup::of(std::size_t place, std::string title, const std::vector<const CurveRun*>& runs) {
    CurveGroup group;
    group.drawn_as = {RunId(-1 - static_cast<std::int64_t>(place)), std::move(title), static_cast<int>(place)};
    for (const CurveRun* run : runs)
        group.runs.push_back(run->id);
    return group;
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
        double& magnitude = magnitude_[metric->first];
        for (const double extreme : {record.min, record.max})
            if (std::isfinite(extreme)) magnitude = std::max(magnitude, std::abs(extreme));
    }
}

std::string_view SeriesIndex::metric_of(SeriesId series) const {
    const auto found = metric_of_.find(series);
    return found == metric_of_.end() ? std::string_view() : found->second;
}

double SeriesIndex::magnitude(std::string_view metric) const {
    const auto found = magnitude_.find(metric);
    return found == magnitude_.end() ? 0 : found->second;
}

std::vector<SeriesId> SeriesIndex::series(std::string_view metric, const std::vector<RunId>& runs) const {
    std::vector<SeriesId> found;
    const auto by_run = by_metric_.find(metric);
    if (by_run == by_metric_.end()) return found;
    for (const RunId run : runs)
        if (const auto series = by_run->second.find(run); series != by_run->second.end())
            found.push_back(series->second);
    return found;
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

} // namespace isoloss
