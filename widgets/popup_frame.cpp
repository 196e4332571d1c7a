#include "widgets/popup_frame.h"

#include "widgets/popup_place.h"

#include <QKeyEvent>

namespace isoloss {

PopupFrame::PopupFrame(QWidget* parent) : QFrame(parent, Qt::Popup) {
    setFrameShape(QFrame::StyledPanel);
}

void PopupFrame::openBelow(const QWidget& anchor) {
    adjustSize();
    place_popup(*this, anchor);
    show();
    focusNextChild();
}

bool PopupFrame::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (!(key->modifiers() & (Qt::ControlModifier | Qt::AltModifier))) {
            event->accept();
            return true;
        }
    }
    return QFrame::event(event);
}

void PopupFrame::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape)
        close();
    else
        QFrame::keyPressEvent(event);
}

} // namespace isoloss
