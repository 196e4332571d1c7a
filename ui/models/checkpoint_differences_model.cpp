#include "ui/models/checkpoint_differences_model.h"

#include "widgets/item_roles.h"

namespace isoloss {
namespace {

enum Column { NameColumn, FirstColumn, SecondColumn, DifferenceColumn };

} // namespace

CheckpointDifferencesModel::CheckpointDifferencesModel(Kind kind, const QString& nameTitle, QObject* parent)
    : QAbstractTableModel(parent), kind_(kind), name_title_(nameTitle) {}

void CheckpointDifferencesModel::setRows(std::vector<CheckpointDifference> rows) {
    beginResetModel();
    rows_ = std::move(rows);
    endResetModel();
}

int CheckpointDifferencesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int CheckpointDifferencesModel::columnCount(const QModelIndex& parent) const {
    if (parent.isValid()) return 0;
    return kind_ == Kind::numbers ? DifferenceColumn + 1 : DifferenceColumn;
}

QVariant CheckpointDifferencesModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const CheckpointDifference& row = rows_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case NameColumn:
            return row.name;
        case FirstColumn:
            return row.first;
        case SecondColumn:
            return row.second;
        case DifferenceColumn:
            return row.difference;
        default:
            return {};
        }
    case Qt::ToolTipRole:
        return row.tool_tip.isEmpty() || index.column() == NameColumn ? data(index, Qt::DisplayRole)
                                                                      : QVariant(row.tool_tip);
    case Qt::TextAlignmentRole:
        return QVariant((kind_ == Kind::numbers && index.column() != NameColumn ? Qt::AlignRight : Qt::AlignLeft) |
                        Qt::AlignVCenter);
    case HeatRole:
        if (index.column() != DifferenceColumn || (!row.better && !row.worse)) return {};
        return row.better ? 0.6 : -0.6;
    default:
        return {};
    }
}

QVariant CheckpointDifferencesModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((kind_ == Kind::numbers && section != NameColumn ? Qt::AlignRight : Qt::AlignLeft) |
                        Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
    case NameColumn:
        return name_title_;
    case FirstColumn:
        return QStringLiteral("A");
    case SecondColumn:
        return QStringLiteral("B");
    case DifferenceColumn:
        return tr("B − A");
    default:
        return {};
    }
}

} // namespace isoloss
