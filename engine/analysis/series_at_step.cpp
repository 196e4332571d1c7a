#include "engine/analysis/series_at_step.h"

#include "engine/store/reader.h"

#include <algorithm>

namespace isoloss {

namespace {

// About one chunk for each place: reading all of them at once is no slower.
constexpr std::int64_t points_per_place = 4096;

std::optional<double> value_at(const std::vector<PointsOfAttempt>& attempts, int attempt, std::int64_t step) {
    std::optional<double> at_step, before;
    for (const auto& [number, points] : attempts) {
        const auto after = std::upper_bound(points.steps.begin(), points.steps.end(), step);
        if (after == points.steps.begin()) continue;
        const auto i = static_cast<std::size_t>(after - points.steps.begin()) - 1;
        if (points.steps[i] == step)
            at_step = points.value(i);
        else if (number == attempt)
            before = points.value(i);
    }
    return at_step ? at_step : before;
}

// The first step of the last chunk of the attempt that begins at or before the step.
std::int64_t first_step_needed(const std::vector<ChunkInfo>& chunks, int attempt, std::int64_t step) {
    std::int64_t first = step;
    for (const ChunkInfo& chunk : chunks)
        if (chunk.attempt == attempt && chunk.first_step <= step && !chunk.bad) first = chunk.first_step;
    return first;
}

} // namespace

Expected<std::vector<std::optional<double>>> series_at_steps(Reader& reader, const SeriesRecord& series,
                                                             const std::vector<StepOfAttempt>& places) {
    std::vector<std::optional<double>> values(places.size());
    const bool any_step = std::any_of(places.begin(), places.end(), [](const auto& place) { return place.step; });
    if (series.points == 0) return values;

    const bool all_at_once = series.points <= points_per_place * static_cast<std::int64_t>(places.size());
    std::vector<PointsOfAttempt> all;
    std::vector<ChunkInfo> chunks;
    if (any_step && all_at_once) {
        ISOLOSS_TRY(all, reader.points(series.id));
    } else if (any_step) {
        ISOLOSS_TRY(chunks, reader.chunks(series.id));
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (!places[i].step) {
            values[i] = series.last;
        } else if (all_at_once) {
            values[i] = value_at(all, places[i].attempt, *places[i].step);
        } else {
            const std::int64_t step = *places[i].step;
            ISOLOSS_TRY(const auto near,
                        reader.points(series.id, first_step_needed(chunks, places[i].attempt, step), step));
            values[i] = value_at(near, places[i].attempt, step);
        }
    }
    return values;
}

Expected<std::optional<double>> first_of_series(Reader& reader, const SeriesRecord& series) {
    if (series.points == 0) return std::nullopt;
    ISOLOSS_TRY(const auto chunks, reader.chunks(series.id));
    if (chunks.empty()) return std::nullopt;
    ISOLOSS_TRY(const auto attempts, reader.points(series.id, chunks.front().first_step, chunks.front().first_step));
    if (attempts.empty() || attempts.front().points.size() == 0) return std::nullopt;
    return attempts.front().points.value(0);
}

} // namespace isoloss
