#pragma once

#include "widgets/theme.h"

#include <QIcon>
#include <QWidget>

class QAction;
class QBoxLayout;
class QLabel;

namespace isoloss {

/// What a page or dock shows when it has nothing: why, and what to do next.
class EmptyState : public QWidget {
    Q_OBJECT

public:
    explicit EmptyState(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setIcon(const QIcon& icon);
    void setTitle(const QString& title);
    void setText(const QString& text);
    /// A button for the action; the first one is drawn in the accent colour. The action stays the caller's.
    void addButton(QAction* action);

private:
    Theme m_theme = Theme::light();
    QIcon m_icon;
    QLabel* m_icon_label;
    QLabel* m_title;
    QLabel* m_text;
    QBoxLayout* m_buttons;
};

} // namespace isoloss
