#pragma once

#include "engine/store/reader.h"

#include <QSet>
#include <QString>
#include <QStringList>
#include <QTest>
#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

namespace isoloss::test {

enum class DumpOf {
    all_rows,       ///< as they are stored, but for the ids of chunks and the list of imports
    what_they_mean, ///< without the numbers of imports and what is kept for undoing them
};

/// The content of a project, a line a row: equal content gives equal lines.
inline QStringList dump(Reader& reader, DumpOf what = DumpOf::all_rows) {
    const auto rows_of = [&](const std::string& sql) {
        auto result = reader.sql(sql);
        if (!result) throw std::runtime_error(result.error().text());
        return std::move(*result);
    };
    std::set<std::string> left_out;
    if (what == DumpOf::what_they_mean) left_out = {"import_id"};
    QStringList lines;
    for (const auto& table : rows_of("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").rows) {
        const std::string& name = *table.at(0);
        if (name == "import" || name.starts_with("sqlite_") || name == "chunk_pyramid") continue;
        if (what == DumpOf::what_they_mean && name.starts_with("undo_")) continue;
        const auto result =
            rows_of(name == "chunk" ? "SELECT c.series_id, c.attempt, c.ordinal, c.count, c.first_step, c.last_step, "
                                      "c.first_wall_time, c.last_wall_time, c.min, c.max, c.first, c.last, "
                                      "c.nonfinite, c.bad, c.payload, p.levels FROM chunk c "
                                      "LEFT JOIN chunk_pyramid p ON p.chunk_id = c.id"
                                    : "SELECT * FROM " + name);
        QStringList of_table;
        for (const auto& row : result.rows) {
            QStringList cells;
            for (std::size_t i = 0; i < row.size(); ++i)
                if (!left_out.contains(result.columns[i]))
                    cells << QString::fromStdString(result.columns[i] + "=" + row[i].value_or("NULL"));
            of_table << QString::fromStdString(name) + ": " + cells.join(", ");
        }
        of_table.sort();
        lines += of_table;
    }
    return lines;
}

/// Fails with the lines that only one of the two has.
inline void compare_dumps(const QStringList& actual, const QStringList& expected) {
    if (actual == expected) return;
    QString differences;
    const auto add = [&](const QStringList& lines, const QStringList& others, const char* sign) {
        const QSet<QString> known(others.begin(), others.end());
        for (const QString& line : lines)
            if (!known.contains(line)) differences += QString("\n%1 %2").arg(sign, line.left(400));
    };
    add(actual, expected, "+");
    add(expected, actual, "-");
    QFAIL(qPrintable("the content differs:" + differences.left(6000)));
}

} // namespace isoloss::test
