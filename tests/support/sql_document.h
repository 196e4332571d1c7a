#pragma once

#include <QFile>
#include <QRegularExpression>
#include <QStringList>
#include <stdexcept>

namespace isoloss::test {

/// packaging/docs/sql.md, taken at its word: the tables of columns and the examples.
class SqlDocument {
public:
    struct Column {
        QString name;
        QString type;
        bool may_be_null = false; ///< its meaning says what NULL means
    };

    SqlDocument() {
        QFile file(QStringLiteral(ISOLOSS_SOURCE_DIR "/packaging/docs/sql.md"));
        if (!file.open(QIODevice::ReadOnly)) throw std::runtime_error("sql.md cannot be read");
        text_ = QString::fromUtf8(file.readAll());
    }

    /// Headings above a table of columns, in order: points(run, metric), runs, …
    QStringList tables() const {
        QStringList headings;
        static const QRegularExpression section(QStringLiteral("^##+ ([^\\n]+)\\n(?:(?!^##)[\\s\\S])*?^\\| column \\|"),
                                                QRegularExpression::MultilineOption);
        for (auto matches = section.globalMatch(text_); matches.hasNext();)
            headings << matches.next().captured(1);
        return headings;
    }

    QList<Column> columns(const QString& heading) const {
        const qsizetype begin = text_.indexOf("# " + heading + "\n");
        const qsizetype table = text_.indexOf("\n| column |", begin);
        const qsizetype end = text_.indexOf("\n\n", table);
        if (begin < 0 || table < 0 || end < 0) throw std::runtime_error("sql.md has no table for this heading");
        static const QRegularExpression row(QStringLiteral("^\\| `(\\w+)` \\| (\\w+) \\| ([^|]*)\\| (.*) \\|$"),
                                            QRegularExpression::MultilineOption);
        QList<Column> found;
        for (auto rows = row.globalMatch(text_.mid(table, end - table)); rows.hasNext();) {
            const auto match = rows.next();
            found.append({match.captured(1), match.captured(2), match.captured(4).contains("NULL")});
        }
        return found;
    }

    /// The fenced examples of a language: sql, sh, python.
    QStringList examples(const QString& language) const {
        const QRegularExpression fence("^```" + language + "\\n([\\s\\S]*?)^```$", QRegularExpression::MultilineOption);
        QStringList found;
        for (auto matches = fence.globalMatch(text_); matches.hasNext();)
            found << matches.next().captured(1);
        return found;
    }

private:
    QString text_;
};

} // namespace isoloss::test
