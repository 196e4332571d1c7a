#include "widgets/chart_table.h"

#include "widgets/chart_data.h"

#include <QLocale>

namespace isoloss {

namespace {

QString number(double value) {
    return QString::number(value, 'g', QLocale::FloatingPointShortest);
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

QString ChartTable::csv() const {
    QString text;
    const auto append = [&text](const QStringList& fields) {
        for (qsizetype i = 0; i < fields.size(); ++i) {
            if (i) text += QLatin1Char(',');
            text += quoted(fields[i]);
        }
        text += QLatin1Char('\n');
    };
    append(columns);
    for (const QStringList& row : rows)
        append(row);
    return text;
}

ChartTable chart_table(const ChartData& data, const ChartRange& range) {
    const auto inside = [&range](double px, double py) { return range.x.contains(px) && range.y.contains(py); };
    const QString x = data.x.title.isEmpty() ? QStringLiteral("x") : data.x.title;
    const QString y = data.y.title.isEmpty() ? QStringLiteral("y") : data.y.title;
    ChartTable table;
    if (!data.points.empty()) {
        table.columns = {QStringLiteral("point"), x, y, QStringLiteral("x_error"), QStringLiteral("y_error")};
        for (const ChartPoint& point : data.points) {
            if (!inside(point.x, point.y)) continue;
            table.rows.push_back({point.label, number(point.x), number(point.y),
                                  point.x_error ? number(*point.x_error) : QString(),
                                  point.y_error ? number(*point.y_error) : QString()});
        }
        return table;
    }
    table.columns = {
        QStringLiteral("line"), x, QStringLiteral("x_last"), y, QStringLiteral("last"), QStringLiteral("min"),
        QStringLiteral("max")};
    const auto value = [](float v) { return number(static_cast<double>(v)); };
    for (const ChartLine& line : data.lines) {
        if (!line.curve) continue;
        for (const LineStretch& stretch : *line.curve)
            for (std::size_t i = 0; i < stretch.size(); ++i) {
                if (stretch.x_last[i] < range.x.min || stretch.x_first[i] > range.x.max) continue;
                table.rows.push_back({line.name, number(stretch.x_first[i]), number(stretch.x_last[i]),
                                      value(stretch.first[i]), value(stretch.last[i]), value(stretch.min[i]),
                                      value(stretch.max[i])});
            }
    }
    for (const ChartPolyline& polyline : data.polylines)
        for (const QPointF& point : polyline.points)
            if (inside(point.x(), point.y()))
                table.rows.push_back({polyline.name, number(point.x()), number(point.x()), number(point.y()),
                                      number(point.y()), number(point.y()), number(point.y())});
    return table;
}

} // namespace isoloss
