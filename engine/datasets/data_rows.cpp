#include "engine/datasets/data_rows.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/datasets/line_reader.h"

#include <cmath>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr JsonLimits line_limits{LineReader::longest_line + 1, 100};
constexpr std::size_t most_columns = 20'000;

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n") == line.npos;
}

Expected<rapidjson::Document> parse_line(std::string_view line, std::size_t number, const std::string& file) {
    auto row = parse_json(line, file, line_limits);
    if (!row) {
        Error error = row.error();
        error.place =
            "line " + std::to_string(number) + (error.place.starts_with("line 1, ") ? error.place.substr(6) : "");
        return fail(std::move(error));
    }
    if (!row->IsObject()) return refuse_row(file, number, "is not a JSON object", "Write one object in a line");
    return std::move(*row);
}

/// The rows of one file in either format.
class RowReader {
public:
    static Expected<RowReader> open(const fs::path& file, RowFormat format) {
        ISOLOSS_TRY(LineReader lines, LineReader::open(file));
        RowReader reader(std::move(lines), file, format);
        if (format == RowFormat::separated) {
            ISOLOSS_TRY(const auto line, reader.next_line());
            if (!line)
                return fail({ErrorKind::damaged, reader.file_, {}, "has no rows", "Check that it is the right file"});
            ISOLOSS_TRY(reader.columns_, split_cells(*line, reader.separator_));
        }
        return reader;
    }

    /// The next line that is not blank; nothing at the end.
    Expected<std::optional<std::string_view>> next_line() {
        for (;;) {
            ISOLOSS_TRY(const auto line, lines_.next());
            if (!line || !is_blank(*line)) return line;
        }
    }

    Expected<rapidjson::Document> row_of(std::string_view line) const {
        if (format_ == RowFormat::json_lines) return parse_line(line, number(), file_);
        auto cells = split_cells(line, separator_);
        if (!cells) return refuse_row(file_, number(), cells.error().reason);
        if (format_ == RowFormat::separated && cells->size() != columns_.size())
            return refuse_row(file_, number(),
                              "has " + std::to_string(cells->size()) + " cells, the columns are " +
                                  std::to_string(columns_.size()));
        rapidjson::Document row(rapidjson::kObjectType);
        auto& memory = row.GetAllocator();
        const auto text = [&](std::string_view one) {
            return rapidjson::Value(one.data(), static_cast<rapidjson::SizeType>(one.size()), memory);
        };
        for (std::size_t i = 0; i < cells->size(); ++i) {
            const std::string& cell = (*cells)[i];
            rapidjson::Value value;
            if (const auto whole = parse_int(cell))
                value.SetInt64(*whole);
            else if (const auto number = parse_double(cell))
                value.SetDouble(*number);
            else
                value = text(valid_utf8(cell));
            row.AddMember(text(format_ == RowFormat::separated ? columns_[i] : std::to_string(i + 1)), value, memory);
        }
        return row;
    }

    std::size_t number() const { return lines_.number(); }

private:
    RowReader(LineReader lines, const fs::path& file, RowFormat format)
        : lines_(std::move(lines)), file_(path_text(file)), format_(format), separator_(separator_of(file)) {}

    LineReader lines_;
    std::string file_;
    RowFormat format_;
    char separator_;
    std::vector<std::string> columns_;
};

} // namespace

Expected<void> for_each_row(const fs::path& file, RowFormat format, const RowFunction& function,
                            DatasetProblems& problems) {
    ISOLOSS_TRY(RowReader rows, RowReader::open(file, format));
    bool any = false;
    for (;;) {
        ISOLOSS_TRY(const auto line, rows.next_line());
        if (!line) break;
        const auto row = rows.row_of(*line);
        if (!row) {
            problems.add(row.error());
            continue;
        }
        if (auto taken = function(*row, rows.number()))
            any = true;
        else if (taken.error().kind == ErrorKind::damaged)
            problems.add(std::move(taken).error());
        else
            return taken;
    }
    if (!any && problems.count() > 0) return fail(problems.first().front());
    return {};
}

Expected<rapidjson::Document> first_row(const fs::path& file, RowFormat format) {
    ISOLOSS_TRY(RowReader rows, RowReader::open(file, format));
    ISOLOSS_TRY(const auto line, rows.next_line());
    if (!line) return fail({ErrorKind::damaged, path_text(file), {}, "has no rows", "Check that it is the right file"});
    return rows.row_of(*line);
}

Expected<std::vector<std::string>> split_cells(std::string_view line, char separator) {
    std::vector<std::string> cells;
    std::size_t at = 0;
    for (;;) {
        if (cells.size() == most_columns)
            return fail(ErrorKind::limit, "has more than " + std::to_string(most_columns) + " columns");
        std::string& cell = cells.emplace_back();
        if (at < line.size() && line[at] == '"') {
            for (++at;; ++at) {
                const std::size_t quote = line.find('"', at);
                if (quote == line.npos) return fail(ErrorKind::damaged, "a quote is not closed within the line");
                cell.append(line, at, quote - at);
                at = quote + 1;
                if (at >= line.size() || line[at] != '"') break;
                cell += '"';
            }
        }
        const std::size_t end = std::min(line.find(separator, at), line.size());
        cell.append(line, at, end - at);
        if (end == line.size()) return cells;
        at = end + 1;
    }
}

char separator_of(const fs::path& file) {
    return file.filename().string().find(".tsv") == std::string::npos ? ',' : '\t';
}

const rapidjson::Value* row_member(const rapidjson::Value& row, std::string_view name) {
    if (const auto* member = json_member(row, name)) return member;
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return nullptr;
    const auto* outer = json_member(row, name.substr(0, dot));
    return outer != nullptr && outer->IsObject() ? row_member(*outer, name.substr(dot + 1)) : nullptr;
}

Expected<std::string> row_text(const rapidjson::Value& row, std::string_view name, const std::string& file,
                               std::size_t line) {
    const auto* member = row_member(row, name);
    if (member == nullptr || !member->IsString())
        return refuse_row(file, line, "the field " + json_quote(name) + " is missing or not a string");
    return std::string(json_view(*member));
}

tl::unexpected<Error> refuse_row(const std::string& file, std::size_t line, std::string reason, std::string remedy) {
    return fail({ErrorKind::damaged, file, "line " + std::to_string(line), std::move(reason), std::move(remedy)});
}

} // namespace isoloss
