#include "tests/support/wandb_fixture.h"

#include <QTest>

using namespace isoloss;
using namespace isoloss::support;
using namespace isoloss::test;

namespace fs = std::filesystem;

namespace {

constexpr double start = 1.7e9;
const std::string first_folder = "run-20231114_221320-abc123de";
const std::string second_folder = "offline-run-20231115_101320-abc123de";

WandbLogWriter begun_log(double started_at = start, bool resumed = false) {
    WandbLogWriter log;
    WandbRunFields run;
    run.id = "abc123de";
    run.project = "nets";
    run.started_at = started_at;
    run.resumed = resumed;
    log.add(wandb_run(run));
    return log;
}

ProtoWriter loss_row(std::int64_t step, const std::string& value) {
    return wandb_history({{{"loss"}, value}, {{"_step"}, std::to_string(step)}}, step);
}

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace

// From logs in folders to runs in a project.
class WandbTest : public QObject {
    Q_OBJECT

    std::unique_ptr<WandbFixture> wandb_;

private Q_SLOTS:

    void init() { wandb_ = std::make_unique<WandbFixture>(); }

    void steps_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("points");
        const auto row = [](const char* name, const std::vector<ProtoWriter>& rows, const char* points,
                            std::uint64_t starting_step = 0) {
            WandbLogWriter log;
            WandbRunFields run;
            run.id = "abc123de";
            run.starting_step = starting_step;
            log.add(wandb_run(run));
            for (const ProtoWriter& record : rows)
                log.add(record);
            QTest::newRow(name) << QByteArray::fromStdString(log.text()) << QString(points);
        };
        const WandbLogged loss{{"loss"}, "1"};
        const auto step = [](const char* json, bool nested = false) { return WandbLogged{{"_step"}, json, nested}; };
        row("flat keys", {wandb_history({loss, step("0")}, 0), wandb_history({loss, step("5")}, 5)}, "1:0=1 1:5=1");
        row("nested keys", {wandb_history({loss, step("3", true)}, 3)}, "1:3=1");
        row("the record's own step", {wandb_history({loss}, 0), wandb_history({loss}, 7)}, "1:0=1 1:7=1");
        row("_step wins", {wandb_history({loss, step("4")}, 9)}, "1:4=1");
        row("none: in order", {wandb_history({loss}), wandb_history({loss}), wandb_history({loss})},
            "1:0=1 1:1=1 1:2=1");
        row("none: from the starting step", {wandb_history({loss}), wandb_history({loss})}, "1:16=1 1:17=1", 16);
        row("none after some", {wandb_history({loss}, 40), wandb_history({loss})}, "1:40=1 1:41=1");
        row("bad ones are numbered",
            {wandb_history({loss, step("\"5\"")}), wandb_history({loss, step("5.5")}),
             wandb_history({loss, step("null")}), wandb_history({loss, step("true")}),
             wandb_history({loss, step("{\"a\":1}")}), wandb_history({loss, step("1e400")})},
            "1:0=1 1:1=1 1:2=1 1:3=1 1:4=1 1:5=1");
        row("a whole number with a point", {wandb_history({loss, step("6.0")})}, "1:6=1");
        row("negative", {wandb_history({loss, step("-3")})}, "1:-3=1");
        row("the last of all", {wandb_history({loss, step("9223372036854775807")}), wandb_history({loss})},
            "1:9223372036854775807=1 1:9223372036854775807=1");
        row("a step that falls is a new attempt", {loss_row(5, "1"), loss_row(2, "2")}, "1:5=1 2:2=2");
        row("the same step twice", {loss_row(5, "1"), loss_row(5, "2")}, "1:5=1 1:5=2");
    }

