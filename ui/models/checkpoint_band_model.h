#pragma once

#include "engine/base/ids.h"

#include <QAbstractTableModel>
#include <QColor>
#include <optional>
#include <vector>

namespace isoloss {

/// One checkpoint inside the band of equal loss.
struct BandCheckpoint {
    CheckpointId id;
    QString label;
    QColor color; ///< of its point on the plane
    double loss = 0;
    double score = 0;
    std::optional<double> score_error;
};

/// The checkpoints inside the band as a table of name, loss and score. The window's thread.
class CheckpointBandModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { CheckpointColumn, LossColumn, ScoreColumn, ColumnCount };

    explicit CheckpointBandModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// In the order in which they are shown.
    void setCheckpoints(std::vector<BandCheckpoint> checkpoints, const QString& lossTitle, const QString& scoreTitle);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    CheckpointId checkpoint(int row) const;
    int rowOf(CheckpointId checkpoint) const; ///< −1 when it is not inside

private:
    std::vector<BandCheckpoint> checkpoints_;
    QString lossTitle_, scoreTitle_;
};

} // namespace isoloss
