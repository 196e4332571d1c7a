#pragma once

#include <QString>

namespace isoloss {

struct ChartData;
struct ChartRange;

/// What a chart shows inside a range, in words and numbers: axes, then each curve with its last, smallest and largest
/// value (the first ones, and how many more there are), or the number of points.
QString chart_summary(const ChartData& data, const ChartRange& range);

/// Charts are told to assistive technology as charts, with name, description and chart_summary() as their value.
void make_charts_accessible();

} // namespace isoloss
