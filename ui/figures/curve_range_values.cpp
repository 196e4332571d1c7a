#include "ui/figures/curve_range_values.h"

#include "engine/series/range_statistics.h"
#include "engine/store/reader.h"
#include "ui/figures/curve_cache.h"

namespace isoloss {
namespace {

CurveRangeValues values_of(const RangeStatistics& statistics) {
    CurveRangeValues values;
    const auto value = [](const std::optional<CurvePoint>& point) {
        return point ? std::optional(point->value) : std::nullopt;
    };
    values.start = value(statistics.start);
    values.end = value(statistics.end);
    values.min = value(statistics.min);
    values.max = value(statistics.max);
    if (statistics.min) values.x_of_min = statistics.min->x;
    if (statistics.max) values.x_of_max = statistics.max->x;
    values.count = statistics.finite;
    values.nonfinite = statistics.nonfinite;
    return values;
}

} // namespace

Expected<std::vector<CurveRangeValues>> range_values(Reader& reader, CurveCache& cache, const CurveSet& set,
                                                     const FigureSpec& spec) {
    std::vector<CurveRangeValues> values(set.curves.size());
    for (std::size_t i = 0; i < set.curves.size(); ++i) {
        const Curve& curve = set.curves[i];
        if (curve.source.series == SeriesId(0) || !curve.drawn) continue;
        CurveCache::Part& part = cache.part(CurveCache::part_of(curve.source.run.id));
        const std::lock_guard lock(part.mutex);
        ISOLOSS_TRY(const SeriesStatistics all,
                    part.series.statistics(reader, curve_request(curve.source.series, spec, 1)));
        for (const RangeStatistics& range : all.drawn())
            if (!curve.attempt || range.attempt == curve.attempt) values[i] = values_of(range);
    }
    return values;
}

} // namespace isoloss
