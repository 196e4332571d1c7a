#include "ui/models/datasets_model.h"

#include "ui/figures/value_text.h"
#include "widgets/item_roles.h"

#include <QLocale>

namespace isoloss {

namespace {

constexpr std::size_t shortHash = 8;

QString stateText(DatasetState state) {
    switch (state) {
    case DatasetState::unchanged:
        return DatasetsModel::tr("ok");
    case DatasetState::changed:
        return DatasetsModel::tr("changed");
    case DatasetState::missing:
        return DatasetsModel::tr("missing");
    }
    return {};
}

QString toolTip(const ListedDataset& dataset) {
    QStringList lines{qtext(dataset.record.path)};
    for (const std::string& file : dataset.details.reading.files)
        lines += DatasetsModel::tr("with %1").arg(qtext(file));
    for (const std::string& note : dataset.details.notes)
        lines += DatasetsModel::tr("Guessed: %1").arg(qtext(note));
    if (dataset.details.problem_count > 0)
        lines += DatasetsModel::tr("%1 broken rows are left out:").arg(dataset.details.problem_count);
    for (const std::string& problem : dataset.details.problems)
        lines += qtext(problem);
    lines += DatasetsModel::tr("Hash %1").arg(qtext(dataset.record.hash));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

QString datasetCounts(const DatasetDetails& details) {
    QStringList parts;
    for (const DatasetCount& count : details.counts)
        if (count.first != "bytes" && count.first != "characters")
            parts += count_text(count.second) + QLatin1Char(' ') + qtext(counted_word(count));
    return parts.join(QStringLiteral(", "));
}

void DatasetsModel::setDatasets(Datasets datasets) {
    const auto sameRows = [&] {
        if (datasets->size() != datasets_->size()) return false;
        for (std::size_t i = 0; i < datasets->size(); ++i)
            if ((*datasets)[i].record.id != (*datasets_)[i].record.id) return false;
        return true;
    };
    if (sameRows()) {
        datasets_ = std::move(datasets);
        if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
        return;
    }
    beginResetModel();
    datasets_ = std::move(datasets);
    endResetModel();
}

const ListedDataset* DatasetsModel::dataset(int row) const {
    return row >= 0 && row < rowCount() ? &(*datasets_)[static_cast<std::size_t>(row)] : nullptr;
}

int DatasetsModel::rowOf(DatasetId dataset) const {
    for (int row = 0; row < rowCount(); ++row)
        if ((*datasets_)[static_cast<std::size_t>(row)].record.id == dataset) return row;
    return -1;
}

int DatasetsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(datasets_->size());
}

int DatasetsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : columns;
}

QVariant DatasetsModel::data(const QModelIndex& index, int role) const {
    const ListedDataset* listed = index.isValid() ? dataset(index.row()) : nullptr;
    if (!listed) return {};
    if (role == Qt::ToolTipRole) return toolTip(*listed);
    if (role == MutedRole) return index.column() != nameColumn && listed->state == DatasetState::unchanged;
    if (role == Qt::TextAlignmentRole && index.column() == sizeColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
    switch (index.column()) {
    case nameColumn:
        return qtext(listed->record.name);
    case kindColumn:
        return qtext(dataset_kind_words(listed->record.kind));
    case holdsColumn: {
        const QString counts = datasetCounts(listed->details);
        return listed->details.problem_count > 0
                   ? tr("%1, %2 broken").arg(counts, count_text(listed->details.problem_count))
                   : counts;
    }
    case sizeColumn:
        return QLocale().formattedDataSize(listed->record.bytes, 1);
    case hashColumn:
        return qtext(listed->record.hash.substr(0, shortHash));
    case stateColumn:
        return stateText(listed->state);
    default:
        return {};
    }
}

bool DatasetsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || index.column() != nameColumn || !dataset(index.row())) return false;
    const QString name = value.toString().trimmed();
    if (name == qtext(dataset(index.row())->record.name)) return false;
    Q_EMIT renameWanted(index.row(), name);
    return true;
}

Qt::ItemFlags DatasetsModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (writable_ && index.column() == nameColumn) flags |= Qt::ItemIsEditable;
    return flags;
}

QVariant DatasetsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
    case nameColumn:
        return tr("Name");
    case kindColumn:
        return tr("Kind");
    case holdsColumn:
        return tr("Holds");
    case sizeColumn:
        return tr("Size");
    case hashColumn:
        return tr("Hash");
    case stateColumn:
        return tr("Files");
    default:
        return {};
    }
}

} // namespace isoloss
