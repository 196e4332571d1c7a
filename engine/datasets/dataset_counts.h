#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

namespace isoloss {

/// Reads a data set with the reader of its kind; answers how much of what there is and what is left out. Part of
/// describe_dataset.
struct DatasetContent {
    std::vector<DatasetCount> counts;
    DatasetProblems problems;
};

Expected<DatasetContent> count_content(const DatasetRecord& dataset);

} // namespace isoloss
