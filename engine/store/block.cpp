#include "engine/store/block.h"

#include "engine/base/hash.h"

#include <cstring>
#include <new>
#include <string>
#include <zstd.h>

namespace isoloss {

namespace {

constexpr int format_version = 1;
constexpr int compression_none = 0;
constexpr int compression_zstd = 1;
// Against level 1: as small but for noise, where it gives up sooner (3 % more bytes); imports gain a tenth.
constexpr int zstd_level = -1;

// Offsets in the header.
constexpr std::size_t at_version = 0, at_compression = 1, at_value_bytes = 2, at_level = 3, at_widths = 4,
                      at_points = 8, at_body_size = 12, at_stored_size = 16, at_checksum = 20;

using Header = std::array<std::byte, block_header_size>;

void put_byte(Header& header, std::size_t offset, int value) {
    header[offset] = static_cast<std::byte>(value);
}

void put_u32(Header& header, std::size_t offset, std::size_t value) {
    const auto number = static_cast<std::uint32_t>(value);
    std::memcpy(header.data() + offset, &number, 4);
}

int byte_at(std::span<const std::byte> header, std::size_t offset) {
    return static_cast<int>(header[offset]);
}

std::uint32_t u32_at(std::span<const std::byte> header, std::size_t offset) {
    std::uint32_t number = 0;
    std::memcpy(&number, header.data() + offset, 4);
    return number;
}

tl::unexpected<Error> bad(std::string reason) {
    return fail(ErrorKind::damaged, std::move(reason));
}

Expected<BlockShape> read_shape(std::span<const std::byte> header, int level) {
    if (byte_at(header, at_version) != format_version)
        return bad("the block has version " + std::to_string(byte_at(header, at_version)) + ", not 1");
    BlockShape shape;
    shape.value_bytes = byte_at(header, at_value_bytes);
    shape.level = byte_at(header, at_level);
    shape.points = u32_at(header, at_points);
    if (shape.value_bytes != 4 && shape.value_bytes != 8) return bad("the block has no known type of values");
    if (shape.level != level) return bad("the block is of another level");
    if (shape.points == 0 || shape.points > chunk_capacity)
        return bad("the block claims " + std::to_string(shape.points) + " points; a chunk has 1 to 4096");
    for (std::size_t i = 0; i < shape.widths.size(); ++i) {
        shape.widths[i] = byte_at(header, at_widths + i);
        if (shape.widths[i] > 8) return bad("the block has integers of more than 8 bytes");
    }
    if (u32_at(header, at_body_size) != shape.body_size())
        return bad("the block claims " + std::to_string(u32_at(header, at_body_size)) + " bytes for " +
                   std::to_string(shape.points) + " points; they need " + std::to_string(shape.body_size()));
    return shape;
}

} // namespace

std::size_t BlockShape::entries() const {
    return (points + (std::size_t{1} << (3 * level)) - 1) >> (3 * level);
}

std::size_t BlockShape::body_size() const {
    const std::size_t count = entries();
    const std::size_t integer_columns = level == 0 ? 2 : 4;
    std::size_t size = 0;
    for (std::size_t i = 0; i < integer_columns; ++i)
        size += integer_column_size(count, widths[i]);
    const auto value_size = static_cast<std::size_t>(value_bytes);
    return size + count * (level == 0 ? value_size : 4 * value_size + 2);
}

std::size_t largest_block_size() {
    return block_header_size + BlockShape{8, 0, {8, 8, 0, 0}, chunk_capacity}.body_size();
}

struct BlockWriter::Compressor {
    ZSTD_CCtx* context = ZSTD_createCCtx();

    Compressor() {
        if (context == nullptr) throw std::bad_alloc();
    }

