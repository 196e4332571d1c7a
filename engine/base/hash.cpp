#include "engine/base/hash.h"

#include <xxhash.h>

namespace isoloss {

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
