// The menus of the runs dock and what they copy.
#include "ui/docks/column_chooser.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/runs_view.h"
#include "ui/figures/value_text.h"
#include "ui/models/runs_model.h"
#include "ui/ui_services.h"
#include "widgets/choice_popup.h"
#include "widgets/style_picker.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QToolButton>
#include <algorithm>

namespace isoloss {

void RunsDock::setColumns(const std::vector<std::string>& columns) {
    arrangement_.columns = columns;
    columnsChosen_ = true;
    storeSettings();
    arrange();
}

void RunsDock::openColumns() {
    auto* chooser = new ColumnChooser(columnChoices(), arrangement_.columns, this);
    connect(chooser, &ColumnChooser::chosen, this, &RunsDock::setColumns);
    chooser->showBelow(*columnsButton_);
}

void RunsDock::openHeaderMenu(const QPoint& position) {
    QMenu menu(this);
    fillHeaderMenu(menu, view_->header()->logicalIndexAt(position));
    menu.exec(view_->header()->mapToGlobal(position));
}

void RunsDock::fillHeaderMenu(QMenu& menu, int column) {
    const auto& columns = arrangement_.columns;
    const auto place = column < RunsModel::firstChosenColumn
                           ? columns.end()
                           : std::find(columns.begin(), columns.end(), model_->keyOf(column));
    if (place != columns.end()) {
        const auto at = static_cast<std::size_t>(place - columns.begin());
        const auto moved = [columns, at](std::size_t to) {
            auto result = columns;
            std::swap(result[at], result[to]);
            return result;
        };
        menu.addAction(tr("Group by %1").arg(qtext(*place)), this, [this, key = *place] { groupBy(key); });
        menu.addAction(tr("Move to the left"), this, [=, this] { setColumns(moved(at - 1)); })->setEnabled(at > 0);
        menu.addAction(tr("Move to the right"), this, [=, this] { setColumns(moved(at + 1)); })
            ->setEnabled(at + 1 < columns.size());
        menu.addAction(tr("Remove the column"), this, [this, columns, key = *place] {
            auto rest = columns;
            std::erase(rest, key);
            if (arrangement_.sortKey == key) arrangement_.sortKey = "name";
            setColumns(rest);
        });
        menu.addSeparator();
    }
    menu.addAction(tr("Columns…"), this, &RunsDock::openColumns);
}

void RunsDock::groupBy(const std::string& key) {
    arrangement_.groupKey = key;
    storeSettings();
    arrange();
}

void RunsDock::chooseGroupField() {
    std::vector<ChipChoice> choices;
    for (const RunColumnChoice& choice : columnChoices())
        choices.push_back({qtext(choice.group), qtext(choice.key), {}, qtext(choice.key)});
    auto* popup = new ChoicePopup(choices, qtext(arrangement_.groupKey), services_.theme().theme(), this);
    connect(popup, &ChoicePopup::chosen, this, [this](const QVariant& key) { groupBy(utf8(key.toString())); });
    popup->showBelow(*groupButton_);
}

void RunsDock::openGroups() {
    constexpr std::size_t mostFields = 12; ///< a list of more is searched, not read
    QMenu menu(this);
    const auto add = [&](const QString& text, const std::string& key) {
        QAction* action = menu.addAction(text, this, [this, key] { groupBy(key); });
        action->setCheckable(true);
        action->setChecked(arrangement_.groupKey == key);
    };
    add(tr("No groups"), {});
    menu.addSeparator();
    std::vector<std::string> fields{"group", "status", "tags"}, configs;
    for (const RunColumnChoice& choice : columnChoices())
        if (choice.group == "Config") configs.push_back(choice.key);
    if (configs.size() <= mostFields) fields.insert(fields.end(), configs.begin(), configs.end());
    const std::string& current = arrangement_.groupKey;
    if (!current.empty() && std::find(fields.begin(), fields.end(), current) == fields.end()) fields.push_back(current);
    for (const std::string& field : fields)
        add(qtext(field), field);
    menu.addAction(tr("Another field…"), this, &RunsDock::chooseGroupField)->setEnabled(fields_ != nullptr);
    menu.addSeparator();
    const auto addSwitch = [&](const QString& text, bool RunArrangement::*field) {
        QAction* action = menu.addAction(text, this, [this, field] {
            arrangement_.*field = !(arrangement_.*field);
            arrange();
        });
        action->setCheckable(true);
        action->setChecked(arrangement_.*field);
    };
    addSwitch(tr("With archived runs"), &RunArrangement::withArchived);
    addSwitch(tr("What is in the trash"), &RunArrangement::trash);
    menu.exec(groupButton_->mapToGlobal(QPoint(0, groupButton_->height())));
}

void RunsDock::openContextMenu(const QPoint& position) {
    QMenu menu(this);
    actions_->fillMenu(menu);
    menu.exec(view_->viewport()->mapToGlobal(position));
    for (QAction* action : actions_->actions())
        action->setEnabled(true);
}

void RunsDock::chooseStyle(const QModelIndex& row) {
    const RunRecord* run = model_->run(row.row());
    if (!run) return;
    std::vector<RunRecord> runs = selectedRuns();
    if (std::none_of(runs.begin(), runs.end(), [&](const auto& other) { return other.id == run->id; })) runs = {*run};
    auto* picker = new StylePicker(services_.theme().theme(), run->color, this);
    connect(picker, &StylePicker::chosen, this,
            [this, runs = std::move(runs)](int color) { actions_->setColor(runs, color); });
    const QRect cell = view_->visualRect(row.siblingAtColumn(RunsModel::nameColumn));
    picker->popup(view_->viewport()->mapToGlobal(cell.bottomLeft()));
}

void RunsDock::copyTable() const {
    QStringList lines;
    QStringList head;
    for (int column = RunsModel::nameColumn; column < model_->columnCount(); ++column)
        head += model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    lines += head.join(QLatin1Char('\t'));
    auto rows = view_->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.row() < b.row(); });
    for (const QModelIndex& row : rows) {
        QStringList cells;
        for (int column = RunsModel::nameColumn; column < model_->columnCount(); ++column)
            cells += row.siblingAtColumn(column).data().toString();
        lines += cells.join(QLatin1Char('\t'));
    }
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

} // namespace isoloss
