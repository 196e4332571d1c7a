#pragma once

#include "engine/base/error.h"
#include "ui/figures/curves_figure.h"
#include "ui/figures/figure_spec.h"
#include "ui/figures/scatter_figure.h"

#include <string>
#include <vector>

namespace isoloss {

class Reader;

/// What a spec shows of a project: charts in the order they are laid out, and what is missing from them.
struct FigureContent {
    std::vector<ChartData> charts;
    std::vector<std::string> remarks;
    std::size_t marks = 0; ///< points of a scatter figure, lines of curves
};

/// Reads and builds everything that is drawn, with the same functions as the pages. An error when a quantity or a
/// metric is not there, or when nothing at all would be drawn. The reader's thread.
Expected<FigureContent> load_figure(Reader& reader, const FigureSpec& spec, const Theme& theme);

} // namespace isoloss
