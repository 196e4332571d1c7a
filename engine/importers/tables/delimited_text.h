#pragma once

#include "engine/importers/tables/line_window.h"
#include "engine/importers/tables/table_rows.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// The delimiter among , ; tab | that parts the first lines into the same number of fields, at least two; of several
/// the one that makes most fields. A comma when none does.
char detect_delimiter(std::string_view head);

/// Reads delimited text (RFC 4180, with any mixture of LF, CRLF and CR): the first line that is neither blank nor
/// begins with # names the columns. Blank lines are passed over. Doubled or missing column names are made unique and
/// remarked on. Refuses UTF-16 and NUL bytes.
class DelimitedRows final : public TableRows {
public:
    /// Borrows the file. Fails when there is no header or it has too many columns; a file without any is an error of
    /// kind not_found.
    static Expected<std::unique_ptr<DelimitedRows>> open(const InputFile& file, char delimiter);

    const std::vector<std::string>& columns() const override { return columns_; }

    const std::vector<std::string>& remarks() const override { return remarks_; }

    Expected<bool> next(TableRow& row) override;
    void go_to(std::uint64_t offset, std::uint64_t line) override;

    std::uint64_t line() const override { return line_; }

private:
    enum class Scan { row, blank, incomplete };

    DelimitedRows(const InputFile& file, char delimiter);

    Expected<bool> next_fields(TableRow& row, std::size_t most_cells);
    Expected<Scan> scan_row(TableRow& row, std::size_t most_cells);
    std::string_view unquoted(std::string_view quoted);
    void name_columns(const std::vector<TableCell>& cells);
    Error stop(std::uint64_t line, ErrorKind kind, std::string reason, std::string remedy) const;

    const InputFile& file_;
    LineWindow window_;
    char delimiter_;
    bool ends_field_[256] = {}; ///< delimiter, line ends and NUL
    std::vector<std::string> columns_;
    std::vector<std::string> remarks_;
    std::deque<std::string> unquoted_; ///< fields of the row that had to be rewritten; stable addresses
    std::size_t unquoted_used_ = 0;
    std::size_t fields_ = 0; ///< of the row at hand, more than its cells when it has too many
    std::uint64_t line_ = 1;
    std::uint64_t data_offset_ = 0, data_line_ = 1; ///< of the first row behind the header
};

} // namespace isoloss
