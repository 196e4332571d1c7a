#include "widgets/chart_table.h"

#include <QBuffer>
#include <QLocale>
#include <algorithm>
#include <array>
#include <charconv>

namespace isoloss {

namespace {

/// The fewest digits that read back as the same number.
template <typename Number>
QString shortest(Number value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return QString::fromLatin1(text.data(), end - text.data());
}

// A spreadsheet takes texts that begin so for formulas; an apostrophe in front makes them texts.
QString without_formula(const QString& field) {
    static const QString beginnings = QStringLiteral("=+-@\t\r");
    bool is_number = false;
    QLocale::c().toDouble(field, &is_number);
    return field.isEmpty() || is_number || !beginnings.contains(field.front()) ? field : QLatin1Char('\'') + field;
}

QString quoted(const QString& cell) {
    const QString field = without_formula(cell);
    if (!field.contains(QLatin1Char(',')) && !field.contains(QLatin1Char('"')) && !field.contains(QLatin1Char('\n')))
        return field;
    return QLatin1Char('"') + QString(field).replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"');
}

} // namespace

ChartTable::ChartTable(const ChartData& data, const ChartRange& range) {
    const auto inside = [&range](double px, double py) { return range.x.contains(px) && range.y.contains(py); };
    const QString x = data.x.title.isEmpty() ? QStringLiteral("x") : data.x.title;
    const QString y = data.y.title.isEmpty() ? QStringLiteral("y") : data.y.title;
    if (!data.points.empty()) {
        m_columns = {QStringLiteral("point"), x, y, QStringLiteral("x_error"), QStringLiteral("y_error")};
        std::copy_if(data.points.begin(), data.points.end(), std::back_inserter(m_points),
                     [&](const ChartPoint& point) { return inside(point.x, point.y); });
        m_rows = static_cast<qsizetype>(m_points.size());
        return;
    }
    const QString values = data.y2 ? y + QStringLiteral(" | ") + data.y2->title : y;
    m_columns = {
        QStringLiteral("line"), x, QStringLiteral("x_last"), values, QStringLiteral("last"), QStringLiteral("min"),
        QStringLiteral("max")};
    for (const ChartLine& line : data.lines) {
        add_curve(line.name, line.curve, range.x);
        add_curve(line.curve ? line.name + QStringLiteral(" · before smoothing") : line.name, line.raw, range.x);
        for (const ChartArea& area : data.areas)
            if (area.id == line.id) add_curve(line.name + QStringLiteral(" · band"), area.stretches, range.x);
    }
    for (const ChartPolyline& polyline : data.polylines) {
        const std::size_t begin = m_vertices.size();
        std::copy_if(polyline.points.begin(), polyline.points.end(), std::back_inserter(m_vertices),
                     [&](const QPointF& point) { return inside(point.x(), point.y()); });
        if (m_vertices.size() > begin) add({0, polyline.name, nullptr, 0, begin}, m_vertices.size() - begin);
    }
}

void ChartTable::add_curve(const QString& name, const LineStretches& curve, const AxisRange& x) {
    if (!curve) return;
    for (std::size_t i = 0; i < curve->size(); ++i) {
        const LineStretch& stretch = (*curve)[i];
        const auto begin = std::lower_bound(stretch.x_last.begin(), stretch.x_last.end(), x.min);
        const auto end = std::upper_bound(stretch.x_first.begin(), stretch.x_first.end(), x.max);
        const auto first = static_cast<std::size_t>(begin - stretch.x_last.begin());
        const auto last = static_cast<std::size_t>(end - stretch.x_first.begin());
        if (first < last) add({0, name, curve, i, first}, last - first);
    }
}

void ChartTable::add(Part part, std::size_t rows) {
    part.first_row = m_rows;
    m_parts.push_back(std::move(part));
    m_rows += static_cast<qsizetype>(rows);
}

const ChartTable::Part& ChartTable::part_of(qsizetype row) const {
    const auto after = std::upper_bound(m_parts.begin(), m_parts.end(), row,
                                        [](qsizetype wanted, const Part& part) { return wanted < part.first_row; });
    return *std::prev(after);
}

std::optional<double> ChartTable::number(qsizetype row, int column) const {
    if (!m_points.empty()) {
        const ChartPoint& point = m_points[static_cast<std::size_t>(row)];
        switch (column) {
        case 1:
            return point.x;
        case 2:
            return point.y;
        case 3:
            return point.x_error;
        case 4:
            return point.y_error;
        default:
            return std::nullopt;
        }
    }
    if (column == 0) return std::nullopt;
    const Part& part = part_of(row);
    const std::size_t i = part.begin + static_cast<std::size_t>(row - part.first_row);
    if (!part.curve) return column <= 2 ? m_vertices[i].x() : m_vertices[i].y();
    const LineStretch& stretch = (*part.curve)[part.stretch];
    if (column == 1) return stretch.x_first[i];
    if (column == 2) return stretch.x_last[i];
    const std::vector<float>* const values[] = {&stretch.first, &stretch.last, &stretch.min, &stretch.max};
    return static_cast<double>((*values[column - 3])[i]);
}

QString ChartTable::text(qsizetype row, int column) const {
    if (column == 0) return m_points.empty() ? part_of(row).name : m_points[static_cast<std::size_t>(row)].label;
    const std::optional<double> value = number(row, column);
    if (!value) return {};
    // Values of dense curves are float32: the fewest digits that give the same one.
    const bool single = column > 2 && m_points.empty() && part_of(row).curve;
    return single ? shortest(static_cast<float>(*value)) : shortest(*value);
}

bool ChartTable::write_csv(QIODevice& device) const {
    constexpr qsizetype block = 1 << 16;
    QString text;
    for (qsizetype i = 0; i < m_columns.size(); ++i)
        text += (i ? QStringLiteral(",") : QString()) + quoted(m_columns[i]);
    text += QLatin1Char('\n');
    const auto flush = [&] {
        const QByteArray bytes = text.toUtf8();
        text.clear();
        return device.write(bytes) == bytes.size();
    };
    for (qsizetype row = 0; row < m_rows; ++row) {
        for (int column = 0; column < m_columns.size(); ++column) {
            if (column) text += QLatin1Char(',');
            text += column ? this->text(row, column) : quoted(this->text(row, column));
        }
        text += QLatin1Char('\n');
        if (text.size() >= block && !flush()) return false;
    }
    return flush();
}

QString ChartTable::csv() const {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    write_csv(buffer);
    return QString::fromUtf8(buffer.data());
}

QString ChartTable::tabbed(const std::vector<qsizetype>& rows) const {
    QString text = m_columns.join(QLatin1Char('\t')) + QLatin1Char('\n');
    for (const qsizetype row : rows) {
        for (int column = 0; column < m_columns.size(); ++column) {
            if (column) text += QLatin1Char('\t');
            text += column ? this->text(row, column)
                           : without_formula(this->text(row, column)).replace(QLatin1Char('\t'), QLatin1Char(' '));
        }
        text += QLatin1Char('\n');
    }
    return text;
}

} // namespace isoloss
