#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "widgets/theme.h"

#include <QAbstractTableModel>
#include <memory>
#include <vector>

namespace isoloss {

/// The checkpoint × quantity matrix over an immutable CheckpointTable: two fixed columns (run, step), then one column
/// for each quantity. Cells are read lazily; sorting permutes rows and keeps undefined cells last in both directions.
/// HeatRole is 0 for the worst and 1 for the best value of a column (smallest and largest where it has no direction).
/// The window's thread.
class CheckpointTableModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { RunColumn, StepColumn, FirstQuantityColumn };

    enum Role {
        CheckpointRole = Qt::UserRole + 1, ///< id of the row's checkpoint
    };

    explicit CheckpointTableModel(QObject* parent = nullptr);

    void setTheme(const Theme& theme);
    void setTable(std::shared_ptr<const CheckpointTable> table);

    const CheckpointTable* table() const { return table_.get(); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

    /// The quantity of a model column; null for the fixed ones.
    const QuantityColumn* quantity(int column) const;
    CheckpointId checkpoint(int row) const;
    /// The row that shows a checkpoint, −1 when none does.
    int rowOf(CheckpointId checkpoint) const;

    /// Rows and columns as tab-separated text with a header, values at full precision, undefined cells empty.
    QString tabSeparated(const std::vector<int>& rows, const std::vector<int>& columns) const;

private:
    struct Range {
        double low = 0, high = 0;
    };

    void measureRanges();
    void sortRows();
    QString fullText(std::size_t table_row, int column) const;
    QString toolTip(std::size_t table_row, int column) const;
    QVariant heat(std::size_t table_row, int column) const;

    Theme theme_ = Theme::light();
    std::shared_ptr<const CheckpointTable> table_;
    std::vector<std::size_t> rows_; ///< view row → table row
    std::vector<Range> ranges_;     ///< of each quantity's finite values, between the 2nd and 98th percentile
    int sort_column_ = -1;
    Qt::SortOrder sort_order_ = Qt::AscendingOrder;
};

} // namespace isoloss
