#include "tests/support/sql_project.h"

#include <sqlite3.h>

using namespace isoloss;
using namespace isoloss::test;

/// The table-valued function points(run, metric).
class PointsTableTest : public QObject {
    Q_OBJECT

    using Cells = std::vector<std::optional<std::string>>;
    using Rows = std::vector<Cells>;

    static Rows rows(Reader& reader, const std::string& statement) { return value_of(reader.sql(statement)).rows; }

    static std::string only(Reader& reader, const std::string& statement) {
        return rows(reader, statement).at(0).at(0).value_or("NULL");
    }

    /// Flips a byte in every chunk of this ordinal, through plain SQLite.
    static void damage(const std::filesystem::path& path, int ordinal) {
        sqlite3* database = nullptr;
        QCOMPARE(sqlite3_open(path.c_str(), &database), SQLITE_OK);
        const std::string statement =
            "UPDATE chunk SET payload = CAST(substr(payload, 1, 30) || x'ff' || substr(payload, 32) AS BLOB) "
            "WHERE ordinal = " +
            std::to_string(ordinal);
        QCOMPARE(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(database);
    }

    std::unique_ptr<SqlProject> project_; ///< for tests that only read

private Q_SLOTS:

    void initTestCase() { project_ = std::make_unique<SqlProject>(); }

    // 'train/loss' of "my run": steps 0 to 9,999 in attempt 1, 9,000 to 12,000 in attempt 2.
    void constraints_are_those_of_sql_data() {
        QTest::addColumn<QString>("where");
        QTest::addColumn<int>("count");
        QTest::addColumn<qint64>("step_sum");
        const qint64 first = 49'995'000, second = 3001LL * 10'500;
        const auto row = [](const char* where, int count, qint64 sum) {
            QTest::newRow(where) << QString::fromLatin1(where) << count << sum;
        };
        row("TRUE", 13001, first + second);
        row("step BETWEEN 100 AND 200", 101, 15150);
        row("step >= 4095 AND step <= 4096", 2, 8191);
        row("step > 4095 AND step < 4097", 1, 4096);
        row("step > 11998.5", 2, 23999);
        row("step >= 11999.0", 2, 23999);
        row("step < 1.5", 2, 1);
        row("step = 9500", 2, 19000);
        row("step = 9500.5", 0, 0);
        row("step = 9500 AND attempt = 2", 1, 9500);
        row("step IN (1, 9500, 20000)", 3, 19001);
        row("step < 0", 0, 0);
        row("step >= 7 AND step <= 3", 0, 0);
        row("step >= '11999'", 2, 23999);
        row("step > 'text'", 0, 0);
        row("step < 'text'", 13001, first + second);
        row("step >= NULL", 0, 0);
        row("step >= 9.3e18", 0, 0);
        row("step < 9.3e18", 13001, first + second);
        row("step <= -9.3e18", 0, 0);
        row("step > -9.3e18", 13001, first + second);
        row("step > 9223372036854775807", 0, 0);
        row("attempt = 1", 10000, first);
        row("attempt = '2'", 3001, second);
        row("attempt = 1.5", 0, 0);
        row("attempt = 3", 0, 0);
        row("attempt = NULL", 0, 0);
        row("run = 'my run' AND metric = 'train/loss'", 13001, first + second);
        row("run = 'other run'", 0, 0);
        row("step = 5 OR step = 9500", 3, 19005);
    }

    void constraints_are_those_of_sql() {
        QFETCH(QString, where);
        QFETCH(int, count);
        QFETCH(qint64, step_sum);
        const auto reader = project_->fixture.reader();
        const std::string from = " FROM points('my run', 'train/loss') WHERE " + where.toStdString();
        const auto expected = std::to_string(count);
        QCOMPARE(only(*reader, "SELECT count(*)" + from), expected);
        QCOMPARE(only(*reader, "SELECT coalesce(sum(step), 0)" + from), std::to_string(step_sum));
        // The same where SQLite may take nothing over, and where the rows are asked for by step.
        QCOMPARE(only(*reader, "SELECT count(*) FROM (SELECT step" + from + " ORDER BY step)"), expected);
    }

    void values_are_those_that_were_logged() {
        const auto reader = project_->fixture.reader();
        // attempt + step / 4096, and wall times of 1.7e9 + step.
        QCOMPARE(rows(*reader, "SELECT run_id, attempt, step, wall_time, value FROM points('my run', 'train/loss') "
                               "WHERE step = 9216 ORDER BY attempt"),
                 (Rows{{"1", "1", "9216", "1700009216", "3.25"}, {"1", "2", "9216", "1700009216", "4.25"}}));
        QCOMPARE(only(*reader, "SELECT count(*) FROM points('my run', 'train/loss') "
                               "WHERE value <> attempt + step / 4096.0 OR wall_time <> 1.7e9 + step"),
                 std::string("0"));
        QCOMPARE(rows(*reader, "SELECT wall_time, value, value > 1e308 FROM points('my run', 'train/odd')").at(0),
                 (Cells{std::nullopt, std::nullopt, std::nullopt}));
        QCOMPARE(only(*reader, "SELECT value > 1e308 FROM points('my run', 'train/odd') WHERE step = 1"),
                 std::string("1"));
    }

    void arguments_name_runs_data() {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("count");
        const auto row = [](const char* arguments, int count) {
            QTest::newRow(arguments) << QString::fromLatin1(arguments) << count;
        };
        // Runs 1 to 4: twin, twin, "1", trashed; each with as many points of loss as its id.
        row("1, 'loss'", 1);
        row("2, 'loss'", 2);
        row("'twin', 'loss'", 3);
        row("'1', 'loss'", 3);
        row("CAST('1' AS INTEGER), 'loss'", 1);
        row("4, 'loss'", 0);
        row("'trashed', 'loss'", 0);
        row("'nobody', 'loss'", 0);
        row("99, 'loss'", 0);
        row("'twin', 'LOSS'", 0);
        row("'twin', 'lo*'", 0);
        row("NULL, 'loss'", 0);
        row("1, NULL", 0);
        row("x'00', 'loss'", 0);
        row("1.5, 'loss'", 0);
    }

    void arguments_name_runs() {
        QFETCH(QString, arguments);
        QFETCH(int, count);
        ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            int points = 0;
            for (const char* name : {"twin", "twin", "1", "trashed"}) {
                ++points;
                ISOLOSS_TRY(const auto run, session.ensure_run({"k", std::to_string(points)}, name));
                ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
                ISOLOSS_TRY_VOID(session.append_points(
                    series, 1, counted_points(std::vector<float>(static_cast<std::size_t>(points), 1.0f))));
                if (points == 4) ISOLOSS_TRY_VOID(session.set_run_trashed(run, true));
            }
            return {};
        }));
        const auto reader = fixture.reader();
        QCOMPARE(only(*reader, "SELECT count(*) FROM points(" + arguments.toStdString() + ")"), std::to_string(count));
    }

    void arguments_are_needed_data() {
        QTest::addColumn<QString>("statement");
        QTest::newRow("none") << "SELECT * FROM points";
        QTest::newRow("one") << "SELECT * FROM points('my run')";
        QTest::newRow("three") << "SELECT * FROM points('my run', 'train/loss', 1)";
        QTest::newRow("an order") << "SELECT * FROM points WHERE run > 'a' AND metric = 'train/loss'";
    }

    void arguments_are_needed() {
        QFETCH(QString, statement);
        const auto result = project_->fixture.reader()->sql(statement.toStdString());
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::usage);
        QVERIFY2(result.error().reason.find("points") != std::string::npos, result.error().reason.c_str());
    }

    void the_order_by_step_needs_no_sorting_data() {
        QTest::addColumn<QString>("clause");
        QTest::addColumn<bool>("sorts");
        for (const char* clause : {"ORDER BY step", "ORDER BY step, run_id, attempt", "GROUP BY step",
                                   "ORDER BY run_id", "ORDER BY run_id, attempt"})
            QTest::newRow(clause) << QString::fromLatin1(clause) << false;
        for (const char* clause : {"ORDER BY step DESC", "ORDER BY value", "ORDER BY step, value",
                                   "ORDER BY attempt, step", "ORDER BY +step"})
            QTest::newRow(clause) << QString::fromLatin1(clause) << true;
    }

    void the_order_by_step_needs_no_sorting() {
        QFETCH(QString, clause);
        QFETCH(bool, sorts);
        const auto reader = project_->fixture.reader();
        const std::string statement =
            "SELECT run_id, attempt, step, value FROM points('my run', 'train/loss') " + clause.toStdString();
        bool temporary = false;
        for (const auto& row : rows(*reader, "EXPLAIN QUERY PLAN " + statement))
            temporary |= row.back().value().find("TEMP B-TREE") != std::string::npos;
        QCOMPARE(temporary, sorts);
    }

    void overlapping_attempts_are_merged_by_step() {
        ProjectFixture fixture;
        // The second begins before chunks of the first that it outlasts.
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "a"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            ISOLOSS_TRY_VOID(session.append_points(series, 1, losses_of_steps(1, 0, 19999)));
            return session.append_points(series, 2, losses_of_steps(2, 3000, 15000));
        }));
        const auto reader = fixture.reader();
        const auto merged = rows(*reader, "SELECT step, attempt FROM points('a', 'loss') ORDER BY step");
        Rows expected;
        for (int step = 0; step <= 19999; ++step) {
            expected.push_back({std::to_string(step), "1"});
            if (step >= 3000 && step <= 15000) expected.push_back({std::to_string(step), "2"});
        }
        QCOMPARE(merged.size(), expected.size());
        QVERIFY(merged == expected);
    }

    void points_of_one_step_stay_in_the_order_in_which_they_were_written() {
        ProjectFixture fixture;
        constexpr std::size_t count = 3 * 4096 + 5; // several chunks that begin and end with the same step
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "a"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            PointColumns points;
            std::vector<float> values;
            for (std::size_t i = 0; i < count; ++i) {
                points.steps.push_back(7);
                points.wall_times.push_back(0);
                values.push_back(static_cast<float>(i));
            }
            points.values = std::move(values);
            return session.append_points(series, 1, points);
        }));
        const auto reader = fixture.reader();
        const auto found = rows(*reader, "SELECT CAST(value AS INTEGER) FROM points('a', 'loss') ORDER BY step");
        QCOMPARE(found.size(), count);
        for (std::size_t i = 0; i < count; ++i)
            QCOMPARE(found[i][0].value(), std::to_string(i));
    }

    void steps_may_be_any_whole_number() {
        ProjectFixture fixture;
        constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
        constexpr auto highest = std::numeric_limits<std::int64_t>::max();
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "a"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            PointColumns points;
            points.steps = {lowest, -1, highest};
            points.wall_times = {0, 0, 0};
            points.values = std::vector<float>{1, 2, 3};
            return session.append_points(series, 1, points);
        }));
        const auto reader = fixture.reader();
        const auto values = [&](const std::string& where) {
            return only(*reader, "SELECT group_concat(CAST(value AS INTEGER)) FROM points('a', 'loss') WHERE " + where);
        };
        QCOMPARE(values("step >= 9223372036854775807"), std::string("3"));
        QCOMPARE(values("step <= -9223372036854775808"), std::string("1"));
        QCOMPARE(values("step >= -9.223372036854775808e18"), std::string("1,2,3"));
        // 2^63 as a float is above every step.
        QCOMPARE(values("step < 9.223372036854775808e18"), std::string("1,2,3"));
        QCOMPARE(values("step >= 9.223372036854775808e18"), std::string("NULL"));
    }

    void a_damaged_chunk_is_an_error_that_names_it() {
        SqlProject project;
        project.fixture.close();
        damage(project.fixture.path(), 1); // steps 4,096 to 8,191 of attempt 1
        project.fixture.open();
        const auto reader = project.fixture.reader();
        const auto all = reader->sql("SELECT count(*) FROM points('my run', 'train/loss')");
        QVERIFY(!all);
        QCOMPARE(all.error().kind, ErrorKind::damaged);
        const std::string chunk =
            only(*reader, "SELECT id FROM chunk WHERE ordinal = 1 AND first_step = 4096 AND last_step = 8191");
        for (const std::string& words : {"chunk " + chunk, std::string("steps 4096 to 8191 of attempt 1"),
                                         std::string("'train/loss' of run 1"), std::string("doctor")})
            QVERIFY2(all.error().reason.find(words) != std::string::npos, all.error().reason.c_str());
        QVERIFY2(all.error().text().find("sql.md") == std::string::npos, "the advice is about something else");
        // What lies around it is there: nothing but the chunks in question is decoded.
        QCOMPARE(only(*reader, "SELECT count(*) FROM points('my run', 'train/loss') WHERE step < 4096"),
                 std::string("4096"));
        QCOMPARE(only(*reader, "SELECT count(*) FROM points('my run', 'train/loss') WHERE step > 8191"),
                 std::to_string(13001 - 8192));
        QCOMPARE(only(*reader, "SELECT count(*) FROM points('my run', 'train/loss') WHERE attempt = 2"),
                 std::string("3001"));
        QCOMPARE(only(*reader, "SELECT step FROM points('my run', 'train/loss') ORDER BY step LIMIT 1"),
                 std::string("0"));
        QVERIFY(!reader->sql("SELECT count(*) FROM points('my run', 'train/loss') WHERE step = 5000"));
    }

    void a_row_that_contradicts_its_points_is_damage() {
        SqlProject project;
        project.fixture.close();
        sqlite3* database = nullptr;
        QCOMPARE(sqlite3_open(project.fixture.path().c_str(), &database), SQLITE_OK);
        QCOMPARE(sqlite3_exec(database, "UPDATE chunk SET first_step = first_step - 1 WHERE ordinal = 1", nullptr,
                              nullptr, nullptr),
                 SQLITE_OK);
        sqlite3_close(database);
        project.fixture.open();
        const auto result = project.fixture.reader()->sql("SELECT count(*) FROM points('my run', 'train/loss')");
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::damaged);
    }

    void curves_join_by_step() {
        const auto reader = project_->fixture.reader();
        // Every 100th step to 2,000; both values are 1 + step / 4096.
        QCOMPARE(rows(*reader,
                      "SELECT count(*), sum(step), max(abs(t.value - v.value)) "
                      "FROM points('my run', 'val/loss') v JOIN points('my run', 'train/loss') t USING (step)"),
                 (Rows{{"21", "21000", "0"}}));
        QCOMPARE(rows(*reader, "SELECT m.run, m.metric, count(*) FROM metrics m JOIN points(m.run_id, m.metric) p "
                               "GROUP BY m.run_id, m.metric HAVING count(*) <> m.points"),
                 Rows{});
    }

    void thousands_of_overlapping_runs_are_sorted_by_sqlite() {
        ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            for (int i = 0; i < 1001; ++i) {
                ISOLOSS_TRY(const auto run, session.ensure_run({"k", std::to_string(i)}, "sweep"));
                ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
                ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points({1, 2})));
            }
            return {};
        }));
        const auto reader = fixture.reader();
        const auto merged = reader->sql("SELECT step FROM points('sweep', 'loss') ORDER BY step");
        QVERIFY(!merged);
        QVERIFY2(merged.error().reason.find("ORDER BY +step") != std::string::npos, merged.error().reason.c_str());
        const auto sorted = rows(*reader, "SELECT step FROM points('sweep', 'loss') ORDER BY +step");
        QCOMPARE(sorted.size(), std::size_t{2002});
        QCOMPARE(sorted[1000][0].value(), std::string("0"));
        QCOMPARE(sorted[1001][0].value(), std::string("1"));
    }
};

QTEST_GUILESS_MAIN(PointsTableTest)
#include "tst_points_table.moc"
