#include "ui/models/runs_model.h"

#include "ui/figures/value_text.h"
#include "ui/plural.h"
#include "widgets/item_roles.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace isoloss {

RunsModel::RunsModel(QObject* parent) : QAbstractTableModel(parent) {}

void RunsModel::setTheme(const Theme& theme) {
    theme_ = theme;
    if (!rows_.empty())
        Q_EMIT dataChanged(index(0, nameColumn), index(rowCount() - 1, nameColumn), {SwatchRole, Qt::ForegroundRole});
}

std::vector<RunsModel::Row> RunsModel::makeRows() const {
    std::vector<Row> rows;
    const int runs = static_cast<int>(runs_->table.runs.size());
    if (runs_->sections.empty()) {
        rows.resize(static_cast<std::size_t>(runs));
        for (int run = 0; run < runs; ++run)
            rows[static_cast<std::size_t>(run)].run = run;
        return rows;
    }
    for (std::size_t section = 0; section < runs_->sections.size(); ++section) {
        const RunSection& shown = runs_->sections[section];
        rows.push_back({-1, static_cast<int>(section)});
        if (folded_.contains(shown.key)) continue;
        for (int run = shown.first; run < shown.first + shown.count; ++run)
            rows.push_back({run, static_cast<int>(section)});
    }
    return rows;
}

void RunsModel::setRuns(std::shared_ptr<const ArrangedRuns> runs) {
    const auto sameColumns = [&] {
        return std::equal(runs->table.columns.begin(), runs->table.columns.end(), runs_->table.columns.begin(),
                          runs_->table.columns.end(), [](const auto& a, const auto& b) { return a.key == b.key; });
    };
    const auto sameRuns = [&] {
        return std::equal(runs->table.runs.begin(), runs->table.runs.end(), runs_->table.runs.begin(),
                          runs_->table.runs.end(), [](const auto& a, const auto& b) { return a.id == b.id; });
    };
    const auto sameSections = [&] {
        return std::equal(runs->sections.begin(), runs->sections.end(), runs_->sections.begin(), runs_->sections.end(),
                          [](const auto& a, const auto& b) { return a.key == b.key && a.count == b.count; });
    };
    visible_.clear();
    pinned_.clear();
    if (sameColumns() && sameRuns() && sameSections()) {
        runs_ = std::move(runs);
        if (!rows_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        return;
    }
    beginResetModel();
    runs_ = std::move(runs);
    rows_ = makeRows();
    endResetModel();
}

const RunRecord* RunsModel::run(int row) const {
    if (row < 0 || row >= rowCount()) return nullptr;
    const int run = rows_[static_cast<std::size_t>(row)].run;
    return run < 0 ? nullptr : &runs_->table.runs[static_cast<std::size_t>(run)];
}

std::vector<int> RunsModel::rowsOf(const std::vector<RunId>& runs) const {
    const std::unordered_set<RunId> wanted(runs.begin(), runs.end());
    std::vector<int> rows;
    for (int row = 0; row < rowCount() && rows.size() < wanted.size(); ++row)
        if (const RunRecord* record = run(row); record && wanted.contains(record->id)) rows.push_back(row);
    return rows;
}

bool RunsModel::isSection(int row) const {
    return row >= 0 && row < rowCount() && rows_[static_cast<std::size_t>(row)].run < 0;
}

int RunsModel::sectionRowOf(int row) const {
    while (row >= 0 && !isSection(row))
        --row;
    return row;
}

bool RunsModel::isFolded(int row) const {
    return folded_.contains(sectionOf(rows_[static_cast<std::size_t>(row)]).key);
}

void RunsModel::toggleSection(int row) {
    if (!isSection(row)) return;
    const RunSection& section = sectionOf(rows_[static_cast<std::size_t>(row)]);
    const auto first = rows_.begin() + row + 1;
    if (folded_.erase(section.key) > 0) {
        beginInsertRows({}, row + 1, row + section.count);
        std::vector<Row> opened;
        for (int run = section.first; run < section.first + section.count; ++run)
            opened.push_back({run, rows_[static_cast<std::size_t>(row)].section});
        rows_.insert(first, opened.begin(), opened.end());
        endInsertRows();
    } else {
        beginRemoveRows({}, row + 1, row + section.count);
        folded_.insert(section.key);
        rows_.erase(first, first + section.count);
        endRemoveRows();
    }
    Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
}

std::string RunsModel::keyOf(int column) const {
    switch (column) {
    case eyeColumn:
        return "visible";
    case pinColumn:
        return "pinned";
    case nameColumn:
        return "name";
    default:
        return runs_->table.columns[static_cast<std::size_t>(column - firstChosenColumn)].key;
    }
}

bool RunsModel::isVisible(const RunRecord& run) const {
    const auto changed = visible_.find(run.id);
    return changed == visible_.end() ? run.visible : changed->second;
}

bool RunsModel::isShown(const RunRecord& run) const {
    return isVisible(run) && !run.trashed;
}

void RunsModel::setVisible(const std::vector<int>& rows, bool visible) {
    std::vector<RunId> changed;
    const auto change = [&](const RunRecord& run) {
        if (isVisible(run) == visible) return;
        visible_[run.id] = visible;
        changed.push_back(run.id);
    };
    for (const int row : rows) {
        if (isSection(row))
            for (const RunRecord& run : runsOf(sectionOf(rows_[static_cast<std::size_t>(row)])))
                change(run);
        else if (const RunRecord* record = run(row))
            change(*record);
    }
    if (changed.empty()) return;
    Q_EMIT dataChanged(index(0, eyeColumn), index(rowCount() - 1, columnCount() - 1), {Qt::CheckStateRole, MutedRole});
    Q_EMIT visibilityRequested(changed, visible);
}

Selection::Runs RunsModel::shownRuns() const {
    const std::vector<RunRecord>& listed = runs_->table.runs;
    const auto shown = [this](const RunRecord& run) { return isShown(run); };
    // Ten thousand configs are not copied where nothing is hidden.
    if (std::all_of(listed.begin(), listed.end(), shown)) return {runs_, &listed};
    auto runs = std::make_shared<std::vector<RunRecord>>();
    std::copy_if(listed.begin(), listed.end(), std::back_inserter(*runs), shown);
    return runs;
}

std::vector<RunGroup> RunsModel::shownGroups() const {
    std::vector<RunGroup> groups;
    for (const RunSection& section : runs_->sections) {
        RunGroup group{section.title, {}};
        for (const RunRecord& run : runsOf(section))
            if (isShown(run)) group.runs.push_back(run.id);
        if (!group.runs.empty()) groups.push_back(std::move(group));
    }
    return groups;
}

int RunsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : firstChosenColumn + static_cast<int>(runs_->table.columns.size());
}

