#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>

namespace isoloss {

/// Takes a row of a file, an object, and the number of its line. What it fails with as damaged is a problem of this row
/// alone.
using RowFunction = std::function<Expected<void>(const rapidjson::Value& row, std::size_t line)>;

/// How a table in a text file is written.
enum class RowFormat {
    json_lines,
    separated,          ///< CSV or TSV by the file's name; the first line names the columns
    separated_no_names, ///< the same without names: the columns are "1", "2", …
};

/// Tells every row of a file, compressed with gzip or not. Lines that are no row, and rows that the function finds
/// damaged, go to `problems`; when no row is good the first problem is the error. Cells of separated values that are
/// numbers become numbers. Fails also on what ends the reading: a line over 16 MB, damaged compression, a limit.
Expected<void> for_each_row(const std::filesystem::path& file, RowFormat format, const RowFunction& function,
                            DatasetProblems& problems);

/// The first row alone, for guessing; an error when there is none.
Expected<rapidjson::Document> first_row(const std::filesystem::path& file, RowFormat format);

/// The cells of a line of separated values; quotes as in RFC 4180. Fails with damaged when a quote is not closed in the
/// line.
Expected<std::vector<std::string>> split_cells(std::string_view line, char separator);

/// A tab for names that end in .tsv (and .gz), else a comma.
char separator_of(const std::filesystem::path& file);

/// A member by its name, or by a path of names with dots; nullptr when there is none.
const rapidjson::Value* row_member(const rapidjson::Value& row, std::string_view name);

/// The text of a member. Fails with damaged, naming the line, when it is missing or no string.
Expected<std::string> row_text(const rapidjson::Value& row, std::string_view name, const std::string& file,
                               std::size_t line);

/// A row that is refused: damaged, with its line.
tl::unexpected<Error> refuse_row(const std::string& file, std::size_t line, std::string reason,
                                 std::string remedy = "Correct or remove this line");

} // namespace isoloss
