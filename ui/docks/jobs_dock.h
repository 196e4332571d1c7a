#pragma once

#include "ui/engine_bridge.h"

#include <QDockWidget>
#include <vector>

class QAction;
class QStackedWidget;
class QTreeView;

namespace isoloss {

class DockTitle;
class EmptyState;
class ImportController;
class JobsModel;
class ThemedDelegate;
class UiServices;

/// The bottom dock: measurements and imports with progress, reason of failure, cancel and retry. Window thread.
class JobsDock : public QDockWidget {
    Q_OBJECT

public:
    JobsDock(UiServices& services, ImportController& imports, QWidget* parent = nullptr);

    /// Cancel, retry and clear, for the menu and the palette.
    const QList<QAction*>& commands() const { return commands_; }

    /// "1 running, 2 waiting"; empty when nothing is to do.
    QString summary() const;
    bool isEmpty() const;
    /// For the title and three jobs.
    int usefulHeight() const;

Q_SIGNALS:
    void summaryChanged();

private:
    void build();
    void reload();
    void applyTheme();
    void showTitle();
    void act(int row);
    void actOnSelected(bool cancel);
    void clearFinished();
    void openContextMenu(const QPoint& position);

    UiServices& services_;
    ImportController& imports_;
    QueryChannel loading_;
    DockTitle* title_;
    JobsModel* model_;
    QTreeView* view_;
    QStackedWidget* stack_;
    EmptyState* empty_;
    std::vector<ThemedDelegate*> delegates_;
    QList<QAction*> commands_;
};

} // namespace isoloss