    ~Compressor() { ZSTD_freeCCtx(context); }

    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
};

BlockWriter::BlockWriter() : compressor_(std::make_unique<Compressor>()) {}

BlockWriter::~BlockWriter() = default;

std::byte* BlockWriter::body(const BlockShape& shape) {
    body_.resize(shape.body_size());
    return body_.data();
}

void BlockWriter::write(const BlockShape& shape, ByteVector& out) {
    const std::size_t start = out.size();
    // A body that does not shrink is stored as it is; zstd says so by running out of room.
    out.resize(start + block_header_size + body_.size());
    std::byte* stored = out.data() + start + block_header_size;
    std::size_t stored_size =
        ZSTD_compressCCtx(compressor_->context, stored, body_.size(), body_.data(), body_.size(), zstd_level);
    const bool compressed = ZSTD_isError(stored_size) == 0;
    if (!compressed) {
        stored_size = body_.size();
        std::memcpy(stored, body_.data(), stored_size);
    }
    Header header{};
    put_byte(header, at_version, format_version);
    put_byte(header, at_compression, compressed ? compression_zstd : compression_none);
    put_byte(header, at_value_bytes, shape.value_bytes);
    put_byte(header, at_level, shape.level);
    for (std::size_t i = 0; i < shape.widths.size(); ++i)
        put_byte(header, at_widths + i, shape.widths[i]);
    put_u32(header, at_points, shape.points);
    put_u32(header, at_body_size, body_.size());
    put_u32(header, at_stored_size, stored_size);
    const std::uint32_t checksum = crc32c(body_, crc32c(std::span(header).first(at_checksum)));
    put_u32(header, at_checksum, checksum);
    std::memcpy(out.data() + start, header.data(), header.size());
    out.resize(start + block_header_size + stored_size);
}

struct BlockReader::Decompressor {
    ZSTD_DCtx* context = ZSTD_createDCtx();

    Decompressor() {
        if (context == nullptr) throw std::bad_alloc();
    }

    ~Decompressor() { ZSTD_freeDCtx(context); }

    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
};

BlockReader::BlockReader() : decompressor_(std::make_unique<Decompressor>()) {}

BlockReader::~BlockReader() = default;

Expected<Block> BlockReader::read(std::span<const std::byte>& bytes, int level) {
    if (bytes.size() < block_header_size) return bad("the block is shorter than its header");
    const auto header = bytes.first(block_header_size);
    ISOLOSS_TRY(const BlockShape shape, read_shape(header, level));
    const std::size_t stored_size = u32_at(header, at_stored_size);
    if (stored_size > bytes.size() - block_header_size) return bad("the block is cut short");
    const auto stored = bytes.subspan(block_header_size, stored_size);
    const std::size_t body_size = shape.body_size();
    const std::byte* body = stored.data();
    switch (byte_at(header, at_compression)) {
    case compression_none:
        if (stored_size != body_size) return bad("the block is not as long as it says");
        break;
    case compression_zstd: {
        body_.resize(body_size);
        const std::size_t size =
            ZSTD_decompressDCtx(decompressor_->context, body_.data(), body_size, stored.data(), stored_size);
        if (ZSTD_isError(size) != 0)
            return bad(std::string("the block cannot be decompressed: ") + ZSTD_getErrorName(size));
        if (size != body_size) return bad("the block is not as long as it says");
        body = body_.data();
        break;
    }
    default:
        return bad("the block is compressed in an unknown way");
    }
    if (crc32c({body, body_size}, crc32c(header.first(at_checksum))) != u32_at(header, at_checksum))
        return bad("the block's checksum does not match");
    bytes = bytes.subspan(block_header_size + stored_size);
    return Block{shape, body};
}

Expected<void> BlockReader::skip(std::span<const std::byte>& bytes) {
    if (bytes.size() < block_header_size) return bad("the block is shorter than its header");
    const std::size_t stored_size = u32_at(bytes, at_stored_size);
    if (stored_size > bytes.size() - block_header_size) return bad("the block is cut short");
    bytes = bytes.subspan(block_header_size + stored_size);
    return {};
}

} // namespace isoloss
