#include "tests/support/project_fixture.h"

#include <QFile>
#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

/// Statements of the user, and the queue of jobs.
class SqlTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void statements_that_change_something_are_refused_data() {
        QTest::addColumn<QString>("statement");
        for (const char* statement :
             {"DELETE FROM run", "INSERT INTO view (name, updated_at) VALUES ('x', 1)", "CREATE TABLE x (y)",
              "DROP TABLE run", "ATTACH '/tmp/other.db' AS other", "DETACH main", "PRAGMA user_version = 9",
              "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = ON", "VACUUM INTO '/tmp/copy.db'", "BEGIN",
              "SELECT load_extension('x')", "SELECT 1; DELETE FROM run", "", "SELECT FROM", "REINDEX", "ANALYZE",
              // By other ways.
              "WITH x AS (SELECT 1) DELETE FROM run", "REPLACE INTO run (id, name, color) VALUES (1, 'x', 1)",
              "INSERT INTO run SELECT * FROM run RETURNING id", "UPDATE sqlite_schema SET sql = ''",
              "UPDATE temp.sqlite_schema SET sql = ''", "CREATE TEMP TABLE x (y)", "CREATE TEMP VIEW x AS SELECT 1",
              "DROP VIEW runs", "DROP VIEW temp.runs", "INSERT INTO runs (run) VALUES ('x')", "DELETE FROM points",
              "CREATE VIRTUAL TABLE temp.x USING fts5(y)", "CREATE VIRTUAL TABLE temp.x USING points('a', 'b')",
              "CREATE TEMP TRIGGER x AFTER INSERT ON run BEGIN SELECT 1; END", "ATTACH ':memory:' AS other",
              "ATTACH 'file::memory:?cache=shared' AS other", "VACUUM", "SAVEPOINT x", "ROLLBACK", "COMMIT",
              "EXPLAIN DELETE FROM run", "PRAGMA query_only = OFF", "PRAGMA query_only(0)", "PRAGMA trusted_schema = 1",
              "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA optimize", "PRAGMA application_id = 1",
              "PRAGMA application_id(1)", "PRAGMA main.user_version = 2", "PRAGMA locking_mode = EXCLUSIVE",
              "PRAGMA temp_store_directory = '/tmp'", "PRAGMA mmap_size = 1000000", "PRAGMA foreign_keys = OFF",
              "PRAGMA schema_version = 7", "PRAGMA incremental_vacuum", "SELECT * FROM pragma_optimize",
              "SELECT * FROM pragma_wal_checkpoint('TRUNCATE')", "SELECT * FROM pragma_journal_mode('delete')",
              "SELECT * FROM pragma_user_version(9)", "SELECT readfile('/etc/passwd')",
              "SELECT writefile('/tmp/x', 'y')", "SELECT edit('x')", "SELECT \"load_extension\"('x', 'y')",
              "SELECT run, LOAD_EXTENSION(run) FROM runs", "SELECT step FROM points(load_extension('x'), 'loss')"})
            QTest::newRow(*statement == '\0' ? "nothing" : statement) << statement;
    }

    void statements_that_change_something_are_refused() {
        QFETCH(QString, statement);
        ProjectFixture fixture;
        const auto bytes = [&] {
            QFile file(QString::fromStdString(fixture.path().string()));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        fixture.close();
        const QByteArray before = bytes();
        fixture.open();
        auto reader = fixture.reader();
        const auto result = reader->sql(statement.toStdString());
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::usage);
        QVERIFY(reader->runs()); // and our own statements still work
        REQUIRE_OK(reader->sql("SELECT run FROM runs"));
        reader.reset();
        fixture.close();
        QVERIFY(!before.isEmpty());
        QVERIFY(bytes() == before);
    }

    void what_reads_is_allowed_data() {
        QTest::addColumn<QString>("statement");
        for (const char* statement :
             {"PRAGMA table_info(runs)", "PRAGMA user_version", "EXPLAIN QUERY PLAN SELECT * FROM runs",
              "SELECT value FROM json_each('[1, 2]')", "SELECT fullkey FROM json_tree('{\"a\": [1]}')",
              "SELECT name FROM main.sqlite_schema", "SELECT name FROM temp.sqlite_schema WHERE type = 'view'",
              "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
              "VALUES (1)", "SELECT count(*) FROM points('nobody', 'loss')"})
            QTest::newRow(statement) << statement;
    }

    void what_reads_is_allowed() {
        QFETCH(QString, statement);
        ProjectFixture fixture;
        const auto reader = fixture.reader();
        for (int time = 0; time < 2; ++time) {
            const auto result = reader->sql(statement.toStdString());
            REQUIRE_OK(result);
            QVERIFY(!result->rows.empty());
        }
    }

    void cells_are_text() {
        ProjectFixture fixture;
        const auto result =
            value_of(fixture.reader()->sql("WITH t (a, b, c, d, e) AS (VALUES (1, 0.1, 'x', NULL, x'0aff')) "
                                           "SELECT a AS first, b, c, d, e FROM t; "));
        QCOMPARE(result.columns, (std::vector<std::string>{"first", "b", "c", "d", "e"}));
        using Cells = std::vector<std::optional<std::string>>;
        QCOMPARE(result.rows.at(0), (Cells{"1", "0.1", "x", std::nullopt, "0aff"}));
    }

    void points_are_a_table() {
        ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "my run"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points({3, 2.5, std::nanf("")})));
            return session.append_points(series, 2, counted_points({1}, 2));
        }));
        const auto reader = fixture.reader();
        const auto result = value_of(reader->sql("SELECT attempt, step, value FROM points('my run', 'loss') "
                                                 "WHERE step > 0 ORDER BY attempt, step"));
        using Cells = std::vector<std::optional<std::string>>;
        QCOMPARE(result.rows.size(), std::size_t{3});
        QCOMPARE(result.rows[0], (Cells{"1", "1", "2.5"}));
        QCOMPARE(result.rows[1], (Cells{"1", "2", std::nullopt}));
        QCOMPARE(result.rows[2], (Cells{"2", "2", "1"}));
        QCOMPARE(value_of(reader->sql("SELECT count(*) FROM points(1, 'loss')")).rows[0][0],
                 std::optional<std::string>("4"));
        QVERIFY(value_of(reader->sql("SELECT * FROM points('other', 'loss')")).rows.empty());
        QVERIFY(!reader->sql("SELECT * FROM points"));
    }

    void jobs_are_unique_and_claimed_once() {
        ProjectFixture fixture;
        JobRecord job;
        std::vector<WriteSession::Enqueued> enqueued;
        std::vector<std::string> claimed;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "a"));
            ISOLOSS_TRY(job.checkpoint, session.ensure_checkpoint(run, 1, 10));
            job.data_hash = "h";
            for (const char* metric : {"loss", "perplexity", "acc", "loss"}) {
                job.metric = metric;
                ISOLOSS_TRY(const auto one, session.enqueue_job(job));
                enqueued.push_back(one);
            }
            ISOLOSS_TRY(const auto first, session.claim_job("cpu"));
            ISOLOSS_TRY(const auto others, session.claim_companions(*first, {"loss", "perplexity"}));
            ISOLOSS_TRY(const auto next, session.claim_job("cpu"));
            ISOLOSS_TRY(const auto none, session.claim_job("cpu"));
            claimed = {first->metric, others.at(0).metric, next->metric};
            if (others.size() != 1 || none) return fail(ErrorKind::internal, "too much was claimed");
            ISOLOSS_TRY_VOID(session.finish_job(next->id, JobState::failed, "no luck"));
            return session.set_job_progress(first->id, 5, 10, "tokens");
        }));
        QCOMPARE(claimed, (std::vector<std::string>{"loss", "perplexity", "acc"}));
        QVERIFY(enqueued[0].created && !enqueued[3].created);
        QCOMPARE(enqueued[3].id, enqueued[0].id);
        const auto jobs = value_of(fixture.reader()->jobs());
        QCOMPARE(jobs.size(), std::size_t{3});
        QCOMPARE(jobs[0].checkpoint_label, std::string("a @ 10"));
        QCOMPARE(jobs[0].state, JobState::running);
        QCOMPARE(jobs[0].done, 5.0);
        QCOMPARE(jobs[2].error, std::string("no luck"));

        // A failed one is queued again when it is asked for; running ones after a crash.
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            job.metric = "acc";
            ISOLOSS_TRY(const auto again, session.enqueue_job(job));
            ISOLOSS_TRY(const int interrupted, session.requeue_interrupted_jobs());
            if (again.created || again.state != JobState::queued || interrupted != 2)
                return fail(ErrorKind::internal, "the jobs were not queued again");
            return {};
        }));
        for (const JobRecord& queued : value_of(fixture.reader()->jobs()))
            QCOMPARE(queued.state, JobState::queued);
    }

    void what_was_measured_is_not_forgotten() {
        ProjectFixture fixture;
        const auto finish_as = [](WriteSession& session, CheckpointId checkpoint, const char* metric,
                                  std::optional<JobState> state) -> Expected<void> {
            JobRecord job;
            job.checkpoint = checkpoint;
            job.metric = metric;
            job.data_hash = "h";
            ISOLOSS_TRY(const auto queued, session.enqueue_job(job));
            return state ? session.finish_job(queued.id, *state, {}) : Expected<void>();
        };
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "a"));
            ISOLOSS_TRY(const auto checkpoint, session.ensure_checkpoint(run, 1, 10));
            ISOLOSS_TRY_VOID(finish_as(session, checkpoint, "loss", JobState::done));
            ISOLOSS_TRY_VOID(finish_as(session, checkpoint, "acc", JobState::failed));
            ISOLOSS_TRY_VOID(finish_as(session, checkpoint, "perplexity", JobState::cancelled));
            ISOLOSS_TRY_VOID(finish_as(session, checkpoint, "fisher_trace", std::nullopt));
            return session.remove_stopped_jobs();
        }));
        std::vector<std::string> left;
        for (const JobRecord& job : value_of(fixture.reader()->jobs()))
            left.push_back(job.metric);
        QCOMPARE(left, (std::vector<std::string>{"loss", "fisher_trace"}));
    }
};

QTEST_GUILESS_MAIN(SqlTest)
#include "tst_sql.moc"
