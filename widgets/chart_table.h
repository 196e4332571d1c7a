#pragma once

#include <QStringList>
#include <vector>

namespace isoloss {

struct ChartData;
struct ChartRange;

/// A chart as a table: one row per drawn point or bucket.
struct ChartTable {
    QStringList columns;
    std::vector<QStringList> rows;

    /// RFC 4180 with a header line, "\n" line ends, numbers that read back exactly.
    QString csv() const;
};

/// Rows inside the range.
ChartTable chart_table(const ChartData& data, const ChartRange& range);

} // namespace isoloss
