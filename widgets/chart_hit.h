#pragma once

#include "widgets/chart_data.h"

#include <QList>

namespace isoloss {

struct ChartLayout;

/// What lies under a position.
struct ChartHit {
    enum class Kind { nothing, line, point, band };
    Kind kind = Kind::nothing;
    qint64 id = 0; ///< of the line, polyline or point
    QPointF value; ///< data units
};

/// One line of the hover table.
struct HoverRow {
    qint64 id = 0;
    QString name;
    QColor color;
    double x = 0, y = 0;
    bool point = false; ///< a single observation rather than a line
    YSide side = YSide::left;
    int line = -1;  ///< index into ChartData::lines, −1 for a point
    qint64 gap = 0; ///< above 0: so many values that are not finite lie here, and y is NaN
};

/// The nearest point within `radius` pixels, else the nearest line or polyline, else the band.
ChartHit hit_chart(const ChartData& data, const ChartLayout& layout, QPointF position, double radius);

/// What the hover table says at a position: the point under the cursor alone, or every dense line with a value at that
/// x, nearest in height first, then those with a gap there.
QList<HoverRow> hover_rows(const ChartData& data, const ChartLayout& layout, QPointF position, double radius);

} // namespace isoloss
