#pragma once

#include "engine/base/error.h"
#include "ui/figures/figure_spec.h"

#include <filesystem>
#include <string>
#include <vector>

namespace isoloss {

class Reader;

/// What was written, for a message to the user.
struct FigureReport {
    std::size_t points = 0;           ///< points or buckets drawn, rows of a table
    std::vector<std::string> remarks; ///< "12 checkpoints have no lambada_openai/acc"
};

/// The file endings that export_figure writes, without the dot.
const std::vector<std::string>& figure_formats();

/// Draws the figure of a spec from a project and writes it in the format of the path's ending: PNG at the spec's dpi,
/// SVG and PDF with true text and vectors, CSV with the numbers behind it, pgfplots (.tex with a .dat beside it).
/// Always in light colours. Written through a temporary file; the recipe is embedded. Needs a QApplication (the
/// offscreen platform is enough) except for CSV and pgfplots; no window. The thread of the reader, which must be the
/// application's main thread for pictures.
Expected<FigureReport> export_figure(Reader& reader, const FigureSpec& spec, const std::filesystem::path& path);

/// The recipe embedded in a file that export_figure wrote, or the recipe that the file itself is (.json).
Expected<FigureSpec> read_recipe(const std::filesystem::path& path);

} // namespace isoloss
