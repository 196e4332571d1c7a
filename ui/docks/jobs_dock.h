#pragma once

#include "ui/engine_bridge.h"

#include <QDockWidget>
#include <memory>
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

/// The bottom dock: measurements and imports with progress, speed, time left, device and reason of failure; cancel,
/// retry, pause, the order of the queue. Window thread.
class JobsDock : public QDockWidget {
    Q_OBJECT

public:
    JobsDock(UiServices& services, ImportController& imports, QWidget* parent = nullptr);

    /// Cancel, retry, pause and clear, for the menu and the palette.
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
    void pauseSelected(bool pause);
    void moveSelected(JobMove move);
    void togglePause();
    void selectJobs(const std::vector<JobId>& jobs);
    void clearFinished();
    void forgetStopped(double hidden);
    void openContextMenu(const QPoint& position);

    UiServices& services_;
    ImportController& imports_;

    struct Loaded {
        std::vector<JobRecord> jobs;
        std::vector<JobId> queue;
        bool paused = false;
    };

    void buildMoves();
    void show(const Loaded& loaded);

    QueryChannel loading_;
    bool paused_ = false; ///< the queue
    DockTitle* title_;
    JobsModel* model_;
    QTreeView* view_;
    QStackedWidget* stack_;
    EmptyState* empty_;
    std::vector<ThemedDelegate*> delegates_;
    QList<QAction*> commands_;
    QList<QAction*> moves_; ///< of the selected jobs in the queue, with keys of the list
    QAction* pause_;
    QAction* clear_;
};

} // namespace isoloss
