#include "engine/importers/import.h"
#include "engine/jobs/job_file.h"
#include "engine/jobs/result_shard.h"
#include "tests/support/measured_project.h"

#include <QFile>
#include <bit>

using namespace isoloss;
using namespace isoloss::test;

/// Jobs go to another machine in a file, and results come back in one, exactly.
class ResultShardTest : public QObject {
    Q_OBJECT

    static void write_task(MeasuredProject& project) {
        write_bytes(project.path("task.jsonl"), "{\"query\": \"b\", \"choices\": [\"a\", \"cc\"], \"gold\": 0}\n"
                                                "{\"query\": \"a\", \"choices\": [\"dd\", \"b\"], \"gold\": 0}\n");
    }

    /// Measures the waiting jobs of `project` in a project of its own, as isoloss-worker does, and writes the shard.
    static std::filesystem::path work(MeasuredProject& project, const std::vector<ExchangedJob>& jobs) {
        ProjectFixture own;
        const auto entered = value_of(enter_jobs(own.project(), jobs));
        const auto state = std::make_shared<FakeModelState>();
        state->gives_nan = project.state().gives_nan.load();
        state->scale = 0.7310585786300049;
        {
            EngineThread engine(own.project(), fake_backend(state), {});
            engine.wait_until_idle();
        }
        const auto shard = project.file("shard.jsonl");
        const std::set<JobId> ids(entered.begin(), entered.end());
        value_of(write_result_shard(*own.reader(), ids, jobs_hash(jobs), shard));
        return shard;
    }

    static std::vector<ExchangedJob> waiting(MeasuredProject& project) {
        return value_of(waiting_jobs(*project.fixture().reader()));
    }

    static ImportReport import(MeasuredProject& project, const std::filesystem::path& shard) {
        return value_of(import_paths(project.project(), {shard}));
    }

