#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace isoloss {

/// CRC-32C (Castagnoli), as event files and chunks use it; `crc` continues an earlier result.
std::uint32_t crc32c(std::span<const std::byte> data, std::uint32_t crc = 0);

/// Streaming 128-bit content hash (XXH3), written as 32 lower-case hexadecimal digits. Not cryptographic. One thread.
class ContentHasher {
public:
    ContentHasher();
    ~ContentHasher();
    ContentHasher(ContentHasher&&) noexcept;
    ContentHasher& operator=(ContentHasher&&) noexcept;

    void update(std::span<const std::byte> data);
    void update(std::string_view text);
    std::string hex() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string content_hash(std::string_view text);

} // namespace isoloss
