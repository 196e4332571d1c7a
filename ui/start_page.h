#pragma once

#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace isoloss {

class EmptyState;
class UiServices;

/// What the window shows without a project: import a folder, open a project, or one of the recent ones.
class StartPage : public QWidget {
    Q_OBJECT

public:
    StartPage(UiServices& services, const QList<QAction*>& actions, QWidget* parent = nullptr);

    void showRecent();

Q_SIGNALS:
    void projectChosen(const QString& path);

private:
    void applyTheme();

    UiServices& services_;
    EmptyState* empty_;
    QLabel* demo_;
    QWidget* recent_;
    QVBoxLayout* recentList_;
};

} // namespace isoloss
