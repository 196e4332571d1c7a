#include "engine/store/chunk_codec.h"
#include "engine/store/connection.h"
#include "engine/store/pyramid.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <array>
#include <future>
#include <map>
#include <span>
#include <string>
#include <sys/mman.h>

namespace isoloss {

namespace {

using Step = std::int64_t;

constexpr Step lowest_step = std::numeric_limits<Step>::min();
constexpr Step highest_step = std::numeric_limits<Step>::max();

// Chunks that are read before they are decoded: a megabyte or two of payloads.
constexpr std::size_t chunks_of_group = 256;
// Fewer are decoded before another thread has begun.
constexpr std::size_t least_shared_chunks = 16;

/// A chunk as it is stored, on its way to being decoded.
struct StoredChunk {
    std::int64_t id = 0;
    int attempt = 1;
    Step first_step = 0, last_step = 0;
    bool too_large = false; ///< then the payload was not read
    std::vector<std::byte> payload;
};

struct DecodedChunks {
    std::vector<PointsOfAttempt> attempts;
    std::vector<std::string> damaged;
};

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

/// Memory that is touched for the first time costs a fault for each page, which takes longer than decoding into it.
void ask_for_large_pages(void* memory, std::size_t bytes) {
    constexpr std::uintptr_t page = std::uintptr_t{2} << 20;
    const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
    const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
    // Only advice: nothing depends on its being taken.
    if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

/// Room for `count` points more, so that long series are not copied while they grow.
void reserve(PointColumns& columns, std::size_t count) {
    const auto reserve_column = [count](auto& column) {
        column.reserve(count);
        ask_for_large_pages(column.data(), count * sizeof(column[0]));
    };
    reserve_column(columns.steps);
    reserve_column(columns.wall_times);
    std::visit(reserve_column, columns.values);
}

/// Decodes chunks in their order behind what is decoded already. `counts`: points to come, by attempt.
void decode_chunks(std::span<const StoredChunk> chunks, const std::map<int, std::size_t>& counts, ChunkDecoder& decoder,
                   DecodedChunks& decoded) {
    for (const StoredChunk& chunk : chunks) {
        if (decoded.attempts.empty() || decoded.attempts.back().attempt != chunk.attempt) {
            decoded.attempts.push_back({chunk.attempt, {}});
            if (const auto count = counts.find(chunk.attempt); count != counts.end())
                reserve(decoded.attempts.back().points, count->second);
        }
        const auto result = chunk.too_large ? fail(ErrorKind::damaged, "the chunk is larger than any chunk can be")
                                            : decoder.decode(chunk.payload, decoded.attempts.back().points);
        if (!result)
            decoded.damaged.push_back("chunk " + std::to_string(chunk.id) + " (steps " +
                                      std::to_string(chunk.first_step) + " to " + std::to_string(chunk.last_step) +
                                      "): " + result.error().text());
    }
}

/// The same on two threads.
void decode_on_two_threads(std::span<const StoredChunk> chunks, const std::map<int, std::size_t>& counts,
                           std::array<ChunkDecoder, 2>& decoders, DecodedChunks& decoded) {
    const std::size_t half = chunks.size() / 2;
    const auto later = chunks.subspan(half);
    std::map<int, std::size_t> later_counts;
    for (const StoredChunk& chunk : later)
        later_counts[chunk.attempt] += chunk_capacity;
    DecodedChunks behind;
    auto helper = std::async(std::launch::async, [&] { decode_chunks(later, later_counts, decoders[1], behind); });
    decode_chunks(chunks.first(half), counts, decoders[0], decoded);
    helper.get();
    for (const PointsOfAttempt& part : behind.attempts) {
        if (decoded.attempts.empty() || decoded.attempts.back().attempt != part.attempt) {
            decoded.attempts.push_back({part.attempt, {}});
            if (const auto count = counts.find(part.attempt); count != counts.end())
                reserve(decoded.attempts.back().points, count->second);
        }
        append_points_to(decoded.attempts.back().points, point_span(part.points));
    }
    decoded.damaged.insert(decoded.damaged.end(), behind.damaged.begin(), behind.damaged.end());
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
    DecodedChunks decoded;
    std::array<ChunkDecoder, 2> decoders;
    std::vector<StoredChunk> group(chunks_of_group);
    for (bool more = true; more;) {
        std::size_t size = 0;
        for (; size < group.size(); ++size) {
            ISOLOSS_TRY(more, rows.step());
            if (!more) break;
            StoredChunk& chunk = group[size];
            chunk.id = rows.integer(0);
            chunk.attempt = static_cast<int>(rows.integer(1));
            chunk.first_step = rows.integer(2);
            chunk.last_step = rows.integer(3);
            chunk.too_large = rows.is_null(5);
            const auto payload = rows.blob(5);
            chunk.payload.assign(payload.begin(), payload.end());
        }
        const auto chunks = std::span(group).first(size);
        if (size < least_shared_chunks)
            decode_chunks(chunks, counts, decoders[0], decoded);
        else
            decode_on_two_threads(chunks, counts, decoders, decoded);
    }
    if (damaged != nullptr) damaged->insert(damaged->end(), decoded.damaged.begin(), decoded.damaged.end());
    return std::move(decoded.attempts);
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
