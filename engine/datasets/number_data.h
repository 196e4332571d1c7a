#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isoloss {

/// Rows of numbers of one length (embeddings, or predictions: a number or one per class), and the label of each.
struct NumberData {
    std::int64_t rows = 0, columns = 0;
    std::vector<double> values;      ///< [rows, columns]
    std::vector<std::string> labels; ///< one per row as text; empty when there are none
    DatasetProblems problems;        ///< rows that are left out
};

/// .npy, .npz, CSV and JSON lines. Numbers that are NaN or infinite are data. A row of another length than the first is
/// a problem. At most 268 million numbers.
Expected<NumberData> read_number_data(const DatasetRecord& dataset);

} // namespace isoloss
