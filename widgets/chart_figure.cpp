#include "widgets/chart_figure.h"

namespace isoloss {

void paint_figure(QPainter&, QSizeF, const ChartData&, const ChartRange&, const FigureOptions&, const Theme&) {}

} // namespace isoloss
