#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <filesystem>
#include <string>
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

/// Looks at the content and fills name (file stem), kind, hash and size. `{query, choices, gold}` per line or the
/// request files of the OLMo evaluation are multiple choice; anything else that is text is text.
Expected<DatasetRecord> describe_dataset(const std::filesystem::path& file);
Expected<TextData> read_text_data(const std::filesystem::path& file);
/// A missing field is an error with its line.
Expected<ChoiceData> read_choice_data(const std::filesystem::path& file);

} // namespace isoloss
