#pragma once

#include "widgets/chart_hit.h"
#include "widgets/theme.h"

#include <QAbstractTableModel>
#include <optional>
#include <vector>

namespace isoloss {

/// What the points of one curve over a range of x say; nothing where the curve has no finite point there.
struct CurveRangeValues {
    std::optional<double> start, end, min, max;
    std::optional<double> x_of_min, x_of_max;
    qint64 count = 0, nonfinite = 0;
};

/// A table of the curves of one chart: the value under the cursor and what a range of x says of each. Unsorted, the
/// curve nearest to the cursor comes first. The window's thread.
class CurveValuesModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        nameColumn,
        valueColumn,
        xColumn,
        startColumn,
        endColumn,
        changeColumn,
        minColumn,
        minXColumn,
        maxColumn,
        maxXColumn,
        countColumn,
        gapColumn,
        columnTotal
    };

    explicit CurveValuesModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// Other curves: what was known of the former ones goes.
    void setLines(const std::vector<ChartLine>& lines, const ChartAxis& x);
    /// Values of the lines in their order.
    void setRangeValues(std::vector<CurveRangeValues> values);
    /// What lies under the cursor, nearest first; empty when the cursor is elsewhere: the former values stay.
    void setCursor(const QList<HoverRow>& rows);

    qint64 runOf(int row) const { return lines_[order_[static_cast<std::size_t>(row)]].id; }

    /// Rows as text with tabs between the cells and a header, numbers that read back exactly.
    QString table(const QModelIndexList& rows) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// By a column, rows without a value last; a column below 0: as the cursor has them.
    void sort(int column, Qt::SortOrder order) override;

private:
    struct Line {
        qint64 id = 0;
        QString name;
        QColor color;
        std::optional<HoverRow> cursor;
        int rank = 0; ///< by distance to the cursor
        CurveRangeValues range;
    };

    std::optional<double> number(const Line& line, int column) const;
    QString text(const Line& line, int column, bool exact) const;
    void arrange();
    /// arrange() for a model that is being looked at.
    void rearrange();

    std::vector<Line> lines_;
    std::vector<std::size_t> order_; ///< row → line
    ChartAxis x_;
    int sort_column_ = -1;
    Qt::SortOrder sort_order_ = Qt::AscendingOrder;
};

} // namespace isoloss
