#pragma once

#include "engine/base/error.h"
#include "engine/store/block.h"
#include "engine/store/records.h"

#include <cstdint>
#include <span>

namespace isoloss {

/// Whether a double is some float32, bit for bit.
bool is_float32_value(double value);

/// Appends; the result is float64 when one of the two is, and every value keeps its bits.
void append_points_to(PointColumns& columns, const PointSpan& points);

/// Points ↔ the payload of a chunk (packaging/docs/format.md). Keeps its working memory; one thread at a time.
class ChunkEncoder {
public:
    /// 1 to chunk_capacity points. The bytes are valid until the next call.
    std::span<const std::byte> encode(const PointSpan& points);

private:
    BlockWriter writer_;
    IntegerPlan steps_, wall_times_;
    std::vector<std::uint64_t> float64_;
    std::vector<std::uint32_t> float32_;
    ByteVector payload_;
};

class ChunkDecoder {
public:
    /// Appends the points of a payload; on an error `columns` is as before.
    Expected<void> decode(std::span<const std::byte> payload, PointColumns& columns);

private:
    BlockReader reader_;
    std::vector<std::uint64_t> wall_times_, float64_;
    std::vector<std::uint32_t> float32_;
};

} // namespace isoloss
