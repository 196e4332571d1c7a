#pragma once

#include "engine/base/error.h"
#include "engine/importers/import.h"
#include "engine/importers/tables/table_guess.h"
#include "engine/importers/tables/table_sample.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// A table as a person looks at it before it is imported: its columns with first values, what each is taken for and
/// why, and the mapping that would be used, to be corrected.
struct TableSketch {
    static constexpr std::size_t most_rows = 20;

    TableDialect dialect;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows; ///< at most 20, a value for each column, as it stands in the file
    bool given = false; ///< the mapping is the person's or one that the project keeps, not a guess
    TableGuess guess;   ///< also when a mapping is given: columns and reasons have one entry per column
    std::optional<TableMapping> mapping; ///< that would be used; none: the table needs one
    std::vector<std::string> remarks;    ///< columns that were renamed
};

/// Reads the first rows. Fails with unsupported when the file is no table. Any thread.
Expected<TableSketch> sketch_table(const std::filesystem::path& path, const ImportOptions& options = {});

} // namespace isoloss
