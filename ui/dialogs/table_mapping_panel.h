#pragma once

#include "engine/importers/tables/table_sketch.h"

#include <QWidget>
#include <memory>
#include <vector>

class QComboBox;
class QLabel;
class QTableWidget;

namespace isoloss {

/// How one table is read, to be corrected: what a row is, where the run's name comes from, and what each column is,
/// with its first values and why it was taken for that. Window thread.
class TableMappingPanel : public QWidget {
    Q_OBJECT

public:
    explicit TableMappingPanel(QWidget* parent = nullptr);

    void setSketch(std::shared_ptr<const TableSketch> sketch);
    void setFailure(const QString& reason);

    /// As it stands; applies to every table with these columns.
    TableMapping mapping() const;

Q_SIGNALS:
    /// The person has changed something.
    void edited();

private:
    void build();
    void fill();
    ColumnRole roleOf(int row) const;
    QString valuesOf(std::size_t column) const;

    std::shared_ptr<const TableSketch> sketch_;
    QComboBox* rows_;
    QComboBox* naming_;
    QLabel* remark_;
    QTableWidget* columns_;
};

} // namespace isoloss
