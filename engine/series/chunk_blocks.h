#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/bucket.h"
#include "engine/store/records.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace isoloss {

class Reader;

/// One chunk of a series with all its points as one bucket.
struct ChunkSpan {
    int attempt = 1;
    std::size_t index = 0; ///< within its attempt
    Bucket whole;
    double min = 0, max = 0; ///< of `whole`, not rounded to float
};

/// The chunks of a series in order of attempt and position: its coarsest level.
Expected<std::vector<ChunkSpan>> read_chunk_spans(Reader& reader, SeriesId series);

/// How many chunks of a series are the same at the beginning of two lists of them.
std::size_t common_chunks(std::span<const ChunkSpan> a, std::span<const ChunkSpan> b);

/// Neighbouring chunks of one attempt: [begin, end) of all chunks of the series.
struct ChunkRange {
    std::span<const ChunkSpan> all;
    std::size_t begin = 0, end = 0;
};

/// Reads the buckets of one level (0: points). `take` gets every chunk of the range once, in order; a damaged one comes
/// with no buckets.
Expected<void> read_blocks(Reader& reader, SeriesId series, int level, const ChunkRange& range,
                           const std::function<void(const ChunkSpan& chunk, std::vector<Bucket> buckets)>& take);

/// The same for the points themselves: rows [begin, end) of `points`.
Expected<void> read_points_of_chunks(Reader& reader, SeriesId series, const ChunkRange& range,
                                     const std::function<void(const ChunkSpan& chunk, const PointColumns& points,
                                                              std::size_t begin, std::size_t end)>& take);

} // namespace isoloss
