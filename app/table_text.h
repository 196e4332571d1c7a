#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

/// A cell as it is printed: nothing, a number already in its shortest text, or a text.
struct PrintedNumber {
    std::string text;
};

using PrintedCell = std::variant<std::monostate, PrintedNumber, std::string>;

struct PrintedTable {
    std::vector<std::string> columns;
    std::vector<std::vector<PrintedCell>> rows;
};

/// Aligned columns for a person: numbers to the right, "–" where there is nothing, long texts cut.
std::string aligned_text(const PrintedTable& table);

/// RFC 4180. A text that a spreadsheet would take for a formula (= + - @ in front) gets an apostrophe.
std::string csv_text(const PrintedTable& table);

/// A list of objects, one a line. Non-finite numbers are bare NaN and Infinity, what is missing is null.
std::string json_rows(const PrintedTable& table);

} // namespace isoloss
