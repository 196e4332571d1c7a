#include "engine/series/chunk_blocks.h"

#include "engine/store/reader.h"

#include <algorithm>

namespace isoloss {

namespace {

Bucket bucket_at(const BucketColumns& columns, std::size_t i) {
    return {columns.first_steps[i],
            columns.last_steps[i],
            columns.first_wall_times[i],
            columns.last_wall_times[i],
            clamped_float(columns.min[i]),
            clamped_float(columns.max[i]),
            clamped_float(columns.first[i]),
            clamped_float(columns.last[i]),
            columns.counts[i],
            columns.nonfinite[i]};
}

struct Rows {
    std::size_t begin = 0, end = 0;
};

// Answers the rows of each chunk. A read answers whole chunks, as many as touch the range of steps; a damaged one may
// be missing. Each is found again by its first step and the number of its points.
template <typename StepOf, typename CountOf>
std::vector<Rows> rows_of_chunks(std::span<const ChunkSpan> chunks, Rows all, const StepOf& step_of,
                                 const CountOf& count_of) {
    std::vector<Rows> result;
    std::size_t row = all.begin;
    for (const ChunkSpan& chunk : chunks) {
        Rows rows{row, row};
        if (row < all.end && step_of(row) == chunk.whole.first_step)
            for (std::uint32_t points = 0; rows.end < all.end && points < chunk.whole.count; ++rows.end)
                points += count_of(rows.end);
        row = rows.end;
        result.push_back(rows);
    }
    return result;
}

// The range with the neighbours that share its first or last step: what a read of its steps answers of the attempt.
ChunkRange with_neighbours(ChunkRange range) {
    const auto& all = range.all;
    const int attempt = all[range.begin].attempt;
    const std::int64_t first_step = all[range.begin].whole.first_step, last_step = all[range.end - 1].whole.last_step;
    while (range.begin > 0 && all[range.begin - 1].attempt == attempt &&
           all[range.begin - 1].whole.last_step >= first_step)
        --range.begin;
    while (range.end < all.size() && all[range.end].attempt == attempt && all[range.end].whole.first_step <= last_step)
        ++range.end;
    return range;
}

} // namespace

Expected<std::vector<ChunkSpan>> read_chunk_spans(Reader& reader, SeriesId series) {
    ISOLOSS_TRY(const BucketColumns columns, reader.buckets(series, pyramid_levels));
    std::vector<ChunkSpan> chunks;
    chunks.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool same_attempt = i > 0 && columns.attempts[i] == columns.attempts[i - 1];
        chunks.push_back({columns.attempts[i], same_attempt ? chunks.back().index + 1 : 0, bucket_at(columns, i),
                          columns.min[i], columns.max[i]});
    }
    return chunks;
}

std::size_t common_chunks(std::span<const ChunkSpan> a, std::span<const ChunkSpan> b) {
    const auto same = [](const ChunkSpan& one, const ChunkSpan& other) {
        return one.attempt == other.attempt && one.index == other.index && one.whole.count == other.whole.count;
    };
    const auto [differs, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end(), same);
    return static_cast<std::size_t>(differs - a.begin());
}

Expected<void> read_points_of_chunks(
    Reader& reader, SeriesId series, const ChunkRange& range,
    const std::function<void(const ChunkSpan&, const PointColumns&, std::size_t, std::size_t)>& take) {
    if (range.begin == range.end) return {};
    const auto& [all, first, last] = range;
    ISOLOSS_TRY(const auto attempts, reader.points(series, all[first].whole.first_step, all[last - 1].whole.last_step));
    const auto found = std::find_if(attempts.begin(), attempts.end(),
                                    [&](const PointsOfAttempt& of) { return of.attempt == all[first].attempt; });
    const PointColumns nothing;
    const PointColumns& points = found == attempts.end() ? nothing : found->points;
    const ChunkRange read = with_neighbours(range);
    const auto rows = rows_of_chunks(
        all.subspan(read.begin, read.end - read.begin), {0, points.size()},
        [&](std::size_t i) { return points.steps[i]; }, [](std::size_t) { return 1u; });
    for (std::size_t i = first; i < last; ++i)
        take(all[i], points, rows[i - read.begin].begin, rows[i - read.begin].end);
    return {};
}

Expected<void> read_blocks(Reader& reader, SeriesId series, int level, const ChunkRange& range,
                           const std::function<void(const ChunkSpan&, std::vector<Bucket>)>& take) {
    if (range.begin == range.end) return {};
    if (level == 0)
        return read_points_of_chunks(
            reader, series, range,
            [&](const ChunkSpan& chunk, const PointColumns& points, std::size_t begin, std::size_t end) {
                std::vector<Bucket> buckets;
                buckets.reserve(end - begin);
                for (std::size_t i = begin; i < end; ++i)
                    buckets.push_back(bucket_of_point(points.steps[i], points.wall_times[i], points.value(i)));
                take(chunk, std::move(buckets));
            });

    const auto& [all, first, last] = range;
    ISOLOSS_TRY(const BucketColumns columns,
                reader.buckets(series, level, all[first].whole.first_step, all[last - 1].whole.last_step));
    const auto [of_begin, of_end] =
        std::equal_range(columns.attempts.begin(), columns.attempts.end(), all[first].attempt);
    const ChunkRange read = with_neighbours(range);
    const auto rows = rows_of_chunks(
        all.subspan(read.begin, read.end - read.begin),
        {static_cast<std::size_t>(of_begin - columns.attempts.begin()),
         static_cast<std::size_t>(of_end - columns.attempts.begin())},
        [&](std::size_t i) { return columns.first_steps[i]; }, [&](std::size_t i) { return columns.counts[i]; });
    for (std::size_t i = first; i < last; ++i) {
        std::vector<Bucket> buckets;
        for (std::size_t row = rows[i - read.begin].begin; row < rows[i - read.begin].end; ++row)
            buckets.push_back(bucket_at(columns, row));
        take(all[i], std::move(buckets));
    }
    return {};
}

} // namespace isoloss
