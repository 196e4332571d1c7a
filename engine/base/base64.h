#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// The bytes of a text in base64 (RFC 4648, the standard alphabet, with or without padding); nothing when it is none.
std::optional<std::string> base64_bytes(std::string_view text);

} // namespace isoloss
