#pragma once

#include "engine/datasets/dataset.h"

#include <QAbstractTableModel>
#include <memory>
#include <optional>
#include <vector>

namespace isoloss {

/// A data set of the project and what is known of its files now.
struct ListedDataset {
    DatasetRecord record;
    DatasetDetails details;
    DatasetState state = DatasetState::unchanged;
};

/// The data sets of the project. Names can be edited; what was typed is told by renameWanted. Window thread.
class DatasetsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { nameColumn, kindColumn, holdsColumn, sizeColumn, hashColumn, stateColumn, columns };

    using Datasets = std::shared_ptr<const std::vector<ListedDataset>>;

    explicit DatasetsModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// Keeps the rows where the same data sets stay.
    void setDatasets(Datasets datasets);

    void setWritable(bool writable) { writable_ = writable; }

    const ListedDataset* dataset(int row) const;
    int rowOf(DatasetId dataset) const; ///< −1: not listed

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void renameWanted(int row, const QString& name);

private:
    Datasets datasets_ = std::make_shared<const std::vector<ListedDataset>>();
    bool writable_ = false;
};

/// "1,000 items, 4 choices".
QString datasetCounts(const DatasetDetails& details);

} // namespace isoloss
