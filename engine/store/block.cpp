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

// Less than this is not worth the time: level 3 of a chunk, a chunk of few points.
constexpr std::size_t smallest_compressed_body = 512;

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

template <typename Take>
void BlockShape::for_each_plane(const Take& take) const {
    const std::size_t count = entries();
    const std::size_t integer_columns = level == 0 ? 2 : 4;
    for (std::size_t column = 0; column < integer_columns; ++column) {
        take(integer_column_size(count, 0));
        for (int plane = 0; plane < widths[column]; ++plane)
            take(count - 1);
    }
    const int value_columns = level == 0 ? 1 : 4;
    for (int plane = 0; plane < value_columns * value_bytes; ++plane)
        take(count);
    if (level > 0) take(2 * count);
}

std::size_t BlockShape::body_size() const {
    std::size_t sum = 0;
    for_each_plane([&](std::size_t size) { sum += size; });
    return sum;
}

std::vector<std::size_t> BlockShape::planes() const {
    std::vector<std::size_t> sizes;
    for_each_plane([&](std::size_t size) { sizes.push_back(size); });
    return sizes;
}

std::size_t largest_block_size() {
    return block_header_size + BlockShape{8, 0, {8, 8, 0, 0}, chunk_capacity}.body_size();
}

std::byte* BlockWriter::body(const BlockShape& shape) {
    body_.resize(shape.body_size());
    return body_.data();
}

void BlockWriter::write(const BlockShape& shape, ByteVector& out) {
    const std::size_t start = out.size();
    out.resize(start + block_header_size + body_.size());
    const std::span<std::byte> stored = std::span(out).subspan(start + block_header_size);
    const auto compressed_size =
        body_.size() < smallest_compressed_body ? std::nullopt : compressor_.compress(body_, shape.planes(), stored);
    if (!compressed_size) std::memcpy(stored.data(), body_.data(), body_.size());
    const std::size_t stored_size = compressed_size.value_or(body_.size());
    Header header{};
    put_byte(header, at_version, format_version);
    put_byte(header, at_compression, compressed_size ? compression_zstd : compression_none);
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
