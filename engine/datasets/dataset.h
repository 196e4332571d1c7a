#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Documents of a text data set, raw UTF-8. A .txt file is one document; JSON lines give one document a line (`text`).
/// Either may be compressed with gzip.
struct TextData {
    std::vector<std::string> documents;
};

/// One multiple-choice item: the context, the continuations exactly as they are appended to it (leading space
/// included), and the right one.
struct ChoiceItem {
    std::string key; ///< stable id within the file
    std::string query;
    std::vector<std::string> choices;  ///< for display and for acc_norm: without the leading space
    std::vector<std::string> contexts; ///< one per choice; all equal for most tasks
    std::vector<std::string> continuations;
    std::optional<int> gold;
};

struct ChoiceData {
    std::vector<ChoiceItem> items;
};

/// Labels of one name, the class of each row.
struct LabelColumn {
    std::string name;                 ///< "label" where the rows have one label without a name
    std::vector<std::string> classes; ///< numbers in their order, texts in theirs, false before true
    std::vector<std::int32_t> rows;   ///< index of the class for each text; −1: none
};

/// Texts with what is known about each. The columns are in the order of their first appearance.
struct LabelledData {
    std::vector<std::string> texts;
    std::vector<LabelColumn> columns;
};

/// Looks at the content and fills name (file stem), kind, hash and size. `{query, choices, gold}` per line or the
/// request files of the OLMo evaluation are multiple choice, `{text, label}` or `{text, labels: {name: class}}` is
/// labelled text; anything else that is text is text.
Expected<DatasetRecord> describe_dataset(const std::filesystem::path& file);
/// Labelled text is text too.
Expected<TextData> read_text_data(const std::filesystem::path& file);
/// A missing field is an error with its line.
Expected<ChoiceData> read_choice_data(const std::filesystem::path& file);
/// Classes are texts, whole numbers or truth values, of one type within a column; null or a missing label is none. A
/// missing text or another label is an error with its line.
Expected<LabelledData> read_labelled_data(const std::filesystem::path& file);

/// "text", "multiple choice", "labelled text", for sentences.
std::string_view dataset_kind_words(DatasetKind kind);

} // namespace isoloss
