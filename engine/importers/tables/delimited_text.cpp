#include "engine/importers/tables/delimited_text.h"

#include "engine/base/utf8.h"
#include "engine/importers/tables/cell_number.h"

#include <algorithm>
#include <array>
#include <set>

namespace isoloss {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Fields of each of the first lines, were this the delimiter.
std::vector<std::size_t> field_counts(std::string_view head, char delimiter) {
    constexpr std::size_t enough = 25;
    std::vector<std::size_t> counts;
    std::size_t fields = 1, length = 0;
    bool quoted = false, comment = false;
    for (std::size_t at = 0; at < head.size() && counts.size() < enough; ++at) {
        const char c = head[at];
        if (c == '"') quoted = !quoted;
        if (length == 0) comment = c == '#' && counts.empty();
        if (quoted || (c != '\n' && c != '\r')) {
            if (!quoted && c == delimiter) ++fields;
            ++length;
            continue;
        }
        if (length > 0 && !comment) counts.push_back(fields);
        fields = 1;
        length = 0;
    }
    if (counts.empty() && length > 0) counts.push_back(fields); // nothing but a header
    return counts;
}

} // namespace

char detect_delimiter(std::string_view head) {
    if (head.starts_with(byte_order_mark)) head.remove_prefix(byte_order_mark.size());
    char best = ',';
    double best_share = 0;
    std::size_t best_fields = 1;
    for (const char delimiter : {',', ';', '\t', '|'}) {
        const auto counts = field_counts(head, delimiter);
        if (counts.empty() || counts.front() < 2) continue;
        const auto alike = std::count(counts.begin(), counts.end(), counts.front());
        const double share = static_cast<double>(alike) / static_cast<double>(counts.size());
        if (share < best_share || (share == best_share && counts.front() <= best_fields)) continue;
        best = delimiter;
        best_share = share;
        best_fields = counts.front();
    }
    return best;
}

DelimitedRows::DelimitedRows(const InputFile& file, char delimiter)
    : file_(file), window_(file), delimiter_(delimiter) {
    for (const char c : {delimiter, '\n', '\r', '\0'})
        ends_field_[static_cast<unsigned char>(c)] = true;
}

Error DelimitedRows::stop(std::uint64_t line, ErrorKind kind, std::string reason, std::string remedy) const {
    return {kind, path_text(file_.path()), "line " + std::to_string(line), std::move(reason), std::move(remedy)};
}

Expected<std::unique_ptr<DelimitedRows>> DelimitedRows::open(const InputFile& file, char delimiter) {
    std::unique_ptr<DelimitedRows> rows(new DelimitedRows(file, delimiter));
    ISOLOSS_TRY_VOID(rows->window_.more());
    const std::string_view head = rows->window_.rest();
    if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
        return fail(rows->stop(1, ErrorKind::unsupported, "is UTF-16 text", "Save it as UTF-8"));
    if (head.starts_with(byte_order_mark)) rows->window_.take(byte_order_mark.size());
    TableRow header;
    do {
        ISOLOSS_TRY(const bool row, rows->next_fields(header, most_table_columns + 1));
        if (!row) return fail({ErrorKind::not_found, path_text(file.path()), {}, "has no rows", {}});
    } while (header.cells.front().text.starts_with('#'));
    if (!header.fault.empty())
        return fail(rows->stop(header.line, ErrorKind::damaged, header.fault, "Write the file again"));
    if (rows->fields_ > most_table_columns)
        return fail(rows->stop(header.line, ErrorKind::limit,
                               "has " + std::to_string(rows->fields_) + " columns, more than the 20 000 that are read",
                               "Export the columns that you need"));
    rows->name_columns(header.cells);
    rows->data_offset_ = rows->window_.offset();
    rows->data_line_ = rows->line_;
    return rows;
}

void DelimitedRows::name_columns(const std::vector<TableCell>& cells) {
    std::set<std::string, std::less<>> taken;
    for (const TableCell& cell : cells)
        taken.emplace(without_spaces(cell.text));
    std::set<std::string, std::less<>> used;
    for (const TableCell& cell : cells) {
        const std::string number = std::to_string(columns_.size() + 1);
        std::string name = valid_utf8(without_spaces(cell.text));
        const std::string written = name;
        if (name.empty()) name = "column " + number;
        const std::string base = name;
        for (int copy = 2; used.contains(name) || (name != written && taken.contains(name)); ++copy)
            name = base + " (" + std::to_string(copy) + ")";
        if (written.empty())
            remarks_.push_back("column " + number + " has no name and is called \"" + name + "\"");
        else if (name != written)
            remarks_.push_back("column " + number + " is another \"" + written + "\" and is called \"" + name + "\"");
        used.insert(name);
        columns_.push_back(std::move(name));
    }
}

void DelimitedRows::go_to(std::uint64_t offset, std::uint64_t line) {
    window_.go_to(offset == 0 ? data_offset_ : offset);
    line_ = offset == 0 ? data_line_ : line;
}

