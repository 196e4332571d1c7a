#include "widgets/popup_place.h"

#include <QScreen>
#include <QWidget>
#include <algorithm>

namespace isoloss {

void place_popup(QWidget& popup, const QWidget& anchor, Qt::AlignmentFlag side) {
    constexpr int gap = 4;
    const int shift = side == Qt::AlignRight ? anchor.width() - popup.width() : 0;
    QPoint corner = anchor.mapToGlobal(QPoint(shift, anchor.height() + gap));
    const QRect free = anchor.screen()->availableGeometry();
    if (corner.y() + popup.height() > free.bottom())
        corner.setY(std::max(free.top(), anchor.mapToGlobal(QPoint(0, -gap)).y() - popup.height()));
    corner.setX(std::clamp(corner.x(), free.left(), std::max(free.left(), free.right() - popup.width())));
    popup.move(corner);
}

} // namespace isoloss
