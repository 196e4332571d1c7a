#include "widgets/clip.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

bool finite(const QPointF& point) {
    return std::isfinite(point.x()) && std::isfinite(point.y());
}

} // namespace

std::optional<std::pair<QPointF, QPointF>> clipped(QPointF from, QPointF to, const QRectF& rect) {
    if (!finite(from) || !finite(to)) return std::nullopt;
    const double dx = to.x() - from.x();
    const double dy = to.y() - from.y();
    double enter = 0, leave = 1;
    const auto cut = [&enter, &leave](double direction, double distance) {
        if (direction == 0) return distance >= 0;
        const double t = distance / direction;
        if (direction < 0)
            enter = std::max(enter, t);
        else
            leave = std::min(leave, t);
        return enter <= leave;
    };
    if (!cut(-dx, from.x() - rect.left()) || !cut(dx, rect.right() - from.x()) || !cut(-dy, from.y() - rect.top()) ||
        !cut(dy, rect.bottom() - from.y()))
        return std::nullopt;
    const auto at = [&](double t) { return QPointF(from.x() + t * dx, from.y() + t * dy); };
    return std::pair(enter == 0 ? from : at(enter), leave == 1 ? to : at(leave));
}

std::vector<std::vector<QPointF>> clipped(const std::vector<QPointF>& polyline, const QRectF& rect) {
    std::vector<std::vector<QPointF>> pieces;
    for (std::size_t i = 1; i < polyline.size(); ++i) {
        const auto part = clipped(polyline[i - 1], polyline[i], rect);
        if (!part) continue;
        if (pieces.empty() || pieces.back().back() != part->first) pieces.push_back({part->first});
        pieces.back().push_back(part->second);
    }
    return pieces;
}

} // namespace isoloss