    void steps() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, points);
        wandb_->put_log(wandb_->log(first_folder, "abc123de"), bytes.toStdString());
        const ImportReport report = wandb_->import();
        QCOMPARE(report.runs, std::int64_t(1));
        QCOMPARE(wandb_->points("abc123de", "loss"), points);
    }

    void the_run_record_describes_the_run() {
        WandbRunFields run;
        run.id = "abc123de";
        run.project = "nets";
        run.display_name = "wobbly-sun-3";
        run.group = "sweep A";
        run.job_type = "train";
        run.notes = "warm-up is longer";
        run.tags = {"baseline", "a100"};
        run.started_at = start + 0.5;
        run.git_remote = "https://host/nets.git";
        run.git_commit = "35cd368c";
        run.forked_from = "zzz999zz";
        run.config = {{{"lr"}, "0.001"}, {{"model"}, "{\"width\": 64, \"act\": \"gelu\"}"}, {{"_wandb"}, "{\"t\": 1}"}};
        WandbLogWriter log;
        log.add(wandb_run(run));
        log.add(wandb_changes(5, {{{"model", "width"}, "128"}, {{"seed"}, "7"}}, {{{"lr"}, ""}}));
        log.add(ProtoWriter().message(12, ProtoWriter().bytes(2, "val/*").bytes(4, "epoch")));
        log.add(wandb_exit(0));
        wandb_->put_log(wandb_->log(first_folder, "abc123de"), log.text());
        const ImportReport report = wandb_->import();
        QCOMPARE(skipped_text(report), QString());
        const RunRecord stored = wandb_->run("wobbly-sun-3");
        QCOMPARE(stored.group, std::string("sweep A"));
        QCOMPARE(stored.notes, std::string("warm-up is longer"));
        QCOMPARE(stored.tags, (std::vector<std::string>{"a100", "baseline"}));
        QCOMPARE(*stored.started_at, start + 0.5);
        QVERIFY(stored.status == RunStatus::finished);
        const auto config = [&](std::initializer_list<std::string_view> path) {
            return QString::fromStdString(wandb_->config("wobbly-sun-3", path));
        };
        QCOMPARE(config({"model"}), QString("{\"width\":128,\"act\":\"gelu\"}"));
        QCOMPARE(config({"seed"}), QString("7"));
        QCOMPARE(config({"lr"}), QString("null"));
        QCOMPARE(config({"_wandb", "run_id"}), QString("\"abc123de\""));
        QCOMPARE(config({"_wandb", "job_type"}), QString("\"train\""));
        QCOMPARE(config({"_wandb", "git", "commit"}), QString("\"35cd368c\""));
        QCOMPARE(config({"_wandb", "forked_from", "run"}), QString("\"zzz999zz\""));
        QCOMPARE(config({"_wandb", "forked_from", "value"}), QString("40.0"));
        QCOMPARE(config({"_wandb", "x_axis", "val/*"}), QString("\"epoch\""));
        QCOMPARE(config({"_wandb", "t"}), QString());
    }

    void rows_keep_their_times() {
        WandbLogWriter log = begun_log();
        log.add(wandb_history({{{"loss"}, "3"}, {{"_timestamp"}, "1700000010.25"}, {{"_runtime"}, "99"}}, 0));
        log.add(wandb_history({{{"loss"}, "2"}, {{"_runtime"}, "20.5"}}, 1));
        log.add(wandb_history({{{"loss"}, "1"}, {{"_timestamp"}, "NaN"}}, 2));
        wandb_->put_log(wandb_->log(first_folder, "abc123de"), log.text());
        wandb_->import();
        QCOMPARE(wandb_->wall_times("abc123de", "loss"), QString("1700000010.250 1700000020.500 nan"));
        QCOMPARE(wandb_->series("abc123de"), QStringList{"loss"});
    }

    void system_metrics_stand_at_the_step_of_the_history() {
        WandbLogWriter log = begun_log();
        const std::vector<WandbLogged> sample{{{"gpu.0.gpu"}, "81.5"}, {{"network"}, "{\"sent\": 5, \"recv\": 6}"}};
        log.add(wandb_stats(start + 1, sample));
        log.add(loss_row(10, "1"));
        log.add(loss_row(20, "1"));
        log.add(wandb_stats(start + 30, sample));
        wandb_->put_log(wandb_->log(first_folder, "abc123de"), log.text());
        const ImportReport report = wandb_->import();
        QCOMPARE(wandb_->series("abc123de"),
                 (QStringList{"loss", "system/gpu.0.gpu", "system/network.recv", "system/network.sent"}));
        QCOMPARE(wandb_->points("abc123de", "system/gpu.0.gpu"), QString("1:0=81.5 1:20=81.5"));
        QCOMPARE(wandb_->wall_times("abc123de", "system/network.sent"), QString("1700000001.000 1700000030.000"));
        QVERIFY(notes_text(report).contains("system metrics stand at the step"));
    }

    void numbers_of_the_summary_without_a_history_are_values() {
        WandbLogWriter log = begun_log();
        log.add(loss_row(0, "0.5"));
        log.add(loss_row(1, "0.25"));
        log.add(wandb_history({{{"acc"}, "0.75"}}, 2));
        log.add(ProtoWriter().message(12, ProtoWriter().bytes(1, "best_score").varint(7, 2)));
        log.add(wandb_summary({{{"loss"}, "0.25"}, // the last of its history
                               {{"acc"}, "0.875"}, // set to another one
                               {{"best_score"}, "\"NaN\""},
                               {{"loss", "min"}, "0.25"},
                               {{"verdict"}, "\"good\""},
                               {{"table"}, "{\"_type\": \"table-file\", \"size\": 3}"},
                               {{"_runtime"}, "12"}}));
        const fs::path path = wandb_->log(first_folder, "abc123de");
        wandb_->put_log(path, log.text());
        wandb_->import();
        // Whether 0.875 is only ahead of its history is known when the run has ended.
        QCOMPARE(wandb_->values(), (QStringList{"abc123de@last best_score=nan", "abc123de@last loss.min=0.25"}));
        QCOMPARE(QString::fromStdString(wandb_->config("abc123de", {"_wandb", "summary", "verdict"})),
                 QString("\"good\""));
        log.add(wandb_exit(0));
        wandb_->put_log(path, log.text());
        wandb_->import();
        QCOMPARE(wandb_->values(), (QStringList{"abc123de@last acc=0.875", "abc123de@last best_score=nan",
                                                "abc123de@last loss.min=0.25"}));
        for (const QuantityRecord& quantity : value_of(wandb_->project().reader()->quantities()))
            QVERIFY(quantity.direction == (quantity.key == "best_score" ? Direction::up : Direction::descriptive));
    }

    // In shared mode every process has its log; only the chief one says how the run ended.
    void the_end_of_one_process_is_not_that_of_the_run() {
        WandbLogWriter chief = begun_log(), other = begun_log(start + 5);
        chief.add(loss_row(0, "1")).add(wandb_exit(0));
        other.add(wandb_history({{{"loss"}, "2"}}));
        other.add(ProtoWriter().message(18, ProtoWriter().varint(1, 1).varint(3, 1)));
        wandb_->put_log(wandb_->log(first_folder, "abc123de"), chief.text());
        wandb_->put_log(wandb_->log(second_folder, "abc123de"), other.text());
        wandb_->import();
        QVERIFY(wandb_->run("abc123de").status == RunStatus::finished);
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=1 2:0=2"));
    }

    void hostile_sizes_are_bounded() {
        WandbLogWriter log = begun_log();
        ProtoWriter config;
        for (int i = 0; i < 20'000; ++i)
            config.message(1, wandb_logged({{"key " + std::to_string(i)}, "1"}));
        log.add(ProtoWriter().message(5, config));
        std::string items;
        for (int i = 0; i < 1'200'000; ++i)
            items += std::string("\x0a\x00", 2);
        log.add(ProtoWriter().bytes(2, items));
        log.add(wandb_history({{std::vector<std::string>(5000, "k"), "1"}, {{"loss"}, "2"}}));
        wandb_->put_log(wandb_->log(first_folder, "abc123de"), log.text());
        const ImportReport report = wandb_->import();
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=2"));
        for (const char* words : {"members of the config", "record contradicts", "logged value is no JSON or nested"})
            QVERIFY2(skipped_text(report).contains(words), words);
    }

    void how_the_run_stands_data() {
        QTest::addColumn<int>("exit_code"); ///< -1 for none
        QTest::addColumn<int>("minutes");   ///< since the file was changed
        QTest::addColumn<bool>("copied");   ///< its entries are of long ago
        QTest::addColumn<bool>("whole");
        QTest::addColumn<QString>("status");
        QTest::newRow("ended well") << 0 << 1 << false << true << "finished";
        QTest::newRow("ended with an error") << 1 << 1 << false << true << "crashed";
        QTest::newRow("killed by a signal") << 255 << 9999 << true << true << "crashed";
        QTest::newRow("grows") << -1 << 1 << false << true << "running";
        QTest::newRow("in the middle of a record") << -1 << 1 << false << false << "running";
        QTest::newRow("silent") << -1 << 90 << false << true << "crashed";
        QTest::newRow("old, copied just now") << -1 << 1 << true << true << "crashed";
        QTest::newRow("its end is missing") << -1 << 9999 << true << false << "unknown";
    }

    void how_the_run_stands() {
        QFETCH(int, exit_code);
        QFETCH(int, minutes);
        QFETCH(bool, copied);
        QFETCH(bool, whole);
        QFETCH(QString, status);
        WandbLogWriter log = begun_log(copied ? start : now() - 7200);
        log.add(loss_row(0, "1"));
        if (exit_code >= 0) log.add(wandb_exit(static_cast<std::uint64_t>(exit_code)));
        std::string bytes = log.text();
        if (!whole) bytes += WandbLogWriter().add(loss_row(1, "2")).text().substr(7, 20);
        const fs::path path = wandb_->log(first_folder, "abc123de");
        put_file(path, bytes);
        WandbFixture::set_age(path, std::chrono::minutes(minutes));
        wandb_->import();
        QCOMPARE(QString::fromUtf8(run_status_name(wandb_->run("abc123de").status).data()), status);
        // Of a run that was under way and has fallen silent the next import says so, though the log is the same.
        if (status != "running") return;
        WandbFixture::set_age(path, std::chrono::minutes(90));
        QCOMPARE(wandb_->import().points, std::int64_t(0));
        QVERIFY(wandb_->run("abc123de").status == RunStatus::crashed);
        // Until it goes on after all.
        log.add(loss_row(1, "2"));
        put_file(path, log.text());
        QCOMPARE(wandb_->import().points, std::int64_t(1));
        QVERIFY(wandb_->run("abc123de").status == RunStatus::running);
    }
};

QTEST_APPLESS_MAIN(WandbTest)
#include "tst_wandb.moc"
