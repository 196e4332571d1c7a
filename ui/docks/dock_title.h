#pragma once

#include "widgets/theme.h"

#include <QWidget>

class QDockWidget;
class QHBoxLayout;
class QLabel;

namespace isoloss {

/// The quiet title of a dock: a caption such as "Runs · 19 of 31" and small buttons at the right. The dock is moved by
/// dragging it and closed through the View menu or the keyboard.
class DockTitle : public QWidget {
    Q_OBJECT

public:
    explicit DockTitle(QDockWidget* dock);

    void setTheme(const Theme& theme);
    void setText(const QString& text);
    QString text() const;
    /// Adds a widget at the right end.
    void addTool(QWidget* tool);

private:
    QLabel* caption_;
    QHBoxLayout* tools_;
};

} // namespace isoloss
