#pragma once

#include "engine/base/error.h"
#include "engine/store/byte_columns.h"
#include "engine/store/plane_compressor.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace isoloss {

/// Points of a full chunk; also the cap that is checked before anything is allocated.
constexpr std::uint32_t chunk_capacity = 4096;
/// Levels 2 and 3 of the pyramid are stored as blocks. Level 1 is made from the points, which takes no longer than to
/// read what it would need; level 4 is columns of the chunk's row.
constexpr int lowest_stored_level = 2, highest_stored_level = 3;
/// So few points are one bucket of the lowest stored level.
constexpr std::uint32_t points_without_levels = 1u << (3 * lowest_stored_level);
constexpr std::size_t block_header_size = 24;

/// What the header of a block says about its body: the points of a chunk (level 0) or the buckets of one level.
/// packaging/docs/format.md describes the bytes.
struct BlockShape {
    int value_bytes = 4; ///< 4: float32, 8: float64
    int level = 0;
    /// Width of each integer column: steps and wall times of a chunk; first and last steps, first and last wall times
    /// of a level.
    std::array<int, 4> widths{};
    std::uint32_t points = 0; ///< of the chunk

    /// Entries of each column: points, or ⌈points / 8^level⌉ buckets.
    std::size_t entries() const;
    std::size_t body_size() const;
    /// The sizes of what the body consists of, in order: starts of integer columns and planes.
    std::vector<std::size_t> planes() const;

private:
    template <typename Take>
    void for_each_plane(const Take& take) const;
};

/// The largest block that write_block can make, header included.
std::size_t largest_block_size();

/// Compresses bodies into blocks. Keeps its working memory; one thread at a time.
class BlockWriter {
public:
    /// Room for the body of the next block; write() takes it from there.
    std::byte* body(const BlockShape& shape);
    /// Appends header and compressed body to `out`.
    void write(const BlockShape& shape, ByteVector& out);

private:
    PlaneCompressor compressor_;
    ByteVector body_;
};

/// A block that passed all checks. The body is valid until the next read.
struct Block {
    BlockShape shape;
    const std::byte* body = nullptr;
};

/// Reads blocks, trusting nothing: sizes are bounded and agree before memory is taken, and the checksum covers header
/// and body. One thread at a time.
class BlockReader {
public:
    BlockReader();
    ~BlockReader();
    BlockReader(const BlockReader&) = delete;
    BlockReader& operator=(const BlockReader&) = delete;

    /// Reads the block of this level at the start of `bytes` and moves `bytes` behind it.
    Expected<Block> read(std::span<const std::byte>& bytes, int level);
    /// Moves `bytes` behind the block at its start without looking into it.
    static Expected<void> skip(std::span<const std::byte>& bytes);

private:
    struct Decompressor;
    std::unique_ptr<Decompressor> decompressor_;
    ByteVector body_;
};

} // namespace isoloss
