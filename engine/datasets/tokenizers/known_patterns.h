#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// A split pattern that most published tokenizers share, matched by hand: appends its matches, which follow one another
/// without a gap, in text[range], and gives what the regular expression gives several times faster. Any thread.
using KnownPattern = void (*)(std::string_view text, std::pair<std::uint32_t, std::uint32_t> range,
                              std::vector<std::pair<std::uint32_t, std::uint32_t>>& matches);

/// GPT-2's pattern; those of GPT-4, Llama 3, OLMo 2 (three digits at most) and Qwen 2 (one digit). nullptr for others.
KnownPattern known_pattern(std::string_view pattern);

} // namespace isoloss
