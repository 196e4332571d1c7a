#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <string>
#include <vector>

namespace isoloss {

/// Documents of a text data set, raw UTF-8. A plain text file is one document; rows give one document each.
struct TextData {
    std::vector<std::string> documents;
    DatasetProblems problems; ///< rows that are left out
};

/// Text, labelled text, and texts of which is known whether they were in the training data.
Expected<TextData> read_text_data(const DatasetRecord& dataset);

/// Texts that were in the training data, and texts that were not.
struct MembershipData {
    std::vector<std::string> texts;
    std::vector<bool> is_member; ///< one per text
    DatasetProblems problems;
};

/// Rows of a text and a label 1 or 0, or two files, members first.
Expected<MembershipData> read_membership_data(const DatasetRecord& dataset);

/// Texts in two languages; those at one index say the same.
struct ParallelData {
    std::vector<std::string> source, target;
    DatasetProblems problems;
};

/// Rows of two texts, or two files with as many lines.
Expected<ParallelData> read_parallel_data(const DatasetRecord& dataset);

} // namespace isoloss
