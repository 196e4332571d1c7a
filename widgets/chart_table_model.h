#pragma once

#include "widgets/chart_table.h"

#include <QAbstractTableModel>
#include <QThreadPool>
#include <memory>

namespace isoloss {

/// A chart's table for a view: cells are written when they are looked at, and millions of rows are sorted on another
/// thread. Window thread.
class ChartTableModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit ChartTableModel(ChartTable table, QObject* parent = nullptr);
    ~ChartTableModel() override;

    const ChartTable& table() const { return *m_table; }

    /// The row of the table that is shown in a row of the model.
    qsizetype source_row(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// Asynchronous: rows change their places when layoutChanged() says so. A column below zero is the chart's order.
    /// Empty cells come last, whatever the order.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

private:
    using Order = std::vector<quint32>;

    void adopt(std::shared_ptr<const Order> order);

    std::shared_ptr<const ChartTable> m_table;
    std::shared_ptr<const Order> m_order; ///< null: that of the table
    int m_sorts = 0;                      ///< asked for; answers to earlier ones are stale
    QThreadPool m_threads;
};

} // namespace isoloss
