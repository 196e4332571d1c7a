#pragma once

#include <QFrame>

namespace isoloss {

/// A popup with controls: opens below (or above) a widget, closes by Escape or a click elsewhere. Keys pressed in it
/// are its own, not those of the page behind.
class PopupFrame : public QFrame {
    Q_OBJECT

public:
    explicit PopupFrame(QWidget* parent = nullptr);

    void openBelow(const QWidget& anchor);

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

} // namespace isoloss
