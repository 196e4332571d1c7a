#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// One multiple-choice item: the context, the continuations exactly as they are appended to it (leading space
/// included), and the right one.
struct ChoiceItem {
    std::string key; ///< stable id within the file
    std::string query;
    std::vector<std::string> choices;  ///< for display and for acc_norm: without the leading space
    std::vector<std::string> contexts; ///< one per choice; all equal for most tasks
    std::vector<std::string> continuations;
    /// One per choice: what stands in front instead of the context for acc_mutual_info. Empty: nothing does.
    std::vector<std::string> unconditional_contexts;
    std::optional<int> gold;
};

struct ChoiceData {
    std::vector<ChoiceItem> items;
    DatasetProblems problems; ///< rows and items that are left out
};

/// Multiple choice, and minimal pairs as items of two whole sentences without a context, the acceptable one first.
Expected<ChoiceData> read_choice_data(const DatasetRecord& dataset);

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
    DatasetProblems problems;
};

/// Classes are texts, whole numbers or truth values, of one type within a column; null or a missing label is none.
Expected<LabelledData> read_labelled_data(const DatasetRecord& dataset);

/// A text whose last word is to be predicted.
struct LastWordItem {
    std::string key;
    std::string context;
    std::string word; ///< as it is appended to the context, with the space in front
};

struct LastWordData {
    std::vector<LastWordItem> items;
    DatasetProblems problems;
};

/// Whole texts, or rows of a context and a target. The last word begins behind the last space of the text, white space
/// at its end taken off.
Expected<LastWordData> read_last_word_data(const DatasetRecord& dataset);

} // namespace isoloss
