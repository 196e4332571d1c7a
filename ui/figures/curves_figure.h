#pragma once

#include "ui/figures/curve_loading.h"
#include "widgets/theme.h"

namespace isoloss {

/// One function from curves to picture, for the screen and for paper. Line ids are those of runs or groups. Any thread.
ChartData curves_chart(const CurveSet& set, const FigureSpec& spec, const Theme& theme);

} // namespace isoloss
