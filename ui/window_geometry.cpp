#include "ui/window_geometry.h"

#include <QScreen>
#include <QWidget>
#include <algorithm>

namespace isoloss {

namespace {

// The window system tells the size of a frame only when the window is shown.
constexpr QSize usualFrame{4, 40};

} // namespace

QSize fittingSize(const QSize& wanted, const QScreen& screen) {
    return wanted.boundedTo(screen.availableGeometry().size() - usualFrame);
}

void keepOnScreen(QWidget& window) {
    if (!window.screen() || window.windowState() & (Qt::WindowMaximized | Qt::WindowFullScreen)) return;
    const QRect available = window.screen()->availableGeometry();
    const QSize frame = window.frameGeometry().size() - window.size();
    const QSize size = window.size().boundedTo(available.size() - frame);
    if (size != window.size()) window.resize(size);
    const QPoint corner = window.frameGeometry().topLeft();
    const QPoint last =
        available.bottomRight() - QPoint(size.width() + frame.width(), size.height() + frame.height()) + QPoint(1, 1);
    const QPoint kept(std::max(available.left(), std::min(corner.x(), last.x())),
                      std::max(available.top(), std::min(corner.y(), last.y())));
    if (kept != corner) window.move(kept);
}

} // namespace isoloss
