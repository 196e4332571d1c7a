#pragma once

#include <span>
#include <string>

namespace isoloss {

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits: for what a person decides to trust. What only has to be
/// told apart has content_hash, which is faster.
std::string sha256(std::span<const std::byte> data);

} // namespace isoloss
