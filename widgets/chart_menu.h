#pragma once

class QMenu;

namespace isoloss {

class ChartView;

/// Adds what every chart can do to the end of a context menu: fit, scales of the axes, the chart as a table, copies.
/// What belongs to a page comes before or after it.
void add_chart_actions(QMenu& menu, ChartView& chart);

} // namespace isoloss