const RunSection& RunsModel::sectionOf(const Row& row) const {
    return runs_->sections[static_cast<std::size_t>(row.section)];
}

std::span<const RunRecord> RunsModel::runsOf(const RunSection& section) const {
    return std::span(runs_->table.runs)
        .subspan(static_cast<std::size_t>(section.first), static_cast<std::size_t>(section.count));
}

Qt::CheckState RunsModel::eyeOf(const RunSection& section) const {
    const auto runs = runsOf(section);
    const auto visible = std::count_if(runs.begin(), runs.end(), [this](const auto& run) { return isVisible(run); });
    if (visible == 0) return Qt::Unchecked;
    return visible == section.count ? Qt::Checked : Qt::PartiallyChecked;
}

QVariant RunsModel::sectionData(const Row& row, int column, int role) const {
    const RunSection& section = sectionOf(row);
    if (column >= firstChosenColumn) {
        const SectionCell& cell = section.cells[static_cast<std::size_t>(column - firstChosenColumn)];
        if (role == Qt::DisplayRole) return sectionCellText(cell, section.count);
        if (role == BriefRole && cell.n > 0) return short_number(cell.mean);
        if (role == Qt::ToolTipRole) return sectionCellTip(cell, section.count);
        if (role == Qt::TextAlignmentRole)
            return QVariant::fromValue(Qt::AlignVCenter | (cell.common.isEmpty() ? Qt::AlignRight : Qt::AlignLeft));
        if (role == MutedRole) return cell.n == 0;
        return {};
    }
    const QString title = plural(section.count, tr("%2 · %1 run"), tr("%2 · %1 runs")).arg(section.title);
    if (column == eyeColumn && role == Qt::CheckStateRole) return eyeOf(section);
    if (column == eyeColumn && role == Qt::ToolTipRole)
        return eyeOf(section) == Qt::Checked ? tr("All are drawn; click to hide them")
                                             : tr("Not all are drawn; click to draw them");
    if (role == Qt::AccessibleTextRole) return column == eyeColumn ? tr("%1, drawn").arg(title) : title;
    if (column == nameColumn && (role == Qt::DisplayRole || role == Qt::ToolTipRole)) return title;
    if (role == Qt::FontRole) return theme_.strong;
    return {};
}

