#pragma once

#include <QAction>
#include <QJsonObject>
#include <QKeySequence>
#include <QWidget>

namespace isoloss {

/// One page of the centre area. Made when it is shown first. Its actions (QWidget::addAction) appear in the command
/// palette and in the list of shortcuts while it is in front.
class Page : public QWidget {
    Q_OBJECT

public:
    using QWidget::QWidget;

    /// The panel shown in the right dock beside the inspector while the page is in front, nullptr for none. Owned by
    /// the page; the main window only places it.
    virtual QWidget* sidePanel() { return nullptr; }

    /// Opens the page's figure export; pages without a figure cannot.
    virtual bool canExport() const { return false; }

    virtual void exportFigure() {}

    /// What is set on the page, for named views and for the next start.
    virtual QJsonObject state() const { return {}; }

    virtual void restoreState(const QJsonObject&) {}

protected:
    /// An action of the page, with a key (or none) that works anywhere in it.
    template <typename Slot>
    QAction* addPageAction(const QString& text, const QKeySequence& key, Slot slot) {
        auto* action = new QAction(text, this);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
        return action;
    }

Q_SIGNALS:
    /// Short text about what is drawn, for the status bar.
    void statusText(const QString& text);
};

} // namespace isoloss
