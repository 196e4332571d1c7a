#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/importers/tables/table_rows.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// How the text of a table is to be read.
struct TableDialect {
    bool json_lines = false;
    char delimiter = ','; ///< of delimited text
};

/// By the beginning of a file. Nothing when it is no table: no JSON object in front, and no delimiter that parts the
/// first lines alike.
std::optional<TableDialect> detect_dialect(std::string_view head);

/// Borrows the file.
Expected<std::unique_ptr<TableRows>> open_table(const InputFile& file, const TableDialect& dialect);

/// What the first rows show of a column.
struct ColumnSample {
    std::string name;
    int numbers = 0;                 ///< cells that are numbers
    int integers = 0;                ///< of these, steps
    int texts = 0;                   ///< cells that are anything else; JSON true and false count here
    int missing = 0;                 ///< empty cells
    bool quoted = false;             ///< JSON strings
    double least = 0, greatest = 0;  ///< of the finite numbers
    std::vector<std::string> values; ///< as they stand, at most 500 bytes each; empty for a missing one

    bool is_numeric() const { return numbers > 0 && texts == 0; }

    bool is_text() const { return texts > 0 && numbers == 0; }

    bool is_empty() const { return numbers == 0 && texts == 0; }
};

/// The header and the first rows of a table.
struct TableSample {
    static constexpr std::size_t most_rows = 1'000;       ///< fewer of wide tables:
    static constexpr std::size_t most_cells = 200'000;    ///< but 20 of any,
    static constexpr std::uint64_t most_bytes = 1u << 20; ///< unless they are long

    std::filesystem::path file;
    TableDialect dialect;
    std::vector<ColumnSample> columns;
    std::size_t rows = 0;
    bool complete = false; ///< there are no more rows
    std::vector<std::string> remarks;

    const ColumnSample* column(std::string_view name) const;
};

/// Reads the first rows. Any thread.
Expected<TableSample> sample_table(const InputFile& file, const TableDialect& dialect);

} // namespace isoloss
