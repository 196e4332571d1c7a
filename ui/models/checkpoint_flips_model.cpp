#include "ui/models/checkpoint_flips_model.h"

#include "widgets/item_roles.h"

#include <algorithm>

namespace isoloss {
namespace {

QString one_line(const QString& text) {
    return text.simplified();
}

QString choice_text(const ComparedItem& item, const std::optional<int>& choice) {
    if (!choice) return QStringLiteral("–");
    if (*choice >= 0 && *choice < item.choices.size()) return one_line(item.choices[*choice]);
    return QString::number(*choice);
}

} // namespace

QString CheckpointFlipsModel::kindText(FlipKind kind) {
    switch (kind) {
    case FlipKind::learned:
        return tr("learned");
    case FlipKind::forgotten:
        return tr("forgotten");
    case FlipKind::both_right:
        return tr("both right");
    case FlipKind::both_wrong:
        return tr("both wrong");
    }
    return {};
}

void CheckpointFlipsModel::setItems(std::vector<ComparedItem> items) {
    beginResetModel();
    items_ = std::move(items);
    std::stable_sort(items_.begin(), items_.end(),
                     [](const ComparedItem& a, const ComparedItem& b) { return a.kind < b.kind; });
    applyFilter();
    endResetModel();
}

void CheckpointFlipsModel::setFilter(const std::set<FlipKind>& kinds, const QString& text) {
    beginResetModel();
    kinds_ = kinds;
    text_ = text;
    applyFilter();
    endResetModel();
}

void CheckpointFlipsModel::applyFilter() {
    rows_.clear();
    for (std::size_t i = 0; i < items_.size(); ++i) {
        const ComparedItem& item = items_[i];
        const auto contains = [&](const QString& text) { return text.contains(text_, Qt::CaseInsensitive); };
        const bool found = contains(item.text) || contains(item.task) || contains(item.key) ||
                           std::any_of(item.choices.begin(), item.choices.end(), contains);
        if (kinds_.contains(item.kind) && found) rows_.push_back(i);
    }
}

int CheckpointFlipsModel::count(FlipKind kind) const {
    return static_cast<int>(
        std::count_if(items_.begin(), items_.end(), [&](const ComparedItem& item) { return item.kind == kind; }));
}

const ComparedItem* CheckpointFlipsModel::item(int row) const {
    if (row < 0 || row >= rowCount()) return nullptr;
    return &items_[rows_[static_cast<std::size_t>(row)]];
}

int CheckpointFlipsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int CheckpointFlipsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CheckpointFlipsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const ComparedItem& flip = *item(index.row());
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case KindColumn:
            return kindText(flip.kind);
        case TaskColumn:
            return flip.task;
        case ItemColumn:
            return flip.text.isEmpty() ? flip.key : one_line(flip.text);
        case GoldColumn:
            return choice_text(flip, flip.gold);
        case FirstColumn:
            return choice_text(flip, flip.chosen_a);
        case SecondColumn:
            return choice_text(flip, flip.chosen_b);
        default:
            return {};
        }
    case Qt::ToolTipRole:
        if (index.column() == ItemColumn) return flip.text.isEmpty() ? flip.key : flip.text;
        return data(index, Qt::DisplayRole);
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    case MutedRole:
        return index.column() == TaskColumn;
    default:
        return {};
    }
}

QVariant CheckpointFlipsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
    case KindColumn:
        return tr("change");
    case TaskColumn:
        return tr("task");
    case ItemColumn:
        return tr("item");
    case GoldColumn:
        return tr("right answer");
    case FirstColumn:
        return tr("A chose");
    case SecondColumn:
        return tr("B chose");
    default:
        return {};
    }
}

} // namespace isoloss
