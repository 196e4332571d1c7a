#pragma once

#include <QAbstractTableModel>
#include <QStringList>
#include <vector>

namespace isoloss {

/// What differs between two checkpoints: a name, what each has, and for numbers their difference.
struct CheckpointDifference {
    QString name;
    QString first, second;
    QString difference; ///< empty where there is none
    QString tool_tip;
    bool better = false, worse = false; ///< of the second against the first, where the quantity has a direction
};

/// A table of differences, in the order given. The window's thread.
class CheckpointDifferencesModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum class Kind { texts, numbers }; ///< numbers have a column for the difference

    explicit CheckpointDifferencesModel(Kind kind, const QString& nameTitle, QObject* parent = nullptr);

    void setRows(std::vector<CheckpointDifference> rows);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    Kind kind_;
    QString name_title_;
    std::vector<CheckpointDifference> rows_;
};

} // namespace isoloss
