#pragma once

#include <string>
#include <string_view>

namespace isoloss {

/// A text as a field of CSV (RFC 4180): in quotes where it needs them, and with an apostrophe in front where a
/// spreadsheet would take it for a formula (= + - @, tab or CR in front). Not for numbers.
std::string csv_text_field(std::string_view text);

} // namespace isoloss
