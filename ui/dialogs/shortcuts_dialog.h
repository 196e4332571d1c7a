#pragma once

#include <QDialog>
#include <QList>

namespace isoloss {

/// The list of shortcuts (Ctrl+/), searchable. Not modal.
class ShortcutsDialog : public QDialog {
    Q_OBJECT

public:
    ShortcutsDialog(const QList<QAction*>& actions, QWidget* parent = nullptr);
};

} // namespace isoloss
