#include "engine/importers/tables/json_lines.h"

#include "engine/importers/tables/cell_number.h"

namespace isoloss {

void JsonLineRows::go_to(std::uint64_t offset, std::uint64_t line) {
    window_.go_to(offset);
    line_ = offset == 0 ? 1 : line;
}

Expected<bool> JsonLineRows::next(TableRow& row) {
    for (;;) {
        std::string_view text = window_.rest();
        std::size_t length = text.find('\n');
        while (length == text.npos && !window_.at_end()) {
            if (text.size() > most_row_bytes) return step_over(row);
            ISOLOSS_TRY_VOID(window_.more());
            const std::size_t searched = text.size();
            text = window_.rest();
            length = text.find('\n', searched);
        }
        if (text.empty()) return false;
        row.begin = window_.offset();
        row.line = line_;
        row.terminated = length != text.npos;
        std::string_view line = text.substr(0, length);
        window_.take(row.terminated ? length + 1 : text.size());
        row.end = window_.offset();
        if (row.terminated) ++line_;
        if (row.begin == 0 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (without_spaces(line).empty()) {
            if (!row.terminated) return false;
            continue;
        }
        row.fault.clear();
        if (line.size() > most_row_bytes)
            row.fault = "has more than 16 MB";
        else
            parser_.parse(line, row.cells, row.fault);
        return true;
    }
}

Expected<bool> JsonLineRows::step_over(TableRow& row) {
    row.begin = window_.offset();
    row.line = line_;
    row.cells.clear();
    row.fault = "has more than 16 MB";
    std::size_t length = 0;
    while ((length = window_.rest().find('\n')) == std::string_view::npos) {
        window_.take(window_.rest().size());
        ISOLOSS_TRY(const bool more, window_.more());
        if (!more) break;
    }
    row.terminated = length != std::string_view::npos;
    window_.take(row.terminated ? length + 1 : window_.rest().size());
    row.end = window_.offset();
    if (row.terminated) ++line_;
    return true;
}

std::vector<std::string> JsonLineRows::warnings() const {
    std::vector<std::string> texts = parser_.mends.warnings();
    if (parser_.excess_keys > 0)
        texts.push_back(std::to_string(parser_.excess_keys) +
                        " members beyond the 20 000 keys that are read were left out");
    return texts;
}

} // namespace isoloss
