#include "engine/datasets/dataset_detection.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/datasets/array_detection.h"
#include "engine/datasets/data_rows.h"
#include "engine/datasets/idx.h"
#include "engine/datasets/line_reader.h"
#include "engine/datasets/npy.h"
#include "engine/datasets/png_image.h"
#include "engine/datasets/row_fields.h"

#include <algorithm>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes = 64u << 10;

tl::unexpected<Error> refuse(ErrorKind kind, const fs::path& file, std::string place, std::string reason,
                             std::string remedy) {
    return fail({kind, path_text(file), std::move(place), std::move(reason), std::move(remedy)});
}

/// The first bytes of a file, unpacked.
Expected<std::string> head_of(const fs::path& file) {
    ISOLOSS_TRY(TextStream stream, TextStream::open(file));
    std::string head;
    for (bool more = true; more && head.size() < head_bytes;) {
        ISOLOSS_TRY(more, stream.read_block(head));
    }
    head.resize(std::min(head.size(), head_bytes));
    return head;
}

std::string name_without_gz(const fs::path& file) {
    std::string name = file.filename().string();
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    return name;
}

bool is_bytes(std::string_view head) {
    if (head.find('\0') != head.npos) return true;
    // The head may end in the middle of a character.
    for (std::size_t cut = 0; cut < 4 && cut <= head.size(); ++cut)
        if (is_valid_utf8(head.substr(0, head.size() - cut))) return false;
    return true;
}

class TextDetection {
public:
    TextDetection(const fs::path& path, DatasetDetails& details) : path_(path), details_(details) {}

    Expected<void> run() {
        ISOLOSS_TRY(const auto line, first_line());
        const std::string name = name_without_gz(path_);
        const bool named_json = name.find(".json") != name.npos;
        if (!details_.said.files.empty()) return two_files();
        if (line.starts_with('{') || named_json) {
            auto row = first_row(path_, RowFormat::json_lines);
            if (row) return rows(*row, dataset_format::json_lines, named_json);
            if (named_json) return fail(row.error());
        }
        if (name.ends_with(".csv") || name.ends_with(".tsv")) {
            ISOLOSS_TRY(const bool is_table, separated_values(line));
            if (is_table) return {};
        }
        return plain_text();
    }

private:
    Expected<std::string> first_line() const {
        ISOLOSS_TRY(LineReader lines, LineReader::open(path_));
        for (;;) {
            ISOLOSS_TRY(const auto line, lines.next());
            if (!line) return refuse(ErrorKind::damaged, path_, {}, "has no text", "Check that it is the right file");
            if (line->find_first_not_of(" \t\r\n") == line->npos) continue;
            if (line->find('\0') != line->npos)
                return refuse(ErrorKind::unsupported, path_, "line " + std::to_string(lines.number()),
                              "contains zero bytes; it is a binary file or UTF-16",
                              "Save it as UTF-8 text or as JSON lines, or say that it holds tokens");
            return std::string(*line);
        }
    }

    /// `must`: the name promises rows, so that they may not be taken for plain text.
    Expected<void> rows(const rapidjson::Value& row, std::string_view format, bool must) {
        const auto guess = guess_row(row);
        DatasetOptions& reading = details_.reading;
        if (!reading.kind && !guess) {
            if (!must && reading.fields.empty()) return plain_text();
            return refuse(ErrorKind::unsupported, path_, "line 1",
                          "has neither \"text\" nor \"query\", \"choices\" and \"gold\" nor \"request\" nor the fields "
                          "of another kind of data",
                          "Rename the fields, or say which kind of data it is and which field is which");
        }
        details_.format = format;
        if (!reading.kind) {
            reading.kind = guess->kind;
            details_.notes.push_back("taken as " + std::string(dataset_kind_name(guess->kind)) +
                                     " by the fields of the first row");
        }
        if (*reading.kind == DatasetKind::text && !guess && reading.fields.empty()) return {};
        if (guess && guess->kind == *reading.kind && reading.fields.empty()) {
            reading.fields = guess->fields;
        } else {
            auto fields = fields_for(*reading.kind, row, reading.fields);
            if (!fields) {
                Error error = fields.error();
                error.file = path_text(path_);
                return fail(std::move(error));
            }
            reading.fields = std::move(*fields);
        }
        note_fields();
        note_doubts(row);
        return {};
    }

    void note_fields() {
        for (const auto& [role, name] : details_.reading.fields)
            if (role != name && !details_.said.fields.contains(role))
                details_.notes.push_back("the " + role + " is the field " + json_quote(name));
    }

    void note_doubts(const rapidjson::Value& row) {
        if (details_.said.kind) return;
        const auto label = json_int(row, "label");
        if (*details_.reading.kind == DatasetKind::labelled_text && label && (*label == 0 || *label == 1))
            details_.notes.emplace_back("labels 0 and 1 may also say what was in the training data: then say that it "
                                        "is membership");
        std::string name = path_text(path_);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (*details_.reading.kind == DatasetKind::text && name.find("lambada") != name.npos) {
            details_.reading.kind = DatasetKind::last_word;
            details_.notes.emplace_back("taken as a last-word task by the word lambada in its path");
        }
    }

