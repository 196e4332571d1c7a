#pragma once

#include <QSize>

class QScreen;
class QWidget;

namespace isoloss {

/// The wanted size of a window, made to fit on the screen with its frame.
QSize fittingSize(const QSize& wanted, const QScreen& screen);

/// Shrinks and moves a window that is shown so that all of it, frame included, is on its screen.
void keepOnScreen(QWidget& window);

} // namespace isoloss