QVariant RunsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    if (row.run < 0) return sectionData(row, index.column(), role);
    const RunRecord& record = runs_->table.runs[static_cast<std::size_t>(row.run)];
    if (role == MutedRole) return !isVisible(record) || record.archived;
    switch (index.column()) {
    case eyeColumn:
        if (role == Qt::CheckStateRole) return isVisible(record) ? Qt::Checked : Qt::Unchecked;
        if (role == Qt::ToolTipRole)
            return isVisible(record) ? tr("Drawn; click to hide") : tr("Hidden; click to draw");
        if (role == Qt::AccessibleTextRole) return tr("%1, drawn").arg(qtext(record.name));
        return {};
    case pinColumn: {
        const auto changed = pinned_.find(record.id);
        const bool pinned = changed == pinned_.end() ? record.pinned : changed->second;
        if (role == Qt::CheckStateRole) return pinned ? Qt::Checked : Qt::Unchecked;
        if (role == Qt::ToolTipRole) return pinned ? tr("Pinned on top; click to release") : tr("Click to pin on top");
        if (role == Qt::AccessibleTextRole) return tr("%1, pinned").arg(qtext(record.name));
        return {};
    }
    case nameColumn:
        if (role == Qt::DisplayRole || role == Qt::EditRole) return qtext(record.name);
        if (role == SwatchRole) return theme_.series(record.color).color;
        if (role == DashRole) return QVariant::fromValue(theme_.series(record.color).dash);
        if (role == LiveRole) return record.status == RunStatus::running;
        if (role == Qt::AccessibleTextRole)
            return record.status == RunStatus::running ? tr("%1, running").arg(qtext(record.name)) : qtext(record.name);
        if (role == Qt::ToolTipRole) {
            QStringList lines{qtext(record.name)};
            if (!record.group.empty()) lines += tr("group %1").arg(qtext(record.group));
            lines += tr("%1, last step %2").arg(qtext(run_status_name(record.status)), step_text(record.last_step));
            if (!record.status_note.empty()) lines += qtext(record.status_note);
            if (!record.notes.empty()) lines += qtext(record.notes);
            return lines.join(QLatin1Char('\n'));
        }
        return {};
    default:
        break;
    }
    const RunColumn& column = runs_->table.columns[static_cast<std::size_t>(index.column() - firstChosenColumn)];
    const FilterValue& cell = column.cells[static_cast<std::size_t>(row.run)];
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return runCellText(column.key, cell);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (std::holds_alternative<double>(cell) ? Qt::AlignRight : Qt::AlignLeft));
    return {};
}

bool RunsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    const bool checked = value.toInt() == Qt::Checked;
    if (index.isValid() && role == Qt::CheckStateRole && index.column() == eyeColumn) {
        setVisible({index.row()}, checked);
        return true;
    }
    const RunRecord* record = run(index.row());
    if (!record) return false;
    if (role == Qt::CheckStateRole && index.column() == pinColumn) {
        pinned_[record->id] = checked;
        Q_EMIT dataChanged(index, index);
        Q_EMIT pinRequested(record->id, checked);
        return true;
    }
    const QString name = value.toString().trimmed();
    if (role != Qt::EditRole || index.column() != nameColumn || name.isEmpty() || name == qtext(record->name))
        return false;
    Q_EMIT renameRequested(record->id, name);
    return true;
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    if (section < nameColumn) {
        if (role == Qt::ToolTipRole || role == Qt::AccessibleTextRole)
            return section == eyeColumn ? tr("Drawn or hidden") : tr("Pinned on top");
        return {};
    }
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (section == nameColumn ? Qt::AlignLeft : Qt::AlignRight));
    if (section == nameColumn) return role == Qt::DisplayRole ? QVariant(tr("run")) : QVariant();
    const RunColumn& column = runs_->table.columns[static_cast<std::size_t>(section - firstChosenColumn)];
    if (role == Qt::DisplayRole) return qtext(column.title);
    if (role == Qt::ToolTipRole)
        return column.reason.empty() ? qtext(column.key) : qtext(column.key + "\n" + column.reason);
    return {};
}

Qt::ItemFlags RunsModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::NoItemFlags;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemNeverHasChildren;
    if (isSection(index.row())) return index.column() == eyeColumn ? flags | Qt::ItemIsUserCheckable : flags;
    flags |= Qt::ItemIsSelectable;
    if (index.column() == eyeColumn || index.column() == pinColumn) flags |= Qt::ItemIsUserCheckable;
    if (index.column() == nameColumn) flags |= Qt::ItemIsEditable;
    return flags;
}

} // namespace isoloss
