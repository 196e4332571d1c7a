#include "engine/importers/mlflow/mlflow_files.h"
#include "engine/importers/mlflow/mlflow_run.h"
#include "engine/importers/source_scan.h"
#include "engine/store/source_check.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/imported_project.h"
#include "tests/support/sqlite_file.h"
#include "tests/support/stopping_context.h"

#include <cmath>
#include <fstream>

using namespace isoloss;
using namespace isoloss::test;

namespace fs = std::filesystem;

namespace {

// As MLflow's FileStore writes them.
std::string experiment_meta(const std::string& name) {
    return "artifact_location: file:///x/mlruns/7\ncreation_time: 1700000000000\nexperiment_id: '7'\n"
           "last_update_time: 1700000000000\nlifecycle_stage: active\nname: " +
           name + "\n";
}

std::string run_meta(const std::string& uuid, const std::string& stage = "active", int status = 3) {
    return "artifact_uri: file:///x/mlruns/7/" + uuid +
           "/artifacts\nend_time: 1700000100000\nentry_point_name: ''\nexperiment_id: '7'\nlifecycle_stage: " + stage +
           "\nrun_id: " + uuid + "\nrun_name: bold-ant-1\nrun_uuid: " + uuid +
           "\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: 1700000000500\nstatus: " +
           std::to_string(status) + "\ntags: []\nuser_id: me\n";
}

const std::string uuid = "0123456789abcdef0123456789abcdef";

void write_run(const ImportedProject& project, const std::string& folder = "mlruns/7/" + uuid) {
    project.write("mlruns/7/meta.yaml", experiment_meta("scaling laws"));
    project.write(folder + "/meta.yaml", run_meta(fs::path(folder).filename()));
    project.write(folder + "/metrics/loss", "1700000001000 5.5 1\n1700000002000 nan 2\n1700000003000 inf 3\n");
    project.write(folder + "/metrics/val/loss", "1700000002500 4.5 2\n");
    project.write(folder + "/metrics/system/cpu", "1700000001500 12.5 0\n");
    project.write(folder + "/params/lr", "0.0003");
    project.write(folder + "/params/model/name", "gpt 2");
    project.write(folder + "/params/bf16", "True");
    project.write(folder + "/tags/mlflow.runName", "bold-ant-1");
    project.write(folder + "/tags/mlflow.parentRunId", "abc");
    project.write(folder + "/tags/mlflow.note.content", "a *note*\nof two lines\n");
    project.write(folder + "/tags/release", "1");
}

// The tables of mlflow 2 and 3 (its latest_schema.sql), as far as they matter.
const std::string schema =
    "CREATE TABLE experiments (experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL, artifact_location "
    "VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT, CONSTRAINT "
    "experiment_pk PRIMARY KEY (experiment_id), UNIQUE (name));"
    "CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), source_type VARCHAR(20), user_id "
    "VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri "
    "VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT, CONSTRAINT run_pk PRIMARY KEY (run_uuid));"
    "CREATE TABLE metrics (key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL, run_uuid "
    "VARCHAR(32) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, is_nan BOOLEAN DEFAULT '0' NOT NULL, CONSTRAINT metric_pk "
    "PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));"
    "CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);"
    "CREATE TABLE latest_metrics (key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT "
    "NULL, is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL, CONSTRAINT latest_metric_pk PRIMARY KEY (key, "
    "run_uuid));"
    "CREATE TABLE params (key VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL, run_uuid VARCHAR(32) NOT NULL, "
    "CONSTRAINT param_pk PRIMARY KEY (key, run_uuid));"
    "CREATE TABLE tags (key VARCHAR(250) NOT NULL, value VARCHAR(5000), run_uuid VARCHAR(32) NOT NULL, CONSTRAINT "
    "tag_pk PRIMARY KEY (key, run_uuid));"
    "INSERT INTO experiments VALUES (0, 'Default', 'x', 'active', 1, 1), (7, 'scaling laws', 'x', 'active', 1, 1), (8, "
    "'old', 'x', 'deleted', 1, 1);"
    "INSERT INTO runs VALUES ('r1', 'bold-ant-1', 'LOCAL', 'me', 'FINISHED', 1700000000500, 1700000100000, 'active', "
    "'mlruns/7/r1/artifacts', 7, NULL), ('r2', '', 'LOCAL', 'me', 'KILLED', 1700000000500, NULL, 'active', "
    "'s3://bucket/r2', 0, NULL), ('r3', 'gone', 'LOCAL', 'me', 'FINISHED', 1, 1, 'deleted', 'x', 7, 1), ('r4', 'in a "
    "deleted experiment', 'LOCAL', 'me', 'FINISHED', 1, 1, 'active', 'x', 8, 1);"
    "INSERT INTO params VALUES ('lr', '0.0003', 'r1'), ('bf16', 'True', 'r1');"
    "INSERT INTO tags VALUES ('mlflow.runName', 'calm-bee', 'r2'), ('release', '1', 'r1');";

std::string metric(const char* run, const char* key, int step, const std::string& value, int is_nan = 0) {
    return "INSERT INTO metrics VALUES ('" + std::string(key) + "', " + value + ", " +
           std::to_string(1700000000000 + step * 1000) + ", '" + run + "', " + std::to_string(step) + ", " +
           std::to_string(is_nan) + ");";
}

const std::string first_rows = metric("r1", "loss", 1, "5.5") + metric("r2", "loss", 1, "7.5") +
                               metric("r1", "loss", 2, "0", 1) + metric("r1", "val/loss", 2, "4.5") +
                               metric("r1", "loss", 3, "1.7976931348623157e308") + metric("r3", "loss", 1, "1") +
                               metric("r4", "loss", 1, "1");

} // namespace

