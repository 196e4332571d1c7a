#include "engine/base/sha256.h"

#include <array>
#include <cstdint>
#include <nettle/sha2.h>

namespace isoloss {

std::string sha256(std::span<const std::byte> data) {
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, data.size(), reinterpret_cast<const std::uint8_t*>(data.data()));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context, digest.size(), digest.data());
    std::string hex;
    constexpr char digits[] = "0123456789abcdef";
    for (const std::uint8_t byte : digest) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

} // namespace isoloss
