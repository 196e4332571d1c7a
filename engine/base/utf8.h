#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace isoloss {

/// The code point at text[offset] and its length in bytes; an invalid byte is U+FFFD of length 1.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;
};

CodePoint code_point_at(std::string_view text, std::size_t offset);

void append_utf8(std::string& text, std::uint32_t code_point);

/// Number of code points; an invalid byte counts as one.
std::size_t code_point_count(std::string_view text);

bool is_valid_utf8(std::string_view text);

/// The text with every invalid byte replaced by U+FFFD; `mended` is raised by their number.
std::string valid_utf8(std::string_view text, std::int64_t* mended = nullptr);

} // namespace isoloss
