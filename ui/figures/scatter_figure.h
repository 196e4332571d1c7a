#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "ui/figures/figure_spec.h"
#include "widgets/chart_data.h"
#include "widgets/theme.h"

#include <string>
#include <vector>

namespace isoloss {

/// A scatter figure as it is drawn, on the screen and on paper.
struct ScatterFigure {
    ChartData chart;
    std::vector<std::size_t> rows;    ///< the table row of each chart point
    std::vector<std::string> remarks; ///< what is not shown and why
};

/// The columns of the checkpoint table that a scatter spec needs.
std::vector<std::string> scatter_keys(const FigureSpec& spec);

/// One function from numbers to picture: points are the checkpoints of visible runs where both quantities are defined,
/// joined by spec.lines in the order of attempt and step, coloured by spec.colour (text and few distinct numbers by
/// the palette, many numbers by a ramp), with areas after spec.size_by (PointSizes). Point ids are checkpoint ids; ids
/// of lines are line_id(). The table must hold scatter_keys(spec). Any thread.
ScatterFigure scatter_figure(const CheckpointTable& table, const FigureSpec& spec, const Theme& theme);

/// The id of the line of a run, apart from all checkpoint ids.
qint64 line_id(RunId run);
/// The run of a line id.
RunId run_of_line(qint64 id);

/// True where the x axis is drawn from large to small.
bool x_descends(const FigureSpec& spec, Direction x_direction);

/// A colour of the ramp for numbers, share 0 to 1, readable on both backgrounds.
QColor ramp_color(double share, const Theme& theme);

} // namespace isoloss
