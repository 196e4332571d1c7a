#pragma once

#include "widgets/chart_data.h"

#include <QStringList>
#include <optional>
#include <vector>

class QIODevice;

namespace isoloss {

/// What a chart shows inside a range, as a table: one row per point, bucket or vertex, written only when it is asked
/// for. Of a curve what it was before smoothing and the band around it follow it; a band's min and max are its edges. A
/// value that is cheap to copy and may cross threads, because dense curves are shared.
class ChartTable {
public:
    ChartTable() = default;
    ChartTable(const ChartData& data, const ChartRange& range);

    const QStringList& columns() const { return m_columns; }

    qsizetype rows() const { return m_rows; }

    /// Numbers read back exactly; empty where there is none.
    QString text(qsizetype row, int column) const;
    /// None where the cell is a text or empty.
    std::optional<double> number(qsizetype row, int column) const;

    /// RFC 4180 with a header line, "\n" line ends. False where the device takes no more; it says why.
    bool write_csv(QIODevice& device) const;
    QString csv() const;

    /// These rows and the header, separated by tabs.
    QString tabbed(const std::vector<qsizetype>& rows) const;

private:
    /// Rows that follow each other: buckets of one stretch, vertices of one polyline, or all points.
    struct Part {
        qsizetype first_row = 0;
        QString name;
        LineStretches curve; ///< null: not buckets
        std::size_t stretch = 0;
        std::size_t begin = 0; ///< of buckets, or of m_vertices
    };

    const Part& part_of(qsizetype row) const;
    void add(Part part, std::size_t rows);
    /// The buckets of a curve that touch a range of x.
    void add_curve(const QString& name, const LineStretches& curve, const AxisRange& x);

    QStringList m_columns;
    qsizetype m_rows = 0;
    std::vector<Part> m_parts;
    std::vector<ChartPoint> m_points; ///< a table of points has no parts
    std::vector<QPointF> m_vertices;
};

} // namespace isoloss
