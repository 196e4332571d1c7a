#include "engine/datasets/dataset.h"

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/datasets/choice_rows.h"
#include "engine/datasets/dataset_name.h"
#include "engine/datasets/labelled_rows.h"
#include "engine/datasets/line_reader.h"

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_text = 2ull << 30; ///< uncompressed
constexpr JsonLimits line_limits{LineReader::longest_line + 1, 100};

enum class Content { plain_text, json_text, labelled_text, choices };

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n") == line.npos;
}

tl::unexpected<Error> refuse(ErrorKind kind, const fs::path& file, std::string place, std::string reason,
                             std::string remedy) {
    return fail({kind, path_text(file), std::move(place), std::move(reason), std::move(remedy)});
}

tl::unexpected<Error> refuse_size(const fs::path& file) {
    return refuse(ErrorKind::limit, file, {}, "has more than " + std::to_string(largest_text) + " bytes of text",
                  "Measure on a part of it");
}

std::string line_place(std::size_t number) {
    return "line " + std::to_string(number);
}

Expected<rapidjson::Document> parse_line(std::string_view line, std::size_t number, const fs::path& file) {
    auto row = parse_json(line, path_text(file), line_limits);
    if (!row) {
        Error error = row.error();
        error.place = line_place(number) + (error.place.starts_with("line 1, ") ? error.place.substr(6) : "");
        return fail(std::move(error));
    }
    if (!row->IsObject())
        return refuse(ErrorKind::damaged, file, line_place(number), "is not a JSON object",
                      "Write one object in a line");
    return std::move(*row);
}

bool is_labelled(const rapidjson::Value& row) {
    const auto* labels = json_member(row, "labels");
    return json_member(row, "label") != nullptr || (labels != nullptr && labels->IsObject());
}

/// The objects of a file of JSON lines.
class JsonRows {
public:
    static Expected<JsonRows> open(const fs::path& file) {
        ISOLOSS_TRY(LineReader lines, LineReader::open(file));
        return JsonRows(std::move(lines), file);
    }

    /// The row of the next line that is not blank; nothing at the end.
    Expected<std::optional<rapidjson::Document>> next() {
        for (;;) {
            ISOLOSS_TRY(const auto line, lines_.next());
            if (!line) return std::nullopt;
            if (is_blank(*line)) continue;
            ISOLOSS_TRY(rapidjson::Document row, parse_line(*line, lines_.number(), file_));
            return std::optional(std::move(row));
        }
    }

    std::size_t line() const { return lines_.number(); } ///< of the last row

    /// The row's text; fails when there is none, and over the limit of all texts together.
    Expected<std::string> text_of(const rapidjson::Value& row) {
        const auto text = json_string(row, "text");
        if (!text)
            return refuse(ErrorKind::damaged, file_, line_place(line()),
                          "the field \"text\" is missing or not a string", "Correct or remove this line");
        size_ += text->size();
        if (size_ > largest_text) return refuse_size(file_);
        return std::string(*text);
    }

private:
    JsonRows(LineReader lines, fs::path file) : lines_(std::move(lines)), file_(std::move(file)) {}

    LineReader lines_;
    fs::path file_;
    std::uint64_t size_ = 0; ///< of the texts
};

