#include "engine/store/chunk_codec.h"
#include "engine/store/connection.h"
#include "engine/store/pyramid.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <map>
#include <string>

namespace isoloss {

namespace {

using Step = std::int64_t;

constexpr Step lowest_step = std::numeric_limits<Step>::min();
constexpr Step highest_step = std::numeric_limits<Step>::max();

std::string damage_text(std::int64_t chunk, const Statement& row, const std::string& reason) {
    return "chunk " + std::to_string(chunk) + " (steps " + std::to_string(row.integer(2)) + " to " +
           std::to_string(row.integer(3)) + "): " + reason;
}

/// The whole chunk as one bucket, from its row.
void append_summary(const Statement& row, int attempt, BucketColumns& columns) {
    columns.attempts.push_back(attempt);
    columns.first_steps.push_back(row.integer(2));
    columns.last_steps.push_back(row.integer(3));
    columns.counts.push_back(static_cast<std::uint32_t>(row.integer(4)));
    columns.nonfinite.push_back(static_cast<std::uint32_t>(row.integer(5)));
    columns.first_wall_times.push_back(row.real(6));
    columns.last_wall_times.push_back(row.real(7));
    columns.min.push_back(row.real(8));
    columns.max.push_back(row.real(9));
    columns.first.push_back(row.real(10));
    columns.last.push_back(row.real(11));
}

/// Room for `count` points more, so that long series are not copied while they grow.
void reserve(PointColumns& columns, std::size_t count) {
    columns.steps.reserve(count);
    columns.wall_times.reserve(count);
    std::visit([&](auto& values) { values.reserve(count); }, columns.values);
}

} // namespace

Expected<std::vector<ChunkInfo>> Reader::chunks(SeriesId series) {
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT id, attempt, ordinal, count, first_step, last_step, bad FROM chunk "
                                       "WHERE series_id = ?1 ORDER BY attempt, ordinal"));
    rows.bind_all(series.value);
    std::vector<ChunkInfo> chunks;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return chunks;
        chunks.push_back({rows.integer(0), static_cast<int>(rows.integer(1)), rows.integer(2),
                          static_cast<std::uint32_t>(rows.integer(3)), rows.integer(4), rows.integer(5),
                          rows.boolean(6)});
    }
}

Expected<std::vector<PointsOfAttempt>> Reader::points(SeriesId series, std::optional<Step> first_step,
                                                      std::optional<Step> last_step,
                                                      std::vector<std::string>* damaged) {
    ISOLOSS_TRY(auto rows, connection_->statement("SELECT id, attempt, first_step, last_step, bad, "
                                                  "iif(length(payload) <= ?4, payload, NULL) FROM chunk "
                                                  "WHERE series_id = ?1 AND last_step >= ?2 AND first_step <= ?3 "
                                                  "ORDER BY attempt, ordinal"));
    rows.bind_all(series.value, first_step.value_or(lowest_step), last_step.value_or(highest_step),
                  largest_block_size());
    std::map<int, std::size_t> counts;
    {
        ISOLOSS_TRY(auto sums,
                    connection_->statement("SELECT attempt, sum(min(count, ?4)) FROM chunk WHERE series_id = ?1 "
                                           "AND last_step >= ?2 AND first_step <= ?3 GROUP BY attempt"));
        sums.bind_all(series.value, first_step.value_or(lowest_step), last_step.value_or(highest_step), chunk_capacity);
        for (;;) {
            ISOLOSS_TRY(const bool row, sums.step());
            if (!row) break;
            counts[static_cast<int>(sums.integer(0))] = static_cast<std::size_t>(std::max<Step>(sums.integer(1), 0));
        }
    }
    std::vector<PointsOfAttempt> attempts;
    ChunkDecoder decoder;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return attempts;
        const auto attempt = static_cast<int>(rows.integer(1));
        const auto decode = [&]() -> Expected<void> {
            if (rows.is_null(5)) return fail(ErrorKind::damaged, "the chunk is larger than any chunk can be");
            if (attempts.empty() || attempts.back().attempt != attempt) {
                attempts.push_back({attempt, {}});
                reserve(attempts.back().points, counts[attempt]);
            }
            return decoder.decode(rows.blob(5), attempts.back().points);
        };
        if (const auto decoded = decode(); !decoded && damaged != nullptr)
            damaged->push_back(damage_text(rows.integer(0), rows, decoded.error().text()));
    }
}

Expected<BucketColumns> Reader::buckets(SeriesId series, int level, std::optional<Step> first_step,
                                        std::optional<Step> last_step) {
    if (level < 1 || level > pyramid_levels)
        return fail(ErrorKind::internal, "there is no pyramid level " + std::to_string(level));
    const bool from_row = level > highest_stored_level, from_points = level < lowest_stored_level;
    constexpr std::string_view of_chunk = "SELECT c.id, c.attempt, c.first_step, c.last_step, c.count, c.nonfinite, "
                                          "c.first_wall_time, c.last_wall_time, c.min, c.max, c.first, c.last";
    constexpr std::string_view in_range = " WHERE c.series_id = ?1 AND c.last_step >= ?2 AND c.first_step <= ?3 "
                                          "ORDER BY c.attempt, c.ordinal";
    std::string sql(of_chunk);
    if (from_row)
        sql += " FROM chunk c";
    else if (from_points)
        sql += ", iif(length(c.payload) <= ?4, c.payload, NULL) FROM chunk c";
    else
        sql += ", iif(length(p.levels) <= ?4, p.levels, NULL) FROM chunk c "
               "LEFT JOIN chunk_pyramid p ON p.chunk_id = c.id";
    ISOLOSS_TRY(auto rows, connection_->statement(sql.append(in_range)));
    rows.bind(1, series.value).bind(2, first_step.value_or(lowest_step)).bind(3, last_step.value_or(highest_step));
    if (!from_row) rows.bind(4, highest_stored_level * largest_block_size());
    BucketColumns columns;
    columns.level = level;
    ChunkDecoder points_decoder;
    PyramidDecoder levels_decoder;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return columns;
        const auto attempt = static_cast<int>(rows.integer(1));
        const auto decode = [&]() -> Expected<void> {
            if (!from_points)
                return levels_decoder.decode(rows.blob(12), level, static_cast<std::uint32_t>(rows.integer(4)), attempt,
                                             columns);
            PointColumns points;
            ISOLOSS_TRY_VOID(points_decoder.decode(rows.blob(12), points));
            append_buckets(point_span(points), level, attempt, columns);
            return {};
        };
        // Where what is stored is damaged, the chunk's row still draws the right envelope.
        if (from_row || !decode()) append_summary(rows, attempt, columns);
    }
}

} // namespace isoloss
