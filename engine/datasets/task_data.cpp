#include "engine/datasets/task_data.h"

#include "engine/base/json.h"
#include "engine/datasets/choice_rows.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/labelled_rows.h"
#include "engine/datasets/line_reader.h"
#include "engine/datasets/row_format.h"

namespace isoloss {

namespace {

std::string key_of(const rapidjson::Value& row, std::size_t position) {
    for (const char* name : {"pairID", "id", "doc_id"}) {
        if (const auto text = json_string(row, name)) return std::string(*text);
        if (const auto number = json_int(row, name)) return std::to_string(*number);
    }
    return std::to_string(position);
}

Expected<LastWordItem> split_last_word(std::string text, const std::string& file, std::size_t line) {
    text.resize(text.find_last_not_of(" \t\r\n") + 1);
    const std::size_t space = text.find_last_of(" \t\n");
    if (space == std::string::npos || text.find_last_not_of(" \t\r\n", space) == std::string::npos)
        return refuse_row(file, line, "the text has no word before its last one");
    LastWordItem item;
    item.context = text.substr(0, space);
    item.word = " " + text.substr(space + 1);
    return item;
}

Expected<void> add_pair(ChoiceData& data, const rapidjson::Value& row, std::size_t line, const std::string& file,
                        const DatasetDetails& details) {
    ISOLOSS_TRY(std::string good, row_text(row, field_of(details, "good"), file, line));
    ISOLOSS_TRY(std::string bad, row_text(row, field_of(details, "bad"), file, line));
    if (good.empty() || bad.empty()) return refuse_row(file, line, "a sentence is empty");
    ChoiceItem& item = data.items.emplace_back();
    item.key = key_of(row, data.items.size() - 1);
    item.query = json_string(row, "linguistics_term").value_or("");
    item.choices = {good, bad};
    item.contexts = {"", ""};
    item.continuations = {std::move(good), std::move(bad)};
    item.gold = 0;
    return {};
}

} // namespace

Expected<ChoiceData> read_choice_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::multiple_choice, DatasetKind::minimal_pairs}));
    if (*details.reading.kind == DatasetKind::minimal_pairs) {
        ChoiceData data;
        const auto add = [&](const rapidjson::Value& row, std::size_t line) {
            return add_pair(data, row, line, dataset.path, details);
        };
        ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, data.problems));
        return data;
    }
    DatasetProblems problems;
    ChoiceRows items(dataset.path,
                     {field_of(details, "query"), field_of(details, "choices"), field_of(details, "gold")});
    const auto add = [&](const rapidjson::Value& row, std::size_t line) { return items.add(row, line); };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, problems));
    return items.finish(std::move(problems));
}

Expected<LabelledData> read_labelled_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::labelled_text}));
    DatasetProblems problems;
    LabelledRows labelled(dataset.path);
    const std::string text_field = field_of(details, "text");
    std::string label_field = field_of(details, "label");
    const auto add = [&](const rapidjson::Value& row, std::size_t line) -> Expected<void> {
        ISOLOSS_TRY(std::string text, row_text(row, text_field, dataset.path, line));
        const auto* label = row_member(row, label_field);
        const auto* labels = label != nullptr && label->IsObject() ? label : json_member(row, "labels");
        return labelled.add(std::move(text), {label == labels ? nullptr : label, labels}, line);
    };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, problems));
    LabelledData data = labelled.finish();
    data.problems = std::move(problems);
    return data;
}

Expected<LastWordData> read_last_word_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::last_word}));
    LastWordData data;
    const auto keep = [&](LastWordItem item, std::string key) {
        item.key = std::move(key);
        data.items.push_back(std::move(item));
    };
    if (details.format == dataset_format::plain_text) { // a text in each line
        ISOLOSS_TRY(LineReader lines, LineReader::open(dataset.path));
        for (;;) {
            ISOLOSS_TRY(const auto line, lines.next());
            if (!line) break;
            if (line->find_first_not_of(" \t") == line->npos) continue;
            if (auto item = split_last_word(std::string(*line), dataset.path, lines.number()))
                keep(std::move(*item), std::to_string(data.items.size()));
            else
                data.problems.add(item.error());
        }
        if (data.items.empty() && data.problems.count() > 0) return fail(data.problems.first().front());
        return data;
    }
    const bool has_target = details.reading.fields.contains("target");
    const auto add = [&](const rapidjson::Value& row, std::size_t line) -> Expected<void> {
        LastWordItem item;
        if (has_target) {
            ISOLOSS_TRY(item.context, row_text(row, field_of(details, "context"), dataset.path, line));
            ISOLOSS_TRY(const std::string target, row_text(row, field_of(details, "target"), dataset.path, line));
            const std::size_t begin = target.find_first_not_of(' ');
            if (begin == target.npos) return refuse_row(dataset.path, line, "the target is empty");
            item.word = " " + target.substr(begin);
        } else {
            ISOLOSS_TRY(std::string text, row_text(row, field_of(details, "text"), dataset.path, line));
            ISOLOSS_TRY(item, split_last_word(std::move(text), dataset.path, line));
        }
        keep(std::move(item), key_of(row, data.items.size()));
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, row_format(details), add, data.problems));
    return data;
}

} // namespace isoloss
