#include "engine/base/hash.h"

#include <cstring>
#include <xxhash.h>

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
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(const unsigned char* data, std::size_t size,
                                                             std::uint32_t crc) {
    std::uint64_t wide = crc;
    for (; size >= 8; data += 8, size -= 8) {
        std::uint64_t word;
        std::memcpy(&word, data, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = static_cast<std::uint32_t>(wide);
    for (; size > 0; ++data, --size)
        crc = __builtin_ia32_crc32qi(crc, *data);
    return crc;
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

struct ContentHasher::State {
    XXH3_state_t* xxh3 = XXH3_createState();

    State() { XXH3_128bits_reset(xxh3); }

    ~State() { XXH3_freeState(xxh3); }

    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {}

ContentHasher::~ContentHasher() = default;
ContentHasher::ContentHasher(ContentHasher&&) noexcept = default;
ContentHasher& ContentHasher::operator=(ContentHasher&&) noexcept = default;

void ContentHasher::update(std::span<const std::byte> data) {
    XXH3_128bits_update(state_->xxh3, data.data(), data.size());
}

void ContentHasher::update(std::string_view text) {
    XXH3_128bits_update(state_->xxh3, text.data(), text.size());
}

std::string ContentHasher::hex() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh3));
    std::string hex;
    hex.reserve(32);
    constexpr char digits[] = "0123456789abcdef";
    for (const unsigned char byte : canonical.digest) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::string content_hash(std::string_view text) {
    ContentHasher hasher;
    hasher.update(text);
    return hasher.hex();
}

} // namespace isoloss
