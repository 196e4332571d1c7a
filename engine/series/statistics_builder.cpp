#include "engine/series/statistics_builder.h"

#include "engine/series/chunk_blocks.h"
#include "engine/series/chunk_smoother.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace isoloss {

StatisticsBuilder::StatisticsBuilder(Reader& reader, const SeriesRequest& request, const SeriesOutline& outline,
                                     const CurveAxis& axis)
    : reader_(reader), request_(request), outline_(outline), axis_(axis),
      sections_(curve_sections(outline, axis, request.attempts)), range_{request.x_min.value_or(
                                                                             -std::numeric_limits<double>::infinity()),
                                                                         request.x_max.value_or(
                                                                             std::numeric_limits<double>::infinity())} {
    for (std::size_t section = 0; section < sections_.size(); ++section)
        for (std::size_t chunk = sections_[section].begin; chunk < sections_[section].end; ++chunk)
            if (const auto found = piece(section, chunk)) pieces_.push_back(*found);
}

std::optional<StatisticsBuilder::Piece> StatisticsBuilder::piece(std::size_t index, std::size_t chunk) const {
    const CurveSection& section = sections_[index];
    const Bucket& bucket = outline_.chunks[chunk].whole;
    const auto x = interval_within(section, bucket, axis_);
    if (x.last < range_.first || x.first > range_.last) return std::nullopt;
    const bool shared = section.goes_on && bucket.first_step <= section.part.first_step;
    const bool inside = axis_.shows(x.first) && axis_.shows(x.last) && x.first >= range_.first && x.last <= range_.last;
    return Piece{index, chunk, inside && section.holds(bucket) && !shared};
}

StatisticsBuilder::Tally& StatisticsBuilder::tally_of(int attempt) {
    return tallies_[request_.attempts == AttemptRule::split ? std::optional(attempt) : std::nullopt];
}

void StatisticsBuilder::add_whole(std::size_t index) {
    const ChunkSpan& chunk = outline_.chunks[index];
    Tally& tally = tally_of(chunk.attempt);
    tally.nonfinite += chunk.whole.nonfinite;
    tally.finite += chunk.whole.count - chunk.whole.nonfinite;
    if (!chunk.whole.has_values()) return;
    const auto place = [&](double value) { return Place{{chunk.attempt, 0, 0, value}, index}; };
    if (!tally.start) tally.start = place(chunk.min);
    tally.end = place(chunk.min);
    if (!tally.min || chunk.min < tally.min->point.value) tally.min = place(chunk.min);
    if (!tally.max || chunk.max > tally.max->point.value) tally.max = place(chunk.max);
}

void StatisticsBuilder::add_point(const CurveSection& section, std::int64_t step, double wall_time, double value) {
    if (section.goes_on && step == section.part.first_step) return; // the section before has it
    const double x = axis_.of_point(section.attempt, step, wall_time);
    if (!axis_.shows(x) || x < range_.first || x > range_.last) return;
    Tally& tally = tally_of(section.attempt);
    if (!std::isfinite(value)) {
        ++tally.nonfinite;
        return;
    }
    ++tally.finite;
    const Place place{{section.attempt, step, x, value}, std::nullopt};
    if (!tally.start) tally.start = place;
    tally.end = place;
    if (!tally.min || value < tally.min->point.value) tally.min = place;
    if (!tally.max || value > tally.max->point.value) tally.max = place;
}

Expected<std::vector<RangeStatistics>> StatisticsBuilder::raw() {
    tallies_.clear();
    for (auto piece = pieces_.begin(); piece != pieces_.end();) {
        if (piece->whole) {
            add_whole(piece->chunk);
            ++piece;
            continue;
        }
        const std::size_t chunk = piece->chunk;
        ISOLOSS_TRY_VOID(read_points_of_chunks(
            reader_, request_.series, {outline_.chunks, chunk, chunk + 1},
            [&](const ChunkSpan&, const PointColumns& points, std::size_t begin, std::size_t end) {
                for (; piece != pieces_.end() && piece->chunk == chunk; ++piece) {
                    const CurveSection& section = sections_[piece->section];
                    const auto steps = std::span(points.steps).subspan(begin, end - begin);
                    const auto first = std::lower_bound(steps.begin(), steps.end(), section.part.first_step);
                    const auto last = std::upper_bound(first, steps.end(), section.part.last_step);
                    for (auto row = begin + static_cast<std::size_t>(first - steps.begin());
                         row < begin + static_cast<std::size_t>(last - steps.begin()); ++row)
                        add_point(section, points.steps[row], points.wall_times[row], points.value(row));
                }
            }));
    }
    return finish();
}

Expected<std::vector<RangeStatistics>> StatisticsBuilder::smoothed(SmoothingState& state) {
    tallies_.clear();
    std::vector<std::size_t> chunks;
    for (const Piece& piece : pieces_)
        if (chunks.empty() || chunks.back() != piece.chunk) chunks.push_back(piece.chunk);
    auto piece = pieces_.begin();
    ChunkSmoother smoother(reader_, request_.series, outline_, request_.attempts, state);
    ISOLOSS_TRY_VOID(smoother.smooth(chunks, [&](std::size_t chunk, const std::vector<Bucket>& points) {
        for (; piece != pieces_.end() && piece->chunk == chunk; ++piece) {
            const CurveSection& section = sections_[piece->section];
            for (const Bucket& point : section.points(points))
                add_point(section, point.first_step, point.first_wall_time, static_cast<double>(point.first));
        }
    }));
    return finish();
}

// The point that a place stands for: in a chunk the first (or last) one that is it.
Expected<std::optional<CurvePoint>> StatisticsBuilder::point_at(const std::optional<Place>& place, Which which) {
    if (!place) return std::nullopt;
    if (!place->chunk) return place->point;
    std::optional<CurvePoint> found;
    ISOLOSS_TRY_VOID(read_points_of_chunks(
        reader_, request_.series, {outline_.chunks, *place->chunk, *place->chunk + 1},
        [&](const ChunkSpan& chunk, const PointColumns& points, std::size_t begin, std::size_t end) {
            for (std::size_t row = begin; row < end; ++row) {
                const double value = points.value(row);
                if (!std::isfinite(value) || (which == Which::equal && value != place->point.value)) continue;
                if (found && which != Which::last) break;
                found = CurvePoint{chunk.attempt, points.steps[row],
                                   axis_.of_point(chunk.attempt, points.steps[row], points.wall_times[row]), value};
            }
        }));
    return found;
}

Expected<std::vector<RangeStatistics>> StatisticsBuilder::finish() {
    std::vector<RangeStatistics> all;
    for (const auto& [attempt, tally] : tallies_) {
        RangeStatistics& statistics = all.emplace_back();
        statistics.attempt = attempt;
        statistics.finite = tally.finite;
        statistics.nonfinite = tally.nonfinite;
        ISOLOSS_TRY(statistics.start, point_at(tally.start, Which::first));
        ISOLOSS_TRY(statistics.end, point_at(tally.end, Which::last));
        ISOLOSS_TRY(statistics.min, point_at(tally.min, Which::equal));
        ISOLOSS_TRY(statistics.max, point_at(tally.max, Which::equal));
    }
    return all;
}

} // namespace isoloss