    static QByteArray bytes_of(const std::filesystem::path& path) {
        QFile file(QString::fromStdString(path.string()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    /// Values and outcomes as bits and words, without times.
    static QStringList content_of(MeasuredProject& project) {
        const auto bits = [](const std::optional<double>& number) {
            return number ? QString::number(std::bit_cast<std::uint64_t>(*number), 16) : QString("none");
        };
        QStringList lines;
        const auto reader = project.fixture().reader();
        for (const ValueRecord& value : value_of(reader->values())) {
            lines += QString::fromStdString(value.quantity_key + " " + value.variant + " " +
                                            std::string(value_status_name(value.status)) + " " + value.reason) +
                     ' ' + bits(value.value) + ' ' + bits(value.standard_error) + ' ' +
                     QString::number(value.n.value_or(-1)) + ' ' + QString::number(value.n_skipped);
            for (const OutcomeRecord& outcome : value_of(reader->outcomes(value.id))) {
                QString line = QString::fromStdString(outcome.item.task + "|" + outcome.item.key + "|" +
                                                      outcome.item.doc_hash + "|" + outcome.item.text);
                for (const std::string& choice : outcome.item.choices)
                    line += '|' + QString::fromStdString(choice);
                for (const double number : outcome.log_likelihoods)
                    line += ' ' + bits(number);
                lines += line + ' ' + bits(outcome.correct) + ' ' + QString::number(outcome.chosen.value_or(-1)) + ' ' +
                         QString::number(outcome.item.gold.value_or(-1)) + ' ' +
                         QString::number(outcome.tokens.value_or(-1));
            }
        }
        return lines;
    }

private Q_SLOTS:

    void results_come_back_exactly_data() {
        QTest::addColumn<bool>("nan");
        QTest::newRow("numbers") << false;
        QTest::newRow("NaN") << true;
    }

    void results_come_back_exactly() {
        QFETCH(bool, nan);
        MeasuredProject here, there;
        for (MeasuredProject* project : {&here, &there}) {
            write_task(*project);
            project->state().gives_nan = nan;
            project->state().scale = 0.7310585786300049;
            project->queue({"loss", "fisher_trace"}, "five.txt");
            project->queue({"acc"}, "task.jsonl");
        }
        QVERIFY(here.engine()->wait_until_idle());
        const auto shard = work(there, waiting(there));
        const ImportReport report = import(there, shard);
        QVERIFY2(report.skipped.empty(), report.skipped.empty() ? "" : report.skipped[0].reason.c_str());
        QCOMPARE(report.values, std::int64_t{3});
        QCOMPARE(report.items, std::int64_t{3}); // one window, two items
        QCOMPARE(content_of(there), content_of(here));
        for (const ValueRecord& value : value_of(there.fixture().reader()->values()))
            for (const char* member : {"\"checkpoint_hash\"", "\"threads\":1", "\"library\":\"Fake 1.0\""})
                QVERIFY2(value.provenance.find(member) != std::string::npos, value.provenance.c_str());
        // What came back need not be measured again.
        for (const JobRecord& job : value_of(there.fixture().reader()->jobs()))
            QCOMPARE(job.state, JobState::done);
        QCOMPARE(there.queue({"loss"}, "five.txt").measured.size(), std::size_t{1});
    }

    void imported_twice_adds_nothing() {
        MeasuredProject project;
        project.queue({"loss"}, "five.txt");
        const auto shard = work(project, waiting(project));
        QCOMPARE(import(project, shard).values, std::int64_t{1});
        const QStringList before = content_of(project);
        QVERIFY(!import(project, shard).brought_something());
        const auto copy = project.file("copy.jsonl");
        std::filesystem::copy_file(shard, copy);
        QVERIFY(!import(project, copy).brought_something());
        QCOMPARE(content_of(project), before);
    }

    void other_weights_are_refused() {
        MeasuredProject project;
        project.queue({"loss"}, "five.txt");
        const auto shard = work(project, waiting(project));
        REQUIRE_OK(project.fixture().writer().run([&](WriteSession& session) -> Expected<void> {
            CheckpointRecord record;
            record.content_hash = "00000000000000000000000000000000";
            return session.update_checkpoint(project.checkpoints()[0], record);
        }));
        const ImportReport report = import(project, shard);
        QCOMPARE(report.skipped.size(), std::size_t{1});
        QVERIFY(report.skipped[0].reason.find("other weights") != std::string::npos);
        QVERIFY(content_of(project).isEmpty());
    }

    void other_data_of_the_name_is_refused() {
        MeasuredProject project;
        project.queue({"loss"}, "five.txt");
        const auto jobs = waiting(project);
        const auto shard = work(project, jobs);
        MeasuredProject other;
        write_bytes(other.path("five.txt"), "dddd");
        other.queue({"loss"}, "five.txt");
        const ImportReport report = import(other, shard);
        QCOMPARE(report.skipped.size(), std::size_t{1});
        QVERIFY(report.skipped[0].reason.find("other data") != std::string::npos);
        QVERIFY(content_of(other).isEmpty());
    }

    void a_damaged_shard_brings_nothing_data() {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("words");
        QTest::newRow("another number") << QByteArray("\"value\":0.9") << QByteArray("\"value\":0.8") << "checksum";
        QTest::newRow("no end") << QByteArray("{\"end\"") << QByteArray("{\"and\"") << "breaks off";
        QTest::newRow("newer") << QByteArray("{\"isoloss_results\":1,") << QByteArray("{\"isoloss_results\":2,")
                               << "newer";
        QTest::newRow("cut") << QByteArray("}}\n") << QByteArray("}}") << "breaks off";
    }

    void a_damaged_shard_brings_nothing() {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, words);
        MeasuredProject project;
        project.queue({"loss"}, "five.txt");
        const auto shard = work(project, waiting(project));
        QByteArray bytes = bytes_of(shard);
        const auto place = bytes.lastIndexOf(from);
        QVERIFY2(place >= 0, bytes.constData());
        write_bytes(QString::fromStdString(shard.string()), bytes.replace(place, from.size(), to));
        const ImportReport report = import(project, shard);
        QVERIFY(!report.skipped.empty());
        QVERIFY2(QString::fromStdString(report.skipped[0].reason).contains(words), report.skipped[0].reason.c_str());
        QVERIFY(content_of(project).isEmpty());
    }

    void a_shard_knows_its_jobs() {
        MeasuredProject project;
        project.queue({"loss"}, "five.txt");
        const auto jobs = waiting(project);
        QVERIFY(!answered_jobs(project.file("shard.jsonl")));
        const auto shard = work(project, jobs);
        QCOMPARE(answered_jobs(shard), std::optional(jobs_hash(jobs)));
        QVERIFY(!answered_jobs(project.file("five.txt")));
    }

    void job_files_come_back() {
        MeasuredProject project(3);
        MeasureParameters parameters;
        parameters.window = 4;
        project.queue({"loss", "fisher_trace"}, "five.txt", parameters);
        const auto jobs = waiting(project);
        QCOMPARE(jobs.size(), std::size_t{6});
        const auto file = project.file("jobs.json");
        REQUIRE_OK(write_job_file(file, jobs));
        QCOMPARE(jobs_hash(value_of(read_job_file(file))), jobs_hash(jobs));
        const auto planned = value_of(
            plan_jobs(project.project(),
                      {project.checkpoints(), {"loss", "fisher_trace"}, {project.file("five.txt")}, parameters}));
        QCOMPARE(jobs_hash(planned.jobs), jobs_hash(jobs));
    }

    void split_jobs_keep_checkpoints_together() {
        MeasuredProject project(3);
        project.queue({"loss", "fisher_trace"}, "five.txt");
        const auto jobs = waiting(project);
        QCOMPARE(split_jobs(jobs, 1).size(), std::size_t{1});
        QCOMPARE(split_jobs(jobs, 50).size(), std::size_t{3});
        std::size_t count = 0;
        std::set<std::int64_t> steps;
        for (const auto& list : split_jobs(jobs, 2)) {
            std::set<std::int64_t> own;
            for (const ExchangedJob& job : list)
                own.insert(*job.checkpoint.step);
            for (const std::int64_t step : own)
                QVERIFY(steps.insert(step).second);
            count += list.size();
        }
        QCOMPARE(count, jobs.size());
    }

    void bad_job_files_are_refused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const QByteArray& text, ErrorKind kind, const char* words) {
            QTest::newRow(name) << text << int(kind) << QString::fromLatin1(words);
        };
        row("empty", "", ErrorKind::damaged, "jobs.json");
        row("another file", "{\"a\":1}", ErrorKind::foreign, "no job file");
        row("newer", "{\"isoloss_jobs\":9,\"jobs\":[]}", ErrorKind::newer, "newer");
        row("no list", "{\"isoloss_jobs\":1}", ErrorKind::damaged, "jobs");
        row("no run", "{\"isoloss_jobs\":1,\"jobs\":[{}]}", ErrorKind::damaged, "job 1, run");
        row("no object", "{\"isoloss_jobs\":1,\"jobs\":[7]}", ErrorKind::damaged, "job 1");
        row("attempt below 1",
            "{\"isoloss_jobs\":1,\"jobs\":[{\"run\":{\"identities\":[[\"a\",\"b\"]]},\"checkpoint\":{\"attempt\":-1},"
            "\"data\":{\"name\":\"d\",\"kind\":\"text\",\"hash\":\"h\"},\"metric\":\"loss\",\"parameters\":{}}]}",
            ErrorKind::damaged, "attempt");
    }

    void bad_job_files_are_refused() {
        QFETCH(QByteArray, text);
        QFETCH(int, kind);
        QFETCH(QString, words);
        MeasuredProject project;
        write_bytes(project.path("jobs.json"), text);
        const auto jobs = read_job_file(project.file("jobs.json"));
        QVERIFY(!jobs);
        QCOMPARE(int(jobs.error().kind), kind);
        QVERIFY2(QString::fromStdString(jobs.error().text()).contains(words), jobs.error().text().c_str());
    }
};

QTEST_GUILESS_MAIN(ResultShardTest)
#include "tst_result_shard.moc"
