#include "ui/models/checkpoint_band_model.h"

#include "ui/figures/value_text.h"
#include "widgets/item_roles.h"

#include <algorithm>

namespace isoloss {

void CheckpointBandModel::setCheckpoints(std::vector<BandCheckpoint> checkpoints, const QString& lossTitle,
                                         const QString& scoreTitle) {
    beginResetModel();
    checkpoints_ = std::move(checkpoints);
    lossTitle_ = lossTitle;
    scoreTitle_ = scoreTitle;
    endResetModel();
}

int CheckpointBandModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(checkpoints_.size());
}

int CheckpointBandModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CheckpointBandModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const BandCheckpoint& checkpoint = checkpoints_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == CheckpointColumn) return checkpoint.label;
        return short_number(index.column() == LossColumn ? checkpoint.loss : checkpoint.score);
    case Qt::ToolTipRole:
        if (index.column() == CheckpointColumn) return checkpoint.label;
        if (index.column() == LossColumn) return exact_number(checkpoint.loss, false);
        return number_with_error(checkpoint.score, checkpoint.score_error);
    case Qt::TextAlignmentRole:
        return QVariant((index.column() == CheckpointColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case TailRole: {
        const auto step = checkpoint.label.lastIndexOf(QStringLiteral(" @"));
        return index.column() == CheckpointColumn && step >= 0 ? QVariant(checkpoint.label.mid(step)) : QVariant();
    }
    case SwatchRole:
        return index.column() == CheckpointColumn ? QVariant(checkpoint.color) : QVariant();
    default:
        return {};
    }
}

QVariant CheckpointBandModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((section == CheckpointColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
    case CheckpointColumn:
        return tr("checkpoint");
    case LossColumn:
        return lossTitle_;
    case ScoreColumn:
        return scoreTitle_;
    default:
        return {};
    }
}

CheckpointId CheckpointBandModel::checkpoint(int row) const {
    if (row < 0 || row >= rowCount()) return {};
    return checkpoints_[static_cast<std::size_t>(row)].id;
}

int CheckpointBandModel::rowOf(CheckpointId checkpoint) const {
    const auto found = std::find_if(checkpoints_.begin(), checkpoints_.end(),
                                    [&](const BandCheckpoint& candidate) { return candidate.id == checkpoint; });
    return found == checkpoints_.end() ? -1 : static_cast<int>(found - checkpoints_.begin());
}

} // namespace isoloss