    Expected<bool> separated_values(const std::string& line) {
        const char separator = separator_of(path_);
        const auto cells = split_cells(line, separator);
        if (!cells || cells->size() < 2) return false;
        auto row = first_row(path_, RowFormat::separated_no_names);
        if (!row) return false;
        const auto& members = row->GetObject();
        const bool has_names =
            std::none_of(members.begin(), members.end(), [](const auto& member) { return member.value.IsNumber(); });
        auto named = has_names ? first_row(path_, RowFormat::separated) : std::move(row);
        if (has_names && named && (details_.reading.kind || guess_row(*named))) {
            const bool numbers = details_.reading.kind == DatasetKind::embeddings;
            if (numbers) return as_numbers(true);
            ISOLOSS_TRY_VOID(rows(*named, dataset_format::separated, true));
            return true;
        }
        const bool all_numbers = named && std::any_of(named->MemberBegin(), named->MemberEnd(),
                                                      [](const auto& member) { return member.value.IsDouble(); });
        if (all_numbers || details_.reading.kind == DatasetKind::embeddings) return as_numbers(has_names);
        const bool pairs = separator == '\t' && cells->size() == 2;
        if (!pairs || (details_.reading.kind && details_.reading.kind != DatasetKind::parallel_text)) return false;
        details_.format = dataset_format::separated_no_names;
        details_.reading.kind = DatasetKind::parallel_text;
        details_.reading.fields = {{"source", "1"}, {"target", "2"}};
        details_.notes.emplace_back("taken as parallel text: two columns separated by tabs, without names");
        return true;
    }

    Expected<bool> as_numbers(bool has_names) {
        details_.format = has_names ? dataset_format::separated : dataset_format::separated_no_names;
        if (!details_.reading.kind) {
            details_.reading.kind = DatasetKind::embeddings;
            details_.notes.emplace_back("taken as embeddings: a table of numbers, a row for each");
        }
        if (has_names && !details_.reading.fields.contains("label")) {
            ISOLOSS_TRY(const auto row, first_row(path_, RowFormat::separated));
            for (const char* name : {"label", "class", "target", "y"})
                if (json_member(row, name) != nullptr) {
                    details_.reading.fields.emplace("label", name);
                    details_.notes.push_back("the label is the column " + json_quote(name));
                    break;
                }
        }
        return true;
    }

    Expected<void> two_files() {
        DatasetOptions& reading = details_.reading;
        if (!reading.kind || (*reading.kind != DatasetKind::parallel_text && *reading.kind != DatasetKind::membership))
            return refuse(ErrorKind::usage, path_, {}, "is text and has a second file, which means nothing by itself",
                          "Say whether they are parallel_text or membership (those that were in the training data "
                          "first)");
        if (reading.files.size() != 1)
            return refuse(ErrorKind::usage, path_, {}, "has more than one second file", "Name one");
        details_.format = dataset_format::two_texts;
        return {};
    }

    Expected<void> plain_text() {
        DatasetOptions& reading = details_.reading;
        if (reading.kind && *reading.kind != DatasetKind::text && *reading.kind != DatasetKind::last_word)
            return refuse(ErrorKind::usage, path_, {},
                          "is plain text and cannot be read as " + std::string(dataset_kind_name(*reading.kind)),
                          "Give it as JSON lines, or leave out the kind");
        details_.format = dataset_format::plain_text;
        if (!reading.kind) reading.kind = DatasetKind::text;
        return {};
    }

    const fs::path& path_;
    DatasetDetails& details_;
};

} // namespace

Expected<DatasetDetails> detect_dataset(const fs::path& path, const DatasetOptions& said) {
    DatasetDetails details;
    details.said = details.reading = said;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        ISOLOSS_TRY_VOID(detect_picture_folders(path, details));
        return details;
    }
    ISOLOSS_TRY(const std::string head, head_of(path));
    if (head.starts_with(png_magic))
        return refuse(ErrorKind::unsupported, path, {}, "is a single picture",
                      "Name the folder that has a folder of pictures for each class");
    const bool raw = said.kind == DatasetKind::tokens || !said.token_type.empty() ||
                     (name_without_gz(path).ends_with(".bin") && is_bytes(head));
    if (head.starts_with(npy_magic)) {
        ISOLOSS_TRY_VOID(detect_npy(path, details));
    } else if (head.starts_with("PK\x03\x04")) {
        ISOLOSS_TRY_VOID(detect_npz(path, details));
    } else if (begins_as_idx(head) && !raw) {
        ISOLOSS_TRY_VOID(detect_idx(path, details));
    } else if (raw) {
        ISOLOSS_TRY_VOID(detect_raw_tokens(path, details));
    } else {
        ISOLOSS_TRY_VOID(TextDetection(path, details).run());
    }
    return details;
}

} // namespace isoloss
