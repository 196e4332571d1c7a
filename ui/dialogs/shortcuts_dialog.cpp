#include "ui/dialogs/shortcuts_dialog.h"

#include <QAction>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace isoloss {

ShortcutsDialog::ShortcutsDialog(const QList<QAction*>& actions, QWidget* parent) : QDialog(parent) {
    setWindowTitle(tr("Keyboard shortcuts"));
    setAttribute(Qt::WA_DeleteOnClose);
    constexpr int width = 460, height = 520;
    resize(width, height);
    auto* search = new QLineEdit(this);
    search->setPlaceholderText(tr("Search"));
    search->setAccessibleName(tr("Search shortcuts"));
    auto* list = new QTreeWidget(this);
    list->setAccessibleName(tr("Shortcuts"));
    list->setHeaderHidden(true);
    list->setRootIsDecorated(false);
    list->setColumnCount(2);
    list->header()->setStretchLastSection(false);
    list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    const auto add = [list](QString text, const QString& keys) {
        new QTreeWidgetItem(list, {text.remove(QLatin1Char('&')), keys});
    };
    for (const QAction* action : actions)
        if (!action->shortcut().isEmpty()) add(action->text(), action->shortcut().toString(QKeySequence::NativeText));
    add(tr("Box zoom in a chart"), tr("drag"));
    add(tr("Pan a chart"), tr("middle drag, Shift+drag"));
    add(tr("Zoom one axis under the cursor"), tr("Ctrl+wheel"));
    add(tr("Fit a chart"), tr("double click"));
    add(tr("Select the run of a curve"), tr("click"));
    add(tr("Show a chart as a table"), tr("Ctrl+T"));
    add(tr("Copy the table of a chart; its picture"), tr("Ctrl+C; Ctrl+Shift+C"));
    add(tr("Set one cursor that stays in a chart, a second, take them away"), tr("C"));
    add(tr("Zoom, pan and fit a chart"), tr("+ − ← → ↑ ↓ 0"));
    add(tr("Draw or hide the selected runs"), tr("Space"));
    add(tr("Move a waiting job up or down, to the front or the end of the queue"), tr("Alt+↑ ↓ Home End"));
    connect(search, &QLineEdit::textChanged, list, [list](const QString& text) {
        for (int row = 0; row < list->topLevelItemCount(); ++row) {
            QTreeWidgetItem* item = list->topLevelItem(row);
            item->setHidden(!item->text(0).contains(text, Qt::CaseInsensitive) &&
                            !item->text(1).contains(text, Qt::CaseInsensitive));
        }
    });
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(search);
    layout->addWidget(list);
}

} // namespace isoloss
