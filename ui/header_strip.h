#pragma once

#include "ui/page_kind.h"
#include "widgets/theme.h"

#include <QWidget>
#include <vector>

class QAction;
class QMenu;
class QLabel;
class QPushButton;
class QToolButton;

namespace isoloss {

class ElidedLabel;

/// The strip on top of the window: program and project name, the tabs of the pages, the field that opens the command
/// palette, and the device chip. The menus are behind the program's name.
class HeaderStrip : public QWidget {
    Q_OBJECT

public:
    explicit HeaderStrip(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    /// One tab per page action; the actions are checkable and exclusive.
    void setPages(const QList<QAction*>& pages);
    /// The menu behind the program's name.
    void setMenu(QMenu* menu);
    void setProjectName(const QString& name, const QString& path);
    void setDevice(const QString& device);

Q_SIGNALS:
    void paletteRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void fitProjectName();

    Theme theme_ = Theme::light();
    QToolButton* program_;
    ElidedLabel* project_;
    QWidget* tabs_;
    QPushButton* search_;
    QLabel* device_;
};

} // namespace isoloss
