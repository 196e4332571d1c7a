#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A cell as it stands in the file.
struct TableCell {
    enum class Form : std::uint8_t {
        plain,   ///< of delimited text: a number or a text, as it reads
        number,  ///< of JSON: a number
        text,    ///< of JSON: a string; only the spellings of NaN and infinity are numbers
        literal, ///< of JSON: true or false
        other,   ///< of JSON: a list, or something nested too deep: no value
    };

    std::uint32_t column = 0; ///< index into TableRows::columns
    Form form = Form::plain;
    std::string_view text; ///< valid until the next row; a JSON null gives no cell
};

struct TableRow {
    std::uint64_t line = 0;  ///< that it begins in, counted from 1
    std::uint64_t begin = 0; ///< byte offsets in the file
    std::uint64_t end = 0;   ///< behind its line end
    bool terminated = true;  ///< false for the last row of a file that ends without a line end
    std::vector<TableCell> cells;
    std::string fault; ///< why the row cannot be taken; its cells mean nothing then
};

/// The rows of a table file in order, in bounded memory. One thread.
class TableRows {
public:
    virtual ~TableRows() = default;

    /// Unique, not empty. JSON lines meet new ones on the way, at the end.
    virtual const std::vector<std::string>& columns() const = 0;

    /// What is worth telling about the header: columns that were renamed.
    virtual const std::vector<std::string>& remarks() const = 0;

    /// The next row; false at the end. A row that cannot be taken comes with its fault; an error ends the table.
    virtual Expected<bool> next(TableRow& row) = 0;

    /// Goes on behind a row that ended at `offset` (0: at the first one); `line` is that of the next row.
    virtual void go_to(std::uint64_t offset, std::uint64_t line) = 0;

    /// The line that the next row begins in.
    virtual std::uint64_t line() const = 0;

    /// Things that were replaced while reading, such as bytes that are no UTF-8.
    virtual std::vector<std::string> warnings() const { return {}; }
};

/// A table may have at most this many columns, a row and a field this many bytes.
constexpr std::size_t most_table_columns = 20'000;
constexpr std::size_t most_row_bytes = std::size_t{16} << 20;
constexpr std::size_t most_field_bytes = std::size_t{1} << 20;

} // namespace isoloss
