#pragma once

#include <QStringList>
#include <vector>

namespace isoloss {

struct ChartData;

/// A chart as a table: one row per drawn point or bucket.
struct ChartTable {
    QStringList columns;
    std::vector<QStringList> rows;

    /// RFC 4180 with a header line, "\n" line ends, numbers that read back exactly.
    QString csv() const;
};

ChartTable chart_table(const ChartData& data);

} // namespace isoloss