Expected<bool> DelimitedRows::next(TableRow& row) {
    ISOLOSS_TRY(const bool any, next_fields(row, columns_.size()));
    if (any && row.fault.empty() && fields_ != columns_.size())
        row.fault = "has " + std::to_string(fields_) + " fields instead of the " + std::to_string(columns_.size()) +
                    " of the "
                    "header";
    return any;
}

Expected<bool> DelimitedRows::next_fields(TableRow& row, std::size_t most_cells) {
    for (;;) {
        ISOLOSS_TRY(const Scan scan, scan_row(row, most_cells));
        if (scan == Scan::row) return true;
        if (scan == Scan::blank) continue;
        if (window_.rest().size() > most_row_bytes)
            return fail(stop(line_, ErrorKind::limit, "has more than 16 MB", "Check that it is the right file"));
        ISOLOSS_TRY(const bool more, window_.more());
        if (!more && window_.rest().empty()) return false;
    }
}

// One row from the beginning of what is not taken yet; incomplete when its end has not been read.
Expected<DelimitedRows::Scan> DelimitedRows::scan_row(TableRow& row, std::size_t most_cells) {
    const std::string_view text = window_.rest();
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* at = begin;
    row.cells.clear();
    row.fault.clear();
    row.begin = window_.offset();
    row.line = line_;
    row.terminated = true;
    fields_ = 0;
    unquoted_used_ = 0;
    std::uint64_t lines = 0; // ends inside quotes
    bool rewritten = false;  // the last field
    const auto add = [&](std::string_view field) {
        if (fields_ < most_cells) row.cells.push_back({static_cast<std::uint32_t>(fields_), {}, field});
        ++fields_;
    };
    for (;;) {
        const char* field = at;
        rewritten = false;
        if (at < end && *at == '"') {
            const char* last = nullptr; // behind the closing quote
            for (++at; at < end;) {
                const char c = *at++;
                if (c == '\n' || (c == '\r' && (at == end || *at != '\n'))) ++lines;
                if (c == '\0')
                    return fail(stop(line_ + lines, ErrorKind::unsupported, "has NUL bytes: it is no text, or UTF-16",
                                     "Save it as UTF-8 text"));
                if (c != '"') continue;
                if (at < end && *at == '"') {
                    ++at;
                    continue;
                }
                last = at;
                break;
            }
            if (static_cast<std::size_t>(at - field) > most_field_bytes)
                return fail(stop(line_, ErrorKind::limit,
                                 "has a quoted field of more than 1 MB: its closing quote is missing",
                                 "Repair the quotes and import again"));
            if (last == nullptr) {
                if (!window_.at_end()) return Scan::incomplete;
                row.fault = "has a quote that is never closed";
            }
            rewritten = true;
        }
        while (at < end && !ends_field_[static_cast<unsigned char>(*at)])
            ++at;
        const std::string_view raw(field, static_cast<std::size_t>(at - field));
        if (at < end && *at == '\0')
            return fail(stop(line_ + lines, ErrorKind::unsupported, "has NUL bytes: it is no text, or UTF-16",
                             "Save it as UTF-8 text"));
        // A CR at the end of what is read may be half of a CRLF.
        const bool cut = at == end || (*at == '\r' && at + 1 == end);
        if (cut && !window_.at_end()) return Scan::incomplete;
        add(rewritten ? unquoted(raw) : raw);
        if (at == end) {
            row.terminated = false;
            break;
        }
        if (*at == delimiter_) {
            ++at;
            continue;
        }
        at += *at == '\r' && at + 1 < end && at[1] == '\n' ? 2 : 1;
        ++lines;
        break;
    }
    const bool blank = fields_ == 1 && row.cells.front().text.empty() && !rewritten;
    if (blank && at == begin) return Scan::incomplete; // nothing left
    window_.take(static_cast<std::size_t>(at - begin));
    row.end = window_.offset();
    line_ += lines;
    return blank ? Scan::blank : Scan::row;
}

// A field that begins with a quote: without its quotes, doubled ones once.
std::string_view DelimitedRows::unquoted(std::string_view quoted) {
    const std::string_view inner = quoted.substr(1);
    const std::size_t first = inner.find('"');
    if (first == inner.npos) return inner;
    if (first + 1 == inner.size()) return inner.substr(0, first);
    if (unquoted_used_ == unquoted_.size()) unquoted_.emplace_back();
    std::string& text = unquoted_[unquoted_used_++];
    text.clear();
    bool open = true;
    for (std::size_t at = 0; at < inner.size(); ++at) {
        const bool quote = open && inner[at] == '"';
        if (quote && at + 1 < inner.size() && inner[at + 1] == '"')
            text += inner[at++];
        else if (quote)
            open = false;
        else
            text += inner[at];
    }
    return text;
}

} // namespace isoloss
