#pragma once

#include "engine/base/error.h"
#include "ui/figures/figure_spec.h"

#include <string>

namespace isoloss {

class Reader;

/// A table behind a figure: comment lines, then a header, then rows.
struct FigureTable {
    std::string text; ///< UTF-8, "\n" line ends
    std::size_t rows = 0;
    std::vector<std::string> remarks;
};

/// The numbers behind a figure as CSV (RFC 4180 after comment lines that start with '#': the recipe in one line, and
/// the formula of smoothed columns). Scatter: one row for each drawn checkpoint. Curves: one row for each stored point
/// of every attempt, never reduced; values in the shortest text that reads back to the same number, non-finite ones
/// as NaN and Infinity. The reader's thread.
Expected<FigureTable> figure_csv(Reader& reader, const FigureSpec& spec);

/// The recipe in the comment lines of such a table.
Expected<FigureSpec> recipe_of_csv(std::string_view text, std::string_view file);

/// A pgfplots picture and its data file.
struct PgfplotsFigure {
    std::string tex;
    std::string data;
    std::size_t rows = 0;
    std::vector<std::string> remarks;
};

/// The figure for LaTeX; `data_name` is the file name of the data beside the .tex file.
Expected<PgfplotsFigure> figure_pgfplots(Reader& reader, const FigureSpec& spec, std::string_view data_name);

} // namespace isoloss
