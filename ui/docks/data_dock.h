#pragma once

#include "ui/engine_bridge.h"
#include "ui/models/datasets_model.h"

#include <QDockWidget>

class QAction;
class QStackedWidget;
class QTreeView;

namespace isoloss {

class DatasetPreview;
class DockTitle;
class EmptyState;
class ThemedDelegate;
class UiServices;

/// The data sets of the project: added by button or by dropping files, renamed in place, removed with undo, each with a
/// preview of its first items. Window thread.
class DataDock : public QDockWidget {
    Q_OBJECT

public:
    explicit DataDock(UiServices& services, QWidget* parent = nullptr);

    /// Add, measure, rename and remove, for the menu and the palette.
    const QList<QAction*>& commands() const { return commands_; }

    /// Describes files and folders in the background and adds them; what cannot be read is told.
    void addFiles(const QStringList& files);

Q_SIGNALS:
    /// Open the measure dialog with this file.
    void measureWanted(const QString& file);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void build();
    void buildActions();
    void reload();
    void applyTheme();
    void showState();
    void chooseFiles();
    void chooseFolder();
    void rename(int row, const QString& name);
    void remove();
    void takeAgain();
    const ListedDataset* current() const;

    UiServices& services_;
    QueryChannel loading_;
    DatasetsModel* model_;
    DockTitle* title_;
    QTreeView* view_;
    DatasetPreview* preview_;
    QStackedWidget* stack_;
    EmptyState* empty_;
    ThemedDelegate* delegate_;
    QAction* addFiles_;
    QAction* addFolder_;
    QAction* measure_;
    QAction* rename_;
    QAction* takeAgain_;
    QAction* remove_;
    QList<QAction*> commands_;
    int adding_ = 0; ///< files that are being described
};

} // namespace isoloss
