#pragma once

#include "engine/importers/tables/table_mapping.h"
#include "engine/importers/tables/table_sample.h"

#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// What a column was taken for, and why.
struct ColumnGuess {
    std::string column;
    ColumnRole role = ColumnRole::ignored;
    std::string reason; ///< in words: "by its name"
};

/// What a table was taken for. Never silent: `shape` and the reasons are notes of the import and part of the preview.
struct TableGuess {
    std::optional<TableMapping> mapping; ///< none when nothing is sure
    std::string shape;                   ///< "W&B chart export"
    std::vector<ColumnGuess> columns;    ///< one per column of the table
    std::vector<std::string> reasons;    ///< where names and steps come from
    std::string refusal;                 ///< why there is no mapping
};

/// A pure function of the name of the file, the header and the first rows. Careful: a table of data that is no log and
/// no table of results is refused.
TableGuess guess_table(const TableSample& sample);

} // namespace isoloss