// The first line that is not blank decides.
Expected<Content> content_of(const fs::path& file) {
    ISOLOSS_TRY(LineReader lines, LineReader::open(file));
    for (;;) {
        ISOLOSS_TRY(const auto line, lines.next());
        if (!line) return refuse(ErrorKind::damaged, file, {}, "has no text", "Check that it is the right file");
        if (is_blank(*line)) continue;
        if (line->find('\0') != line->npos)
            return refuse(ErrorKind::unsupported, file, line_place(lines.number()),
                          "contains zero bytes; it is a binary file or UTF-16",
                          "Save it as UTF-8 text or as JSON lines");
        const std::string name = file.filename().string();
        const bool named_json = name.find(".json") != name.npos;
        if (!line->starts_with('{') && !named_json) return Content::plain_text;
        const auto row = parse_line(*line, lines.number(), file);
        if (!row && !named_json) return Content::plain_text;
        if (!row) return fail(row.error());
        if (json_member(*row, "request") != nullptr || json_member(*row, "choices") != nullptr ||
            json_member(*row, "gold") != nullptr)
            return Content::choices;
        if (json_member(*row, "text") != nullptr)
            return is_labelled(*row) ? Content::labelled_text : Content::json_text;
        if (!named_json) return Content::plain_text;
        return refuse(ErrorKind::unsupported, file, line_place(lines.number()),
                      "has neither \"text\" nor \"query\", \"choices\" and \"gold\" nor \"request\"",
                      "Rename the fields, or name a file of one of these forms");
    }
}

} // namespace

Expected<DatasetRecord> describe_dataset(const fs::path& file) {
    ISOLOSS_TRY(const Content content, content_of(file));
    DatasetRecord record;
    record.name = dataset_name(file);
    record.kind = content == Content::choices         ? DatasetKind::multiple_choice
                  : content == Content::labelled_text ? DatasetKind::labelled_text
                                                      : DatasetKind::text;
    record.path = path_text(file);
    ISOLOSS_TRY(const InputFile input, InputFile::open(file));
    ContentHasher hasher;
    std::vector<std::byte> block(1u << 20);
    std::uint64_t offset = 0;
    for (;;) {
        ISOLOSS_TRY(const std::size_t count, input.read_some(offset, block));
        if (count == 0) break;
        hasher.update(std::span(block).first(count));
        offset += count;
    }
    record.hash = hasher.hex();
    record.bytes = static_cast<std::int64_t>(offset);
    return record;
}

Expected<TextData> read_text_data(const fs::path& file) {
    ISOLOSS_TRY(const Content content, content_of(file));
    if (content == Content::choices)
        return refuse(ErrorKind::usage, file, {}, "is a multiple-choice task, not text",
                      "Measure acc or acc_norm on it");
    TextData data;
    if (content == Content::plain_text) {
        ISOLOSS_TRY(TextStream stream, TextStream::open(file));
        std::string& text = data.documents.emplace_back();
        for (bool more = true; more;) {
            ISOLOSS_TRY(more, stream.read_block(text));
            if (text.size() > largest_text) return refuse_size(file);
        }
        return data;
    }
    ISOLOSS_TRY(JsonRows rows, JsonRows::open(file));
    for (;;) {
        ISOLOSS_TRY(const auto row, rows.next());
        if (!row) return data;
        ISOLOSS_TRY(data.documents.emplace_back(), rows.text_of(*row));
    }
}

Expected<ChoiceData> read_choice_data(const fs::path& file) {
    ISOLOSS_TRY(JsonRows rows, JsonRows::open(file));
    ChoiceRows items(path_text(file));
    for (;;) {
        ISOLOSS_TRY(const auto row, rows.next());
        if (!row) return items.finish();
        ISOLOSS_TRY_VOID(items.add(*row, rows.line()));
    }
}

Expected<LabelledData> read_labelled_data(const fs::path& file) {
    ISOLOSS_TRY(JsonRows rows, JsonRows::open(file));
    LabelledRows labelled(path_text(file));
    for (;;) {
        ISOLOSS_TRY(const auto row, rows.next());
        if (!row) return labelled.finish();
        ISOLOSS_TRY(std::string text, rows.text_of(*row));
        ISOLOSS_TRY_VOID(labelled.add(std::move(text), *row, rows.line()));
    }
}

std::string_view dataset_kind_words(DatasetKind kind) {
    switch (kind) {
    case DatasetKind::text:
        return "text";
    case DatasetKind::multiple_choice:
        return "multiple choice";
    case DatasetKind::labelled_text:
        return "labelled text";
    }
    return "text";
}

} // namespace isoloss
