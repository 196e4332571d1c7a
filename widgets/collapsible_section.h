#pragma once

#include "widgets/theme.h"

#include <QWidget>

class QToolButton;

namespace isoloss {

/// A caption that folds what lies under it.
class CollapsibleSection : public QWidget {
    Q_OBJECT

public:
    explicit CollapsibleSection(const QString& title, QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setTitle(const QString& title);
    /// Takes the widget over; replaces the former one.
    void setContent(QWidget* content);
    bool isExpanded() const;
    void setExpanded(bool expanded);

Q_SIGNALS:
    void expandedChanged(bool expanded);

private:
    QToolButton* m_header;
    QWidget* m_content = nullptr;
};

} // namespace isoloss
