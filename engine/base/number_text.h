#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Numbers as text, independent of the locale. Shortest text that reads back to the same bits; non-finite values are
/// "NaN", "Infinity", "-Infinity".
std::string number_text(double value);
std::string number_text(float value);
std::string number_text(std::int64_t value);

/// Reads a whole string as a number: decimal or scientific notation, nan and inf in the usual spellings. A comma, a
/// trailing unit or an empty string is no number.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int64_t> parse_int(std::string_view text);

} // namespace isoloss
