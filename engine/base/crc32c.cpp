#include "engine/base/hash.h"

#include <cstring>

namespace isoloss {

namespace {

// CRC-32C, reflected polynomial. Eight tables let eight bytes be folded per step where the CPU has no instruction.
constexpr std::uint32_t castagnoli = 0x82f63b78u;

constexpr std::array<std::array<std::uint32_t, 256>, 8> make_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) ? castagnoli : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t level = 1; level < 8; ++level)
        for (std::size_t byte = 0; byte < 256; ++byte)
            tables[level][byte] = (tables[level - 1][byte] >> 8) ^ tables[0][tables[level - 1][byte] & 0xff];
    return tables;
}

constexpr auto tables = make_tables();

std::uint32_t crc32c_portable(const unsigned char* data, std::size_t size, std::uint32_t crc) {
    for (; size >= 8; data += 8, size -= 8) {
        const std::uint32_t low =
            crc ^ (static_cast<std::uint32_t>(data[0]) | static_cast<std::uint32_t>(data[1]) << 8 |
                   static_cast<std::uint32_t>(data[2]) << 16 | static_cast<std::uint32_t>(data[3]) << 24);
        crc = tables[7][low & 0xff] ^ tables[6][(low >> 8) & 0xff] ^ tables[5][(low >> 16) & 0xff] ^
              tables[4][low >> 24] ^ tables[3][data[4]] ^ tables[2][data[5]] ^ tables[1][data[6]] ^ tables[0][data[7]];
    }
    for (; size > 0; ++data, --size)
        crc = (crc >> 8) ^ tables[0][(crc ^ *data) & 0xff];
    return crc;
}

#if defined(__x86_64__)
template <typename T>
T load(const unsigned char* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(const unsigned char* data, std::size_t size,
                                                             std::uint32_t crc) {
    std::uint64_t wide = crc;
    for (; size >= 8; data += 8, size -= 8)
        wide = __builtin_ia32_crc32di(wide, load<std::uint64_t>(data));
    crc = static_cast<std::uint32_t>(wide);
    if ((size & 4) != 0) {
        crc = __builtin_ia32_crc32si(crc, load<std::uint32_t>(data));
        data += 4;
    }
    if ((size & 2) != 0) {
        crc = __builtin_ia32_crc32hi(crc, load<std::uint16_t>(data));
        data += 2;
    }
    return (size & 1) != 0 ? __builtin_ia32_crc32qi(crc, *data) : crc;
}

const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
#endif

} // namespace

std::uint32_t crc32c(std::span<const std::byte> data, std::uint32_t crc) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    crc = ~crc;
#if defined(__x86_64__)
    crc = has_sse42 ? crc32c_sse42(bytes, data.size(), crc) : crc32c_portable(bytes, data.size(), crc);
#else
    crc = crc32c_portable(bytes, data.size(), crc);
#endif
    return ~crc;
}

} // namespace isoloss
