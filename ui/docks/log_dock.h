#pragma once

#include <QDockWidget>
#include <memory>
#include <vector>

class QComboBox;
class QLineEdit;
class QTreeView;

namespace isoloss {

class DockTitle;
class LogFilter;
class LogModel;
class LogSink;
class ThemedDelegate;
class UiServices;

/// The log beside the jobs: levels, text filter, copy. Listens to the program's default logger. Window thread.
class LogDock : public QDockWidget {
    Q_OBJECT

public:
    explicit LogDock(UiServices& services, QWidget* parent = nullptr);
    ~LogDock() override;

private:
    void takeLines();
    void applyTheme();
    void copySelected() const;

    UiServices& services_;
    std::shared_ptr<LogSink> sink_;
    DockTitle* title_;
    LogModel* model_;
    LogFilter* filter_;
    QTreeView* view_;
    QComboBox* level_;
    QLineEdit* search_;
    ThemedDelegate* delegate_;
};

} // namespace isoloss
