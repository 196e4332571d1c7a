#include "engine/store/plane_compressor.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <zstd.h>

namespace isoloss {

namespace {

// What is left after the noise has few different bytes. Their frequencies make it small, and so do long repeats; to
// look for short ones costs twice the time and makes it larger.
constexpr int zstd_level = 1, hash_log = 8, shortest_match = 7;

// Shorter planes, such as the starts of integer columns, stay with what is before them.
constexpr std::size_t shortest_judged_plane = 256;
constexpr std::size_t most_sampled_bytes = 1024;

// Whether the bytes are spread nearly as evenly as chance would spread them: two of them are equal less often than half
// again as often as two of noise are, one time in 256. What is lost is below a twentieth.
bool looks_like_noise(std::span<const std::byte> plane) {
    std::array<std::uint16_t, 256> counts{};
    const std::size_t stride = std::max<std::size_t>(plane.size() / most_sampled_bytes, 1);
    std::size_t sampled = 0;
    for (std::size_t i = 0; i < plane.size(); i += stride, ++sampled)
        ++counts[static_cast<std::size_t>(plane[i])];
    std::size_t squares = 0;
    for (const std::uint16_t count : counts)
        squares += std::size_t{count} * count;
    return (squares - sampled) * 2 * 256 < 3 * sampled * sampled;
}

// A frame of one raw block (RFC 8878): magic number, descriptor (one segment, content size in four bytes), content
// size, header of the last block, content.
constexpr std::uint32_t magic_number = 0xfd2fb528u;
constexpr std::uint8_t descriptor = 0xa0;
constexpr std::size_t raw_frame_overhead = 4 + 1 + 4 + 3;
constexpr std::size_t longest_raw_block = std::size_t{128} << 10;

std::optional<std::size_t> write_raw_frame(std::span<const std::byte> content, std::span<std::byte> out) {
    if (content.size() > longest_raw_block || out.size() < content.size() + raw_frame_overhead) return std::nullopt;
    const auto size = static_cast<std::uint32_t>(content.size());
    const std::uint32_t block_header = size << 3 | 1;
    std::memcpy(out.data(), &magic_number, 4);
    std::memcpy(out.data() + 4, &descriptor, 1);
    std::memcpy(out.data() + 5, &size, 4);
    std::memcpy(out.data() + 9, &block_header, 3);
    std::memcpy(out.data() + raw_frame_overhead, content.data(), content.size());
    return content.size() + raw_frame_overhead;
}

} // namespace

struct PlaneCompressor::Context {
    ZSTD_CCtx* zstd = ZSTD_createCCtx();

    Context() {
        if (zstd == nullptr) throw std::bad_alloc();
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, zstd_level);
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_hashLog, hash_log);
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_minMatch, shortest_match);
    }

    ~Context() { ZSTD_freeCCtx(zstd); }

    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    std::optional<std::size_t> write_frame(std::span<const std::byte> content, std::span<std::byte> out) {
        const std::size_t size = ZSTD_compress2(zstd, out.data(), out.size(), content.data(), content.size());
        return ZSTD_isError(size) != 0 ? std::nullopt : std::optional(size);
    }
};

PlaneCompressor::PlaneCompressor() : context_(std::make_unique<Context>()) {}

PlaneCompressor::~PlaneCompressor() = default;

std::optional<std::size_t> PlaneCompressor::compress(std::span<const std::byte> body,
                                                     std::span<const std::size_t> planes, std::span<std::byte> out) {
    std::size_t written = 0, begin = 0, end = 0;
    bool noise = false;
    const auto write = [&] {
        const auto content = body.subspan(begin, end - begin);
        const auto size = noise ? write_raw_frame(content, out.subspan(written))
                                : context_->write_frame(content, out.subspan(written));
        begin = end;
        written += size.value_or(0);
        return size.has_value();
    };
    for (const std::size_t plane : planes) {
        const bool is_noise = plane < shortest_judged_plane ? noise : looks_like_noise(body.subspan(end, plane));
        if (is_noise != noise && begin < end && !write()) return std::nullopt;
        noise = is_noise;
        end += plane;
    }
    if (begin < end && !write()) return std::nullopt;
    return written;
}

} // namespace isoloss
