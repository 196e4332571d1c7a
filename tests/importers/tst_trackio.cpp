#include "tests/support/imported_project.h"
#include "tests/support/sqlite_file.h"

using namespace isoloss;
using namespace isoloss::test;

namespace {

// The tables that trackio makes, from its first version to the newest (its sqlite_storage.py).
const std::string first_schema =
    "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, project_name TEXT NOT NULL, "
    "run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL);";
const std::string second_schema =
    "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step "
    "INTEGER NOT NULL, metrics TEXT NOT NULL);"
    "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, config TEXT NOT NULL, "
    "created_at "
    "TEXT NOT NULL, UNIQUE(run_name));";
const std::string newest_schema =
    "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL, "
    "run_name "
    "TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL, log_id TEXT, space_id TEXT);"
    "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, run_name TEXT NOT NULL, config "
    "TEXT "
    "NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id));"
    "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL, "
    "run_name TEXT NOT NULL, metrics TEXT NOT NULL, log_id TEXT, space_id TEXT);"
    "CREATE TABLE alerts (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL);";

std::string row(const char* id, const char* run, int step, const char* metrics) {
    return "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES ('" + std::string(id) +
           "', '2025-07-29T12:00:0" + std::to_string(step) + ".5+02:00', '" + run + "', " + std::to_string(step) +
           ", '" + metrics + "');";
}

std::string system_row(const char* id, const char* metrics) {
    return "INSERT INTO system_metrics (run_id, timestamp, run_name, metrics) VALUES ('" + std::string(id) +
           "', '2025-07-29T12:00:01', 'x', '" + metrics + "');";
}

} // namespace

// trackio's databases, of all its layouts.
class TrackioTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void newest_layout() {
        ImportedProject project;
        SqliteFile database(project.root() / "my_project.db");
        database.run("PRAGMA journal_mode = WAL");
        database.run(
            newest_schema + row("i1", "run-a", 0, R"({"loss": 5.5, "lr": 1e-3, "n": 3})") +
            row("i2", "run-b", 0, R"({"loss": 7})") + row("i1", "run-a", 1, R"({"loss": "NaN", "acc": "Infinity"})") +
            row("i1", "run-a", 2, R"({"loss": NaN, "pic": {"_type": "trackio.image", "file_path": "x"}, "s": "x"})") +
            system_row("i1", R"({"gpu/0/power": 250.5})") + system_row("i1", R"({"gpu/0/power": 251})") +
            R"(INSERT INTO configs (run_id, run_name, config, created_at) VALUES ('i1', 'run-a', '{"lr": 0.001,
                     "model": {"layers": 2}, "_Group": "sweep", "_Username": "me", "_Created":
                     "2025-07-29T10:00:00+00:00"}', 'x');)");
        const ImportReport report = project.import();
        QVERIFY2(report.skipped.empty(), qPrintable(said(report)));
        QVERIFY2(said(report).contains("1 images, tables and other media"), qPrintable(said(report)));
        QVERIFY2(said(report).contains("1 values that are no numbers"), qPrintable(said(report)));
        QCOMPARE(project.run_names(), QStringList({"run-a", "run-b"}));
        QCOMPARE(project.points("run-a", "loss"), QString("1:0=5.5 1:1=nan 1:2=nan"));
        QCOMPARE(project.points("run-a", "acc"), QString("1:1=inf"));
        QCOMPARE(project.points("run-a", "system/gpu/0/power"), QString("1:0=250.5 1:1=251"));
        QCOMPARE(project.points("run-b", "loss"), QString("1:0=7"));
        QCOMPARE(project.attempts("run-a", "loss").at(0).points.wall_times.at(0), 1753783200.5);
        const RunRecord run = project.run("run-a");
        QCOMPARE(QString::fromStdString(run.config), QString("{\"lr\":0.001,\"model\":{\"layers\":2}}"));
        QCOMPARE(run.group, std::string("sweep"));
        QCOMPARE(project.run("run-b").group, std::string("my_project"));
        QCOMPARE(project.import().points, std::int64_t(0));
        database.run(row("i1", "run-a", 3, R"({"loss": 3.5})") + system_row("i1", R"({"gpu/0/power": 252})"));
        QCOMPARE(project.import().points, std::int64_t(2));
        QCOMPARE(project.points("run-a", "system/gpu/0/power"), QString("1:0=250.5 1:1=251 1:2=252"));
        QCOMPARE(project.points("run-a", "loss"), QString("1:0=5.5 1:1=nan 1:2=nan 1:3=3.5"));
    }

    void older_layouts_data() {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QString>("group");
        QTest::newRow("first") << QString::fromStdString(first_schema) +
                                      "INSERT INTO metrics (timestamp, project_name, run_name, step, metrics) VALUES "
                                      "('2025-07-29T12:00:00.5', 'my project', 'run-a', 0, '{\"loss\": 5.5}'), "
                                      "('2025-07-29T12:00:01', 'my project', 'run-a', 1, '{\"loss\": 4.5}')"
                               << "my project";
        QTest::newRow("second") << QString::fromStdString(second_schema) +
                                       "INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES "
                                       "('2025-07-29T12:00:00.5', 'run-a', 0, '{\"loss\": 5.5}'), "
                                       "('2025-07-29T12:00:01', 'run-a', 1, '{\"loss\": 4.5}')"
                                << "file";
    }

    void older_layouts() {
        QFETCH(QString, sql);
        QFETCH(QString, group);
        ImportedProject project;
        SqliteFile(project.root() / "file.db").run(sql.toStdString());
        project.import();
        QCOMPARE(project.points("run-a", "loss"), QString("1:0=5.5 1:1=4.5"));
        QCOMPARE(project.run("run-a").group, group.toStdString());
        QCOMPARE(project.attempts("run-a", "loss").at(0).points.wall_times.at(0), 1753790400.5);
    }

    void bad_rows_data() {
        QTest::addColumn<QByteArray>("metrics");
        QTest::addColumn<QString>("reason");
        QTest::newRow("no JSON") << QByteArray("{\"loss\": ") << "1 rows whose JSON or step is damaged";
        QTest::newRow("no object") << QByteArray("[1]") << "1 rows whose JSON or step is damaged";
        QTest::newRow("deep") << "{\"a\":" + QByteArray(1000, '[') + QByteArray(1000, ']') + "}"
                              << "1 rows whose JSON or step is damaged";
        QTest::newRow("nested") << QByteArray("{\"a\": {\"b\": 1}}") << "1 values that are no numbers";
        QTest::newRow("empty") << QByteArray("{}") << "";
    }

    void bad_rows() {
        QFETCH(QByteArray, metrics);
        QFETCH(QString, reason);
        ImportedProject project;
        SqliteFile(project.root() / "p.db")
            .run(newest_schema + row("i1", "run-a", 0, R"({"loss": 5.5})") +
                 row("i1", "run-a", 1, metrics.constData()) + row("i1", "run-a", 2, R"({"loss": 3.5})"));
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains(reason), qPrintable(said(report)));
        QCOMPARE(project.points("run-a", "loss"), QString("1:0=5.5 1:2=3.5"));
    }
};

QTEST_APPLESS_MAIN(TrackioTest)
#include "tst_trackio.moc"
