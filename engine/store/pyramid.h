#pragma once

#include "engine/base/error.h"
#include "engine/store/block.h"
#include "engine/store/chunk_codec.h"
#include "engine/store/reader.h"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace isoloss {

/// Buckets of one level of one chunk as columns.
struct BucketLevel {
    std::vector<std::int64_t> first_steps, last_steps;
    std::vector<double> first_wall_times, last_wall_times;
    std::vector<double> min, max, first, last; ///< NaN where no point is finite
    std::vector<std::uint16_t> nonfinite;

    std::size_t size() const { return min.size(); }

    void resize(std::size_t size);
};

/// The whole chunk as one bucket: level 4.
struct ChunkSummary {
    std::uint32_t count = 0;
    std::int64_t first_step = 0, last_step = 0;
    double first_wall_time = 0, last_wall_time = 0;
    double min = 0, max = 0, first = 0, last = 0; ///< NaN when no point is finite
    std::uint32_t nonfinite = 0;
};

/// Appends the buckets of a level of a chunk, made from its points.
void append_buckets(const PointSpan& points, int level, int attempt, BucketColumns& columns);

/// Builds the levels of a chunk and writes levels 3 and 2 as blocks. Keeps its working memory; one thread at a time.
class PyramidEncoder {
public:
    /// 1 to chunk_capacity points. The bytes are valid until the next call; none where every level is one bucket, the
    /// chunk as a whole.
    std::span<const std::byte> encode(const PointSpan& points);

    /// Of the points of the last call.
    const ChunkSummary& summary() const { return summary_; }

private:
    void build(const PointSpan& points);
    void write_level(int level, int value_bytes, std::uint32_t points);

    BlockWriter writer_;
    std::array<BucketLevel, highest_stored_level - lowest_stored_level + 1> levels_;
    std::array<IntegerPlan, 4> plans_;
    std::vector<std::uint32_t> float32_;
    std::vector<std::uint64_t> float64_;
    ByteVector bytes_;
    ChunkSummary summary_;
};

class PyramidDecoder {
public:
    /// Appends the buckets of a stored level of a chunk with `points` points.
    Expected<void> decode(std::span<const std::byte> bytes, int level, std::uint32_t points, int attempt,
                          BucketColumns& columns);

private:
    BlockReader reader_;
    std::vector<std::uint64_t> numbers_;
    std::vector<std::uint32_t> float32_;
    std::vector<std::uint16_t> nonfinite_;
};

} // namespace isoloss
