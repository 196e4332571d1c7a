#pragma once

#include <QDockWidget>

class QStackedWidget;
class QTabBar;

namespace isoloss {

class InspectorPanel;
class RunActions;
class UiServices;

/// The right dock: the side panel of the page in front, and the inspector. Window thread.
class InspectorDock : public QDockWidget {
    Q_OBJECT

public:
    explicit InspectorDock(UiServices& services, QWidget* parent = nullptr);

    /// The panel of the page in front, nullptr for none; its window title names its tab. It stays the page's.
    void setSidePanel(QWidget* panel);
    void showInspector();
    void editTags();
    void setRunActions(RunActions* actions);

Q_SIGNALS:
    /// The user wants to see the items of the value that the inspector shows.
    void itemsRequested();

private:
    void showTab(int tab);
    void applyTheme();

    UiServices& services_;
    QTabBar* tabs_;
    QStackedWidget* stack_;
    QWidget* sideHolder_;
    QWidget* sidePanel_ = nullptr;
    InspectorPanel* inspector_;
    bool wantsInspector_ = false;
};

} // namespace isoloss
