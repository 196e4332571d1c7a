#include "app/table_text.h"

#include "engine/base/csv_text.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr std::size_t widest_column = 60;

std::string plain(const PrintedCell& cell) {
    if (const auto* number = std::get_if<PrintedNumber>(&cell)) return number->text;
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return {};
}

// One line, cut at the widest column: a table is for looking; --csv and --json carry everything.
std::string for_table(const PrintedCell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return "–";
    std::string text;
    std::size_t points = 0;
    const std::string whole = plain(cell);
    for (std::size_t offset = 0; offset < whole.size(); ++points) {
        if (points == widest_column - 1) return text + "…";
        const CodePoint point = code_point_at(whole, offset);
        append_utf8(text, point.value < ' ' ? ' ' : point.value);
        offset += point.length;
    }
    return text;
}

// Numbers stand as they are; a minus in front makes no formula of them.
std::string csv_field(const PrintedCell& cell) {
    const auto* text = std::get_if<std::string>(&cell);
    return text == nullptr ? plain(cell) : csv_text_field(*text);
}

std::string json_cell(const PrintedCell& cell) {
    if (const auto* number = std::get_if<PrintedNumber>(&cell)) return number->text;
    if (const auto* text = std::get_if<std::string>(&cell)) return json_quote(valid_utf8(*text));
    return "null";
}

} // namespace

std::string aligned_text(const PrintedTable& table) {
    std::vector<std::size_t> widths;
    for (const auto& column : table.columns)
        widths.push_back(code_point_count(column));
    std::vector<std::vector<std::string>> cells;
    for (const auto& row : table.rows) {
        auto& line = cells.emplace_back();
        for (std::size_t c = 0; c < row.size(); ++c) {
            line.push_back(for_table(row[c]));
            widths[c] = std::max(widths[c], code_point_count(line.back()));
        }
    }
    std::string text;
    const auto put = [&](const std::string& cell, std::size_t column, bool to_the_right) {
        const std::string padding(widths[column] - code_point_count(cell), ' ');
        const bool last = column + 1 == widths.size();
        text += to_the_right ? padding + cell : last ? cell : cell + padding;
        text += last ? "\n" : "  ";
    };
    const auto is_number = [&](std::size_t row, std::size_t column) {
        return std::holds_alternative<PrintedNumber>(table.rows[row][column]);
    };
    for (std::size_t c = 0; c < widths.size(); ++c)
        put(table.columns[c], c, !table.rows.empty() && is_number(0, c));
    for (std::size_t r = 0; r < cells.size(); ++r)
        for (std::size_t c = 0; c < widths.size(); ++c)
            put(cells[r][c], c, is_number(r, c));
    return text;
}

std::string csv_text(const PrintedTable& table) {
    std::string text;
    const auto put_row = [&](const auto& row, auto&& field) {
        for (std::size_t c = 0; c < row.size(); ++c)
            text += (c > 0 ? "," : "") + field(row[c]);
        text += '\n';
    };
    put_row(table.columns, [](const std::string& name) { return csv_text_field(name); });
    for (const auto& row : table.rows)
        put_row(row, [](const PrintedCell& cell) { return csv_field(cell); });
    return text;
}

std::string json_rows(const PrintedTable& table) {
    std::string text = "[";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        text += r > 0 ? ",\n{" : "\n{";
        for (std::size_t c = 0; c < table.columns.size(); ++c)
            text += (c > 0 ? "," : "") + json_quote(table.columns[c]) + ":" + json_cell(table.rows[r][c]);
        text += '}';
    }
    return text + "\n]\n";
}

} // namespace isoloss
