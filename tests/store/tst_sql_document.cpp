#include "tests/support/sql_document.h"
#include "tests/support/sql_project.h"

#include "engine/store/sql_views.h"

#include <set>

using namespace isoloss;
using namespace isoloss::test;

/// What packaging/docs/sql.md promises of `isoloss query --sql`.
class SqlDocumentTest : public QObject {
    Q_OBJECT

    static QStringList texts(const std::vector<std::string>& names) {
        QStringList list;
        for (const auto& name : names)
            list << QString::fromStdString(name);
        return list;
    }

    /// What SELECT * of a section of the document is of: each metric once for the function.
    static std::string rows_of(const QString& heading) {
        return heading.startsWith("points") ? "(SELECT p.* FROM metrics m JOIN points(m.run_id, m.metric) p)"
                                            : heading.toStdString();
    }

    std::unique_ptr<SqlProject> project_;

private Q_SLOTS:

    void initTestCase() { project_ = std::make_unique<SqlProject>(); }

    void every_view_is_described() {
        QStringList expected{"points(run, metric)"};
        for (const SqlView& view : sql_views())
            expected << QString::fromUtf8(view.name.data(), static_cast<qsizetype>(view.name.size()));
        QCOMPARE(SqlDocument().tables(), expected);
    }

    void columns_are_as_described_data() {
        QTest::addColumn<QString>("heading");
        for (const QString& heading : SqlDocument().tables())
            QTest::newRow(qPrintable(heading)) << heading;
    }

    void columns_are_as_described() {
        QFETCH(QString, heading);
        const auto columns = SqlDocument().columns(heading);
        const auto reader = project_->fixture.reader();
        const std::string rows = rows_of(heading);
        QStringList names;
        for (const auto& column : columns)
            names << column.name;
        const auto all = value_of(reader->sql("SELECT * FROM " + rows));
        QCOMPARE(texts(all.columns), names);
        QVERIFY(!all.rows.empty());
        for (const auto& column : columns) {
            QStringList types{column.type};
            if (column.may_be_null) types << QStringLiteral("NULL");
            types.sort();
            // Every type that is described occurs in this project, and no other.
            QStringList found;
            for (const auto& row : value_of(reader->sql("SELECT DISTINCT upper(typeof(" + column.name.toStdString() +
                                                        ")) FROM " + rows + " ORDER BY 1"))
                                       .rows)
                found << QString::fromStdString(row.at(0).value());
            QVERIFY2(found == types, qPrintable(column.name + " is " + found.join('/') + ", not " + types.join('/')));
        }
    }

    void examples_answer_data() {
        QTest::addColumn<QString>("statement");
        const QStringList examples = SqlDocument().examples("sql");
        QVERIFY(examples.size() >= 8);
        for (const QString& example : examples)
            QTest::newRow(qPrintable(example.section('\n', 0, 0))) << example;
    }

    void examples_answer() {
        QFETCH(QString, statement);
        const auto result = project_->fixture.reader()->sql(statement.toStdString());
        REQUIRE_OK(result);
        QVERIFY(!result->rows.empty());
    }

    void views_leave_out_trash_and_older_variants() {
        const auto reader = project_->fixture.reader();
        using Rows = std::vector<std::vector<std::optional<std::string>>>;
        QCOMPARE(value_of(reader->sql("SELECT run, points, last_step, checkpoints, tags FROM runs")).rows,
                 (Rows{{"my run", "13024", "12000", "3", R"(["baseline","long"])"},
                       {"other run", "21", "2000", "0", "[]"},
                       {"bare", "0", std::nullopt, "0", "[]"}}));
        QCOMPARE(value_of(reader->sql("SELECT step, value, status FROM checkpoint_values "
                                      "WHERE quantity = 'loss[wikitext]' ORDER BY value_id"))
                     .rows,
                 (Rows{{"1000", "3", "ok"}, {"2000", "2", "ok"}, {std::nullopt, std::nullopt, "nonfinite"}}));
        QVERIFY(value_of(reader->sql("SELECT * FROM metrics WHERE run = 'trashed'")).rows.empty());
        QVERIFY(value_of(reader->sql("SELECT * FROM checkpoints WHERE run = 'trashed'")).rows.empty());
    }

    void views_hide_no_table() {
        ProjectFixture fixture;
        std::set<std::string, std::less<>> tables;
        for (const auto& row : value_of(fixture.reader()->sql("SELECT name FROM main.sqlite_schema")).rows)
            tables.insert(row.at(0).value());
        QVERIFY(tables.contains("run"));
        for (const SqlView& view : sql_views())
            QVERIFY2(!tables.contains(view.name), std::string(view.name).c_str());
    }
};

QTEST_GUILESS_MAIN(SqlDocumentTest)
#include "tst_sql_document.moc"
