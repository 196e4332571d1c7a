#pragma once

#include <Qt>

class QWidget;

namespace isoloss {

/// Moves a popup, which has its size, below a widget, or above where there is no room; inside the screen. The sides
/// that are aligned are the left or the right ones.
void place_popup(QWidget& popup, const QWidget& anchor, Qt::AlignmentFlag side = Qt::AlignLeft);

} // namespace isoloss
