#pragma once

#include <QPainterPath>
#include <QPen>
#include <vector>

namespace isoloss {

/// The pen of a curve: flat ends, so that dashes keep their length.
inline QPen line_pen(const QColor& color, double width, const QList<qreal>& dash) {
    QPen pen(color, width, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
    if (!dash.isEmpty()) pen.setDashPattern(dash);
    return pen;
}

/// Pieces, none of them empty, as subpaths.
inline QPainterPath path_of(const std::vector<std::vector<QPointF>>& pieces) {
    QPainterPath path;
    for (const auto& piece : pieces) {
        path.moveTo(piece.front());
        for (std::size_t i = 1; i < piece.size(); ++i)
            path.lineTo(piece[i]);
    }
    return path;
}

} // namespace isoloss
