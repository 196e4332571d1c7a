#include "engine/datasets/text_data.h"

#include "engine/base/json.h"
#include "engine/datasets/data_rows.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/line_reader.h"
#include "engine/datasets/row_format.h"

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_text = 2ull << 30; ///< uncompressed

/// Counts what has been read against the limit.
class TextBudget {
public:
    explicit TextBudget(std::string file) : file_(std::move(file)) {}

    Expected<void> add(std::size_t bytes) {
        size_ += bytes;
        if (size_ <= largest_text) return {};
        return fail({ErrorKind::limit,
                     file_,
                     {},
                     "has more than " + std::to_string(largest_text) + " bytes of text",
                     "Measure on a part of it"});
    }

private:
    std::string file_;
    std::uint64_t size_ = 0;
};

Expected<std::string> whole_text(const fs::path& file) {
    ISOLOSS_TRY(TextStream stream, TextStream::open(file));
    TextBudget budget(path_text(file));
    std::string text;
    for (bool more = true; more;) {
        const std::size_t before = text.size();
        ISOLOSS_TRY(more, stream.read_block(text));
        ISOLOSS_TRY_VOID(budget.add(text.size() - before));
    }
    return text;
}

Expected<std::vector<std::string>> lines_of(const fs::path& file) {
    ISOLOSS_TRY(LineReader reader, LineReader::open(file));
    TextBudget budget(path_text(file));
    std::vector<std::string> lines;
    for (;;) {
        ISOLOSS_TRY(const auto line, reader.next());
        if (!line) return lines;
        ISOLOSS_TRY_VOID(budget.add(line->size()));
        lines.emplace_back(*line);
    }
}

Expected<bool> truth_of(const rapidjson::Value& row, const std::string& name, const std::string& file,
                        std::size_t line) {
    const auto* label = row_member(row, name);
    if (label != nullptr && label->IsBool()) return label->GetBool();
    if (label != nullptr && label->IsInt64() && (label->GetInt64() == 0 || label->GetInt64() == 1))
        return label->GetInt64() == 1;
    return refuse_row(file, line,
                      "the field " + json_quote(name) +
                          " is missing or neither 1 (was in the training data) nor 0 (was not)");
}

} // namespace

Expected<TextData> read_text_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(
        expect_kind(dataset, details, {DatasetKind::text, DatasetKind::labelled_text, DatasetKind::membership}));
    TextData data;
    if (details.format == dataset_format::plain_text) {
        ISOLOSS_TRY(data.documents.emplace_back(), whole_text(dataset.path));
        return data;
    }
    if (details.format == dataset_format::two_texts) {
        ISOLOSS_TRY(MembershipData members, read_membership_data(dataset));
        return TextData{std::move(members.texts), std::move(members.problems)};
    }
    TextBudget budget(dataset.path);
    const std::string name = field_of(details, "text");
    const auto add = [&](const rapidjson::Value& row, std::size_t line) -> Expected<void> {
        ISOLOSS_TRY(std::string text, row_text(row, name, dataset.path, line));
        ISOLOSS_TRY_VOID(budget.add(text.size()));
        data.documents.push_back(std::move(text));
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, data.problems));
    return data;
}

Expected<MembershipData> read_membership_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::membership}));
    MembershipData data;
    if (details.format == dataset_format::two_texts) {
        for (const bool is_member : {true, false}) {
            const fs::path file = is_member ? dataset.path : details.reading.files.front();
            DatasetOptions as_text;
            as_text.kind = DatasetKind::text;
            ISOLOSS_TRY(const DatasetDetails of_file, detect_dataset(file, as_text));
            std::vector<std::string> texts;
            if (of_file.format == dataset_format::plain_text) { // a text in each line
                ISOLOSS_TRY(texts, lines_of(file));
                std::erase_if(texts, [](const std::string& text) { return text.empty(); });
            } else {
                DatasetRecord record;
                record.path = path_text(file);
                record.details = of_file.json();
                ISOLOSS_TRY(TextData rows, read_text_data(record));
                for (const Error& problem : rows.problems.first())
                    data.problems.add(problem);
                texts = std::move(rows.documents);
            }
            for (std::string& text : texts) {
                data.texts.push_back(std::move(text));
                data.is_member.push_back(is_member);
            }
        }
        return data;
    }
    TextBudget budget(dataset.path);
    const std::string text_field = field_of(details, "text"), label_field = field_of(details, "label");
    const auto add = [&](const rapidjson::Value& row, std::size_t line) -> Expected<void> {
        ISOLOSS_TRY(std::string text, row_text(row, text_field, dataset.path, line));
        ISOLOSS_TRY(const bool is_member, truth_of(row, label_field, dataset.path, line));
        ISOLOSS_TRY_VOID(budget.add(text.size()));
        data.texts.push_back(std::move(text));
        data.is_member.push_back(is_member);
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, data.problems));
    return data;
}

Expected<ParallelData> read_parallel_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::parallel_text}));
    ParallelData data;
    if (details.format == dataset_format::two_texts) {
        ISOLOSS_TRY(data.source, lines_of(dataset.path));
        ISOLOSS_TRY(data.target, lines_of(details.reading.files.front()));
        if (data.source.size() != data.target.size())
            return fail({ErrorKind::damaged,
                         details.reading.files.front(),
                         {},
                         "has " + std::to_string(data.target.size()) + " lines, " + dataset.path + " has " +
                             std::to_string(data.source.size()),
                         "Give two files with as many lines"});
        return data;
    }
    TextBudget budget(dataset.path);
    const std::string source = field_of(details, "source"), target = field_of(details, "target");
    const auto add = [&](const rapidjson::Value& row, std::size_t line) -> Expected<void> {
        ISOLOSS_TRY(std::string first, row_text(row, source, dataset.path, line));
        ISOLOSS_TRY(std::string second, row_text(row, target, dataset.path, line));
        ISOLOSS_TRY_VOID(budget.add(first.size() + second.size()));
        data.source.push_back(std::move(first));
        data.target.push_back(std::move(second));
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, data.problems));
    return data;
}

} // namespace isoloss
