#pragma once

#include <string>
#include <string_view>

namespace isoloss {

/// The text in small letters, each character by Unicode's full mapping. Python's str.lower() differs only at a capital
/// sigma that ends a word. Invalid UTF-8 becomes U+FFFD.
std::string lower_case(std::string_view text);

} // namespace isoloss
