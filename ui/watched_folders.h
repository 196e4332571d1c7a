#pragma once

#include "widgets/theme.h"

#include <QFrame>

class QAction;
class QVBoxLayout;

namespace isoloss {

class TailController;
struct WatchedFolder;

/// The list of watched folders, as a panel that closes when one clicks elsewhere: how each is watched, what is the
/// matter with it, and a button to stop. Deletes itself when it is closed.
class WatchedFolders : public QFrame {
    Q_OBJECT

public:
    /// `watchFolder`: the button below the list.
    WatchedFolders(const Theme& theme, TailController& tail, QAction* watchFolder, QWidget* parent);

    /// Shows it with its lower left corner there, inside the screen.
    void openAt(const QPoint& global);

private:
    void showFolders();

    Theme theme_;
    TailController& tail_;
    QVBoxLayout* rows_;
};

/// "told of every change", "looked at every second: it lies on a network file system", or what is the matter.
QString watchStateText(const WatchedFolder& folder);

} // namespace isoloss
