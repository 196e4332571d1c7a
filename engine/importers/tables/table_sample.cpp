#include "engine/importers/tables/table_sample.h"

#include "engine/base/utf8.h"
#include "engine/importers/tables/cell_number.h"
#include "engine/importers/tables/delimited_text.h"
#include "engine/importers/tables/json_lines.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr std::size_t longest_value = 500;

std::string short_text(std::string_view text) {
    if (text.size() <= longest_value) return valid_utf8(text);
    return valid_utf8(text.substr(0, longest_value)) + "…";
}

void add_number(ColumnSample& column, double value) {
    ++column.numbers;
    if (!std::isfinite(value)) return;
    const bool first = column.numbers == 1 || column.least > column.greatest;
    column.least = first ? value : std::min(column.least, value);
    column.greatest = first ? value : std::max(column.greatest, value);
}

void add_cell(ColumnSample& column, const TableCell& cell) {
    column.values.back() = short_text(cell.text);
    if (cell.form == TableCell::Form::literal || cell.form == TableCell::Form::other) {
        --column.missing;
        ++column.texts;
        return;
    }
    const CellNumber number = cell_number(cell.text);
    if (number.kind == CellKind::missing && cell.form != TableCell::Form::text) return;
    --column.missing;
    const bool is_number = number.kind == CellKind::number || number.kind == CellKind::overflow;
    // A JSON string is a number only where JSON has none: "NaN".
    if (cell.form == TableCell::Form::text && !(is_number && !std::isfinite(number.value))) {
        column.quoted = true;
        ++column.texts;
    } else if (is_number) {
        add_number(column, number.value);
        if (cell_step(cell.text).fault == StepFault::none) ++column.integers;
    } else {
        ++column.texts;
    }
}

} // namespace

std::optional<TableDialect> detect_dialect(std::string_view head) {
    if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
    if (head.empty() || head.find('\0') != head.npos) return std::nullopt;
    const std::size_t begin = head.find_first_not_of(" \t\r\n");
    if (begin == head.npos) return std::nullopt;
    if (head[begin] == '{') {
        // The object must end with its line, or not end in what is seen at all.
        const std::string_view line = without_spaces(head.substr(begin, head.find('\n', begin) - begin));
        const bool whole = head.find('\n', begin) != head.npos;
        if (whole && !(line.ends_with('}') || line.ends_with("}\r"))) return std::nullopt;
        return TableDialect{true, ','};
    }
    const char delimiter = detect_delimiter(head);
    const std::string_view first = head.substr(begin, head.find_first_of("\r\n", begin) - begin);
    if (first.find(delimiter) == first.npos && !first.starts_with('#')) return std::nullopt;
    return TableDialect{false, delimiter};
}

Expected<std::unique_ptr<TableRows>> open_table(const InputFile& file, const TableDialect& dialect) {
    if (dialect.json_lines) return std::make_unique<JsonLineRows>(file);
    ISOLOSS_TRY(auto rows, DelimitedRows::open(file, dialect.delimiter));
    return std::unique_ptr<TableRows>(std::move(rows));
}

const ColumnSample* TableSample::column(std::string_view name) const {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const ColumnSample& column) { return column.name == name; });
    return found == columns.end() ? nullptr : &*found;
}

Expected<TableSample> sample_table(const InputFile& file, const TableDialect& dialect) {
    ISOLOSS_TRY(const auto rows, open_table(file, dialect));
    TableSample sample;
    sample.file = file.path();
    sample.dialect = dialect;
    sample.remarks = rows->remarks();
    const auto know_columns = [&] {
        while (sample.columns.size() < rows->columns().size()) {
            ColumnSample& column = sample.columns.emplace_back();
            column.name = rows->columns()[sample.columns.size() - 1];
            column.values.resize(sample.rows);
            column.missing = static_cast<int>(sample.rows);
        }
    };
    know_columns();
    TableRow row;
    const auto is_enough = [&] {
        const std::size_t cells = sample.rows * sample.columns.size();
        return sample.rows >= TableSample::most_rows || (sample.rows >= 20 && cells >= TableSample::most_cells) ||
               row.end >= TableSample::most_bytes;
    };
    while (!is_enough()) {
        const auto any = rows->next(row);
        if (!any) break; // told when the table is read
        if (!*any) {
            sample.complete = true;
            break;
        }
        if (!row.fault.empty()) continue;
        know_columns();
        for (ColumnSample& column : sample.columns) {
            column.values.emplace_back();
            ++column.missing;
        }
        ++sample.rows;
        for (const TableCell& cell : row.cells)
            add_cell(sample.columns[cell.column], cell);
    }
    return sample;
}

} // namespace isoloss