// MLflow's two stores: folders and an SQLite database.
class MlflowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void folder_store() {
        ImportedProject project;
        write_run(project);
        const ImportReport report = project.import();
        QVERIFY2(report.skipped.empty(), qPrintable(said(report)));
        QCOMPARE(project.run_names(), QStringList{"bold-ant-1"});
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf"));
        QCOMPARE(project.points("bold-ant-1", "val/loss"), QString("1:2=4.5"));
        QCOMPARE(project.series_names("bold-ant-1"), QStringList({"loss", "system/cpu", "val/loss"}));
        QCOMPARE(project.attempts("bold-ant-1", "loss").at(0).points.wall_times.at(1), 1700000002.0);
        const RunRecord run = project.run("bold-ant-1");
        QCOMPARE(run.group, std::string("scaling laws"));
        QCOMPARE(run.status, RunStatus::finished);
        QCOMPARE(run.started_at, std::optional<double>(1700000000.5));
        QCOMPARE(run.notes, std::string("a *note*\nof two lines"));
        QCOMPARE(run.tags, std::vector<std::string>{"release=1"});
        QCOMPARE(QString::fromStdString(run.config),
                 QString("{\"bf16\":true,\"lr\":0.0003,\"model/name\":\"gpt 2\",\"mlflow.parentRunId\":\"abc\"}"));
        const ImportReport again = project.import();
        QCOMPARE(again.points + again.runs + again.files, std::int64_t(0));
    }

    void the_run_folder_alone() {
        ImportedProject project;
        write_run(project);
        project.import({project.root() / "mlruns/7" / uuid});
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf"));
        QCOMPARE(project.run("bold-ant-1").group, std::string("scaling laws"));
    }

    void what_is_deleted_is_left_out() {
        ImportedProject project;
        write_run(project);
        project.write("mlruns/7/aa/meta.yaml", run_meta("aa", "deleted"));
        project.write("mlruns/7/aa/metrics/loss", "1 1 1\n");
        project.write("mlruns/.trash/9/meta.yaml", experiment_meta("old"));
        project.write("mlruns/.trash/9/bb/meta.yaml", run_meta("bb"));
        project.write("mlruns/.trash/9/bb/metrics/loss", "1 1 1\n");
        const ImportReport report = project.import();
        QCOMPARE(project.runs().size(), std::size_t(1));
        QVERIFY2(said(report).contains("deleted MLflow experiments"), qPrintable(said(report)));
        QVERIFY2(said(report).contains("deleted runs were left out"), qPrintable(said(report)));
    }

    void metrics_that_grow() {
        ImportedProject project;
        write_run(project);
        const fs::path loss = project.root() / "mlruns/7" / uuid / "metrics/loss";
        std::ofstream(loss, std::ios::app) << "1700000004000 3.5";
        project.import();
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf")); // half a line waits
        std::ofstream(loss, std::ios::app) << " 4\n1700000005000 3.25 4\n";
        const ImportReport grown = project.import();
        QCOMPARE(grown.points, std::int64_t(2));
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf 1:4=3.5 1:4=3.25"));
    }

    // A restart goes through all metrics at once, in the order of time.
    void a_restart_in_all_metrics() {
        ImportedProject project;
        write_run(project);
        const std::string folder = "mlruns/7/" + uuid + "/metrics/";
        project.write(folder + "a", "1 1 1\n3 2 2\n5 3 1\n7 4 2\n");
        project.write(folder + "b", "2 1 1\n4 2 2\n6 3 1\n8 4 2\n");
        project.import();
        QCOMPARE(project.points("bold-ant-1", "a"), QString("1:1=1 1:2=2 2:1=3 2:2=4"));
        QCOMPARE(project.points("bold-ant-1", "b"), QString("1:1=1 1:2=2 2:1=3 2:2=4"));
    }

    void metrics_written_anew_are_a_new_attempt() {
        ImportedProject project;
        write_run(project);
        project.import();
        project.write("mlruns/7/" + uuid + "/metrics/loss", "1 9 1\n2 8 2\n3 7.5 3\n4 7 4\n");
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains("written anew"), qPrintable(said(report)));
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf 2:1=9 2:2=8 2:3=7.5 2:4=7"));
    }

    void bad_files_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        QTest::newRow("no metric") << "metrics/bad" << QByteArray("1 2 3\nhello\n4 x 5\n1 2 3 4 5\n")
                                   << "(bad, line 2): 2 lines are no metric";
        QTest::newRow("one field") << "metrics/bad" << QByteArray("17\n") << "(bad, line 1): 1 lines are no metric";
        QTest::newRow("a step with a fraction") << "metrics/bad" << QByteArray("1 2 3.5\n") << "1 lines are no metric";
        QTest::newRow("a huge parameter") << "params/bad" << QByteArray(300 << 10, 'x') << "skipped bad";
        QTest::newRow("an empty metric") << "metrics/bad" << QByteArray() << "";
    }

    void bad_files() {
        QFETCH(QString, file);
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        ImportedProject project;
        write_run(project);
        project.write("mlruns/7/" + uuid + "/" + file.toStdString(), text.toStdString());
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains(reason), qPrintable(said(report)));
        QCOMPARE(report.skipped.size(), std::size_t(reason.isEmpty() ? 0 : 1));
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf"));
    }

    void a_damaged_meta_file() {
        ImportedProject project;
        write_run(project);
        project.write("mlruns/7/cc/meta.yaml", "experiment_id: '7'\nrun_id: cc\nstatus: [1\n");
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains("meta.yaml (line"), qPrintable(said(report)));
        QCOMPARE(project.run_names(), QStringList{"bold-ant-1"});
    }

    void artifacts_join_their_run() {
        ImportedProject project;
        write_run(project);
        const std::string folder = "mlruns/7/" + uuid + "/artifacts/";
        project.write(folder + "events.out.tfevents.1.h", support::version_frame() + support::scalar_frame("tb", 1, 2));
        project.write(folder + "logs/events.out.tfevents.1.h",
                      support::version_frame() + support::scalar_frame("tb2", 1, 2));
        project.import();
        QCOMPARE(project.run_names(), QStringList{"bold-ant-1"});
        QCOMPARE(project.points("bold-ant-1", "tb"), QString("1:1=2"));
        QCOMPARE(project.points("bold-ant-1", "tb2"), QString("1:1=2"));
    }

    void database_store_data() {
        QTest::addColumn<QString>("mode");
        QTest::newRow("rollback journal") << "DELETE";
        QTest::newRow("write-ahead log") << "WAL";
    }

    void database_store() {
        QFETCH(QString, mode);
        ImportedProject project;
        SqliteFile database(project.root() / "mlflow.db");
        database.run("PRAGMA journal_mode = " + mode.toStdString());
        database.run(schema + first_rows);
        const ImportReport report = project.import();
        QVERIFY2(report.skipped.empty(), qPrintable(said(report)));
        QVERIFY2(said(report).contains("2 deleted runs were left out"), qPrintable(said(report)));
        QCOMPARE(project.run_names(), QStringList({"bold-ant-1", "calm-bee"}));
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf"));
        QCOMPARE(project.points("bold-ant-1", "val/loss"), QString("1:2=4.5"));
        QCOMPARE(project.points("calm-bee", "loss"), QString("1:1=7.5"));
        const RunRecord run = project.run("bold-ant-1");
        QCOMPARE(run.group, std::string("scaling laws"));
        QCOMPARE(run.status, RunStatus::finished);
        QCOMPARE(run.started_at, std::optional<double>(1700000000.5));
        QCOMPARE(run.tags, std::vector<std::string>{"release=1"});
        QCOMPARE(QString::fromStdString(run.config), QString("{\"bf16\":true,\"lr\":0.0003}"));
        QCOMPARE(project.run("calm-bee").status, RunStatus::crashed);
        const ImportReport again = project.import();
        QCOMPARE(again.points + again.runs + again.files, std::int64_t(0));
        // It is still open, and grows.
        database.run(metric("r1", "loss", 4, "3.5") + metric("r2", "loss", 2, "6.5") +
                     "UPDATE runs SET status = 'FINISHED' WHERE run_uuid = 'r2'");
        QCOMPARE(project.import().points, std::int64_t(2));
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf 1:4=3.5"));
        QCOMPARE(project.points("calm-bee", "loss"), QString("1:1=7.5 1:2=6.5"));
        QCOMPARE(project.run("calm-bee").status, RunStatus::finished);
    }

    void many_rows_data() {
        QTest::addColumn<int>("rows");
        QTest::newRow("the last page is full") << 40'000;
        QTest::newRow("one row behind the last full page") << 40'001;
    }

    // The rows are read by pages of 20,000.
    void many_rows() {
        QFETCH(int, rows);
        ImportedProject project;
        SqliteFile database(project.root() / "mlflow.db");
        database.run(schema);
        database.run("INSERT INTO metrics WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < " +
                     std::to_string(rows) + ") SELECT 'many', i, 1700000000000 + i, 'r1', i, 0 FROM s");
        QCOMPARE(project.import().points, std::int64_t(rows));
        const QStringList points = project.points("bold-ant-1", "many").split(' ');
        QCOMPARE(points.size(), qsizetype(rows));
        for (int i = 0; i < rows; ++i)
            QCOMPARE(points[i], QString("1:%1=%1").arg(i + 1));
    }

    void runs_that_come_back() {
        ImportedProject project;
        SqliteFile database(project.root() / "mlflow.db");
        database.run(schema + first_rows);
        project.import();
        database.run("UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'r3'; " +
                     metric("r3", "loss", 2, "2"));
        QCOMPARE(project.import().points, std::int64_t(2));
        QCOMPARE(project.points("gone", "loss"), QString("1:1=1 1:2=2"));
    }

    void a_database_written_anew() {
        ImportedProject project;
        const fs::path path = project.root() / "mlflow.db";
        SqliteFile(path).run(schema + first_rows);
        project.import();
        fs::remove(path);
        SqliteFile(path).run(schema + metric("r1", "loss", 1, "9") + metric("r1", "loss", 2, "8"));
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains("written anew"), qPrintable(said(report)));
        QCOMPARE(project.points("bold-ant-1", "loss"), QString("1:1=5.5 1:2=nan 1:3=inf 2:1=9 2:2=8"));
    }

    void a_database_written_anew_is_read_in_pieces_data() {
        QTest::addColumn<int>("parts");
        for (int parts = 0; parts < 6; ++parts)
            QTest::addRow("killed after %d parts", parts) << parts;
    }

    // Killed while the new rows are being read, and read again: each comes once, in one new attempt.
    void a_database_written_anew_is_read_in_pieces() {
        QFETCH(int, parts);
        ImportedProject project;
        const fs::path path = project.root() / "mlflow.db";
        StoppingContext context;
        context.looks_left = std::numeric_limits<int>::max();
        const auto read = [&](int most_parts) {
            const FoundSources found = value_of(scan_sources({path}, {}));
            QCOMPARE(found.sources.size(), std::size_t(1));
            context.parts_left = most_parts;
            context.points = 0;
            context.attempts.clear();
            static_cast<void>(found.sources.front()->read(context));
        };
        SqliteFile(path).run(schema + first_rows);
        read(std::numeric_limits<int>::max());
        QCOMPARE(context.points, std::int64_t(5));
        fs::remove(path);
        SqliteFile(path).run(schema + metric("r1", "loss", 1, "9") + metric("r2", "loss", 1, "8") +
                             metric("r2", "loss", 2, "7"));
        read(parts);
        const std::int64_t before = context.points;
        auto attempts = context.attempts;
        read(std::numeric_limits<int>::max());
        attempts.merge(context.attempts);
        QCOMPARE(before + context.points, std::int64_t(3));
        QCOMPARE(attempts, std::set<std::uint32_t>{2});
        read(std::numeric_limits<int>::max());
        QCOMPARE(context.points, std::int64_t(0));
    }

    // A server may keep the artifacts of all runs in one folder: that makes them no one run.
    void runs_that_share_an_artifact_folder() {
        ImportedProject project;
        {
            SqliteFile database(project.root() / "mlflow.db");
            database.run(schema +
                         "INSERT INTO runs VALUES ('s1', 'first', 'LOCAL', 'me', 'FINISHED', 1, 1, 'active', "
                         "'shared/artifacts', 7, NULL), ('s2', 'second', 'LOCAL', 'me', 'FINISHED', 1, 1, 'active', "
                         "'shared/artifacts', 7, NULL);" +
                         metric("s1", "loss", 1, "5") + metric("s2", "loss", 1, "6"));
        }
        QCOMPARE(project.import().runs, std::int64_t(4)); // with the two of the schema
        QCOMPARE(project.points("first", "loss"), QString("1:1=5"));
        QCOMPARE(project.points("second", "loss"), QString("1:1=6"));
    }

    // SQLite writes into the first page each time; that does not make it another file.
    void a_database_that_grows_is_no_lost_source() {
        ImportedProject project;
        SqliteFile database(project.root() / "mlflow.db");
        database.run(schema + first_rows);
        const ImportReport report = project.import();
        database.run(metric("r1", "loss", 9, "1"));
        const auto sources = value_of(project.reader()->sources_of(*report.import));
        QVERIFY(!sources.empty());
        QCOMPARE(find_lost_sources(sources).size(), std::size_t(0));
        std::filesystem::remove(project.root() / "mlflow.db");
        QVERIFY(!find_lost_sources(sources).empty());
    }

    void an_old_database() {
        ImportedProject project;
        SqliteFile(project.root() / "old.sqlite")
            .run("CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);"
                 "CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, status TEXT, start_time BIGINT, experiment_id INTEGER);"
                 "CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT);"
                 "INSERT INTO experiments VALUES (1, 'e'); INSERT INTO runs VALUES ('r1', 'RUNNING', 5000, 1);"
                 "INSERT INTO metrics VALUES ('loss', 5, 6000, 'r1'), ('loss', 'no number', 7000, 'r1'), ('loss', 4, "
                 "7000, 'nobody')");
        const ImportReport report = project.import();
        QCOMPARE(project.points("r1", "loss"), QString("1:0=5"));
        QVERIFY2(said(report).contains("1 rows whose value or step is no number"), qPrintable(said(report)));
        QVERIFY2(said(report).contains("1 rows of runs that are not in the table"), qPrintable(said(report)));
        QCOMPARE(project.run("r1").status, RunStatus::running);
    }

    void other_databases_are_left_alone() {
        ImportedProject project;
        SqliteFile(project.root() / "other.db").run("CREATE TABLE metrics (a, b); CREATE TABLE runs (run_uuid)");
        SqliteFile(project.root() / "empty.db").run("CREATE TABLE t (a)");
        const ImportReport report = project.import();
        QCOMPARE(report.files, std::int64_t(0));
        QVERIFY(project.runs().empty());
    }

    void many_runs_and_pages() {
        ImportedProject project;
        SqliteFile database(project.root() / "mlflow.db");
        database.run(schema +
                     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130000) INSERT INTO "
                     "metrics SELECT 'loss', i / 10.0, i, 'r' || (1 + i % 2), i / 2, 0 FROM n");
        const ImportReport report = project.import();
        QCOMPARE(report.points, std::int64_t(130000));
        double sum = 0;
        for (const PointsOfAttempt& part : project.attempts("calm-bee", "loss"))
            for (std::size_t i = 0; i < part.points.size(); ++i)
                sum += part.points.value(i);
        QVERIFY(std::abs(sum - 65000.0 * 65000 / 10) < 1e-3); // odd numbers up to 129999
    }

    void locations_of_artifacts_data() {
        QTest::addColumn<QString>("location");
        QTest::addColumn<QString>("folder");
        QTest::newRow("URI") << "file:///a/b%20c/artifacts"
                             << "/a/b c/artifacts";
        QTest::newRow("URI with a host") << "file://host/a/artifacts"
                                         << "/a/artifacts";
        QTest::newRow("URI of one slash") << "file:/a/artifacts"
                                          << "/a/artifacts";
        QTest::newRow("path") << "/a/artifacts"
                              << "/a/artifacts";
        QTest::newRow("relative path") << "./mlruns/0/r/artifacts"
                                       << "/base/mlruns/0/r/artifacts";
        QTest::newRow("a store elsewhere") << "s3://bucket/a"
                                           << "";
        QTest::newRow("MLflow's own") << "mlflow-artifacts:/0/r/artifacts"
                                      << "";
        QTest::newRow("none") << ""
                              << "";
    }

    void locations_of_artifacts() {
        QFETCH(QString, location);
        QFETCH(QString, folder);
        QCOMPARE(mlflow_artifacts(location.toStdString(), "/base").string(), folder.toStdString());
    }
};

QTEST_APPLESS_MAIN(MlflowTest)
#include "tst_mlflow.moc"
