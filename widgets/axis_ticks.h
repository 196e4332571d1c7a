#pragma once

#include "widgets/chart_data.h"

namespace isoloss {

struct AxisTick {
    double value = 0;
    QString label; ///< empty for a minor tick: a grid line only
};

/// Round values inside the range, in rising order, at most about `wanted` with a label and at least two where the
/// numbers allow it. Labels do not depend on the locale and have the same number of decimals.
std::vector<AxisTick> axis_ticks(const ChartAxis& axis, const AxisRange& range, int wanted);

/// One value written as the axis writes it, with enough digits to tell neighbours `resolution` apart.
QString axis_value_text(const ChartAxis& axis, double value, double resolution);

} // namespace isoloss
