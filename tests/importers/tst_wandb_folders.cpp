#include "engine/base/file.h"
#include "engine/importers/import_preview.h"
#include "engine/importers/source_scan.h"
#include "tests/support/stopping_context.h"
#include "tests/support/wandb_fixture.h"

#include <QTest>

using namespace isoloss;
using namespace isoloss::support;
using namespace isoloss::test;

namespace fs = std::filesystem;

namespace {

const std::string first_folder = "run-20231114_221320-abc123de";
const std::string second_folder = "offline-run-20231115_101320-abc123de";
constexpr double first_start = 1.7e9, second_start = 1.7e9 + 43200;

std::string log_of(const WandbRunFields& run, const std::vector<ProtoWriter>& records) {
    WandbLogWriter log;
    log.add(wandb_run(run));
    for (const ProtoWriter& record : records)
        log.add(record);
    return log.text();
}

std::string log_of(double started_at, const std::vector<ProtoWriter>& records, bool resumed = false) {
    WandbRunFields run;
    run.id = "abc123de";
    run.project = "nets";
    run.started_at = started_at;
    run.resumed = resumed;
    return log_of(run, records);
}

ProtoWriter loss_row(std::int64_t step, const std::string& value) {
    return wandb_history({{{"loss"}, value}, {{"_step"}, std::to_string(step)}}, step);
}

ProtoWriter loss_without_step(const std::string& value) {
    return wandb_history({{{"loss"}, value}});
}

} // namespace

// Runs of several logs, logs that grow or are damaged, and what else lies in the folders.
class WandbFoldersTest : public QObject {
    Q_OBJECT

    std::unique_ptr<WandbFixture> wandb_;

    fs::path first() const { return wandb_->log(first_folder, "abc123de"); }

    fs::path second() const { return wandb_->log(second_folder, "abc123de"); }

    void put_first() { wandb_->put_log(first(), log_of(first_start, {loss_row(0, "5"), loss_row(10, "4")})); }

    void put_second() {
        wandb_->put_log(second(),
                        log_of(second_start,
                               {loss_row(5, "4.5"), loss_row(15, "3"), wandb_summary({{{"best"}, "3"}}), wandb_exit(0)},
                               true));
    }

private Q_SLOTS:

    void init() { wandb_ = std::make_unique<WandbFixture>(); }

    void a_resume_is_an_attempt_of_the_same_run() {
        put_first();
        put_second();
        const ImportReport report = wandb_->import();
        QCOMPARE(report.runs, std::int64_t(1));
        QCOMPARE(report.files, std::int64_t(2));
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=5 1:10=4 2:5=4.5 2:15=3"));
        QVERIFY(wandb_->run("abc123de").status == RunStatus::finished);
        QCOMPARE(wandb_->values(), QStringList{"abc123de@last best=3"});
        QCOMPARE(wandb_->import().points, std::int64_t(0));
    }

    void a_resume_may_come_later_and_alone() {
        put_first();
        wandb_->import();
        put_second();
        const ImportReport report = wandb_->import(second());
        QCOMPARE(report.runs, std::int64_t(0));
        QCOMPARE(report.points, std::int64_t(2));
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=5 1:10=4 2:5=4.5 2:15=3"));
    }

    // What comes in the wrong order is not lost, and says nothing about how the run stands now.
    void the_first_log_may_come_last() {
        put_second();
        wandb_->import();
        put_first();
        wandb_->import();
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:5=4.5 1:15=3 2:0=5 2:10=4"));
        QVERIFY(wandb_->run("abc123de").status == RunStatus::finished);
        QCOMPARE(*wandb_->run("abc123de").started_at, first_start);
    }

    void a_resume_without_steps_goes_on_after_the_log_before() {
        wandb_->put_log(first(), log_of(first_start, {loss_without_step("5"), loss_without_step("4")}));
        wandb_->put_log(second(), log_of(second_start, {loss_without_step("3"), loss_without_step("2")}, true));
        wandb_->import();
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=5 1:1=4 2:2=3 2:3=2"));
    }

    void one_id_in_two_projects_is_two_runs_when_a_person_chose_it_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("runs");
        QTest::newRow("a word") << "baseline" << 2;
        QTest::newRow("a word and a number") << "seed0001" << 2;
        QTest::newRow("a name") << "gpt-small-lr3e-4" << 2;
        QTest::newRow("drawn by W&B") << "1vrf1auj" << 1;
    }

    void one_id_in_two_projects_is_two_runs_when_a_person_chose_it() {
        QFETCH(QString, id);
        QFETCH(int, runs);
        WandbRunFields run;
        run.id = id.toStdString();
        for (const char* project : {"nets", "more nets"}) {
            run.project = project;
            wandb_->put_log(wandb_->root() / project / "wandb" / ("run-20231114_221320-" + run.id) /
                                ("run-" + run.id + ".wandb"),
                            log_of(run, {loss_row(0, "1")}));
        }
        QCOMPARE(wandb_->import().runs, std::int64_t(runs));
    }

    void a_growing_log_is_taken_bit_by_bit() {
        const std::string whole =
            log_of(first_start, {loss_row(0, "5"), loss_without_step("4"),
                                 wandb_history({{{"note"}, '"' + std::string(40000, 'n') + '"'}, {{"loss"}, "3"}}, 7),
                                 loss_without_step("2"), wandb_summary({{{"best"}, "2"}}), wandb_exit(0)});
        std::int64_t points = 0;
        for (const int size : {0, 3, 7, 30, 90, 110, 130, 140, 200, 32700, 32768, 32780, 40200}) {
            put_file(first(), whole.substr(0, static_cast<std::size_t>(size)));
            points += wandb_->import().points;
        }
        put_file(first(), whole);
        points += wandb_->import().points;
        QCOMPARE(points, std::int64_t(4));
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=5 1:1=4 1:7=3 1:8=2"));
        QCOMPARE(wandb_->values(), QStringList{"abc123de@last best=2"});
        QVERIFY(wandb_->run("abc123de").status == RunStatus::finished);
        const auto record = value_of(wandb_->project().reader()->source(path_text(fs::canonical(first()))));
        QCOMPARE(record->offset, std::uint64_t(whole.size()));
    }

    // Stopped half-way, the rest comes with the next import, though the file is the same.
    void a_stopped_reading_goes_on() {
        constexpr int rows = 1000;
        WandbLogWriter log;
        WandbRunFields run;
        run.id = "abc123de";
        log.add(wandb_run(run));
        for (int i = 0; i < rows; ++i)
            log.add(loss_row(i, std::to_string(i)));
        wandb_->put_log(first(), log.text());
        StoppingContext context;
        for (const bool stops : {true, true, false, false}) {
            const FoundSources found = value_of(scan_sources({wandb_->root()}, {}));
            QCOMPARE(found.sources.size(), std::size_t(1));
            context.looks_left = stops ? 3 : rows;
            const std::int64_t before = context.points;
            REQUIRE_OK(found.sources.front()->read(context));
            if (stops) QVERIFY(context.points > before && context.points < rows);
        }
        QCOMPARE(context.points, std::size_t(rows));
        QCOMPARE(context.attempts, std::set<std::uint32_t>{1});
    }

    // In shared mode logs grow side by side; a later one is not a resume.
    void the_chief_of_several_logs_may_end_last() {
        const auto row = [](double time) {
            return wandb_history({{{"loss"}, "1"}, {{"_timestamp"}, std::to_string(time)}});
        };
        wandb_->put_log(first(), log_of(first_start, {row(first_start + 10)}));
        wandb_->put_log(second(), log_of(first_start + 5, {row(first_start + 11)}));
        wandb_->import();
        QVERIFY(wandb_->run("abc123de").status == RunStatus::crashed);
        wandb_->put_log(first(), log_of(first_start, {row(first_start + 10), row(first_start + 20), wandb_exit(0)}));
        wandb_->import();
        QVERIFY(wandb_->run("abc123de").status == RunStatus::finished);
    }

    void a_log_without_data_makes_no_run_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("zero bytes") << QByteArray();
        QTest::newRow("half a header") << QByteArray(":W&B");
        QTest::newRow("a header") << QByteArray(":W&B\xe1\xbe\x00", 7);
        const std::string versions = WandbLogWriter().add(ProtoWriter().bytes(21, "")).text();
        QTest::newRow("no run record yet") << QByteArray::fromStdString(versions);
    }

    void a_log_without_data_makes_no_run() {
        QFETCH(QByteArray, bytes);
        put_file(first(), bytes.toStdString());
        const ImportReport report = wandb_->import();
        QCOMPARE(report.runs, std::int64_t(0));
        QCOMPARE(skipped_text(report), QString());
        QVERIFY(notes_text(report).contains("no data yet"));
    }

    void a_replaced_log_is_a_new_attempt() {
        put_first();
        wandb_->import();
        wandb_->put_log(first(), log_of(first_start + 60, {loss_row(0, "9")}));
        const ImportReport report = wandb_->import();
        QVERIFY(notes_text(report).contains("was replaced"));
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=5 1:10=4 2:0=9"));
    }

    void damage_is_reported_with_its_place() {
        const std::string text = '"' + std::string(20000, 't') + '"';
        std::string bytes = log_of(first_start, {loss_row(0, "5"), wandb_history({{{"t"}, text}, {{"loss"}, "4"}}, 1),
                                                 wandb_history({{{"t"}, text}, {{"loss"}, "3"}}, 2), loss_row(3, "2")});
        bytes[10000] = static_cast<char>(bytes[10000] ^ 1);
        wandb_->put_log(first(), bytes);
        const ImportReport report = wandb_->import();
        // The block at byte 0 ends within the row of step 2.
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=5 1:3=2"));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QVERIFY2(report.skipped.front().place.starts_with("byte "), report.skipped.front().place.c_str());
        for (const char* words : {"damaged", "checksum", "Copy the file again"})
            QVERIFY2(skipped_text(report).contains(words), words);
    }

    void bad_records_leave_the_rest_unharmed() {
        WandbLogWriter log;
        WandbRunFields run;
        run.id = "abc123de";
        log.add(wandb_run(run));
        log.add_bytes(std::string("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12)); // a varint of eleven bytes
        log.add_bytes(std::string("\x12\x05\x0a\x20x", 5));                                 // past its parent
        log.add_bytes(std::string(10000, '\x0b'));                                          // groups in groups
        log.add(ProtoWriter().bytes(77, "from a later W&B"));
        log.add(loss_row(0, "1"));
        log.add(wandb_history({{{std::string("a\0b\xff\n", 5)}, "1"}, {{""}, "2"}, {{"../../x"}, "3"}}, 1));
        wandb_->put_log(first(), log.text());
        const ImportReport report = wandb_->import();
        QCOMPARE(wandb_->points("abc123de", "loss"), QString("1:0=1"));
        QCOMPARE(wandb_->series("abc123de").size(), 4);
        QVERIFY(wandb_->series("abc123de").contains("../../x"));
        QVERIFY2(skipped_text(report).contains("3 records contradict their own format"),
                 qPrintable(skipped_text(report)));
    }

    void what_is_no_log_is_refused_by_name() {
        put_file(first(), "this is a text");
        put_first();
        put_file(second(), "this is a text");
        const ImportReport report = wandb_->import();
        QCOMPARE(report.runs, std::int64_t(1));
        QVERIFY(skipped_text(report).contains("is not a W&B transaction log"));
    }

    // Files of W&B beside the log are no sources of their own; others are.
    void the_rest_of_the_folder() {
        put_first();
        const fs::path folder = first().parent_path();
        put_file(folder / "files" / "wandb-summary.json", "{\"loss\": 4, \"best\": 3.5, \"_runtime\": 7}");
        put_file(folder / "files" / "config.yaml",
                 "wandb_version: 1\n\n_wandb:\n  value:\n    cli_version: 0.10.20\n    t: {4: 3.7}\n"
                 "lr:\n  desc: null\n  value: 0.001\nbetas:\n  value: [0.9, 0.95]\n");
        put_file(folder / "files" / "wandb-metadata.json", "{\"os\": \"Linux\"}");
        put_file(folder / "files" / "requirements.txt", "wandb==0.10.20\n");
        put_file(folder / "files" / "media" / "table" / "x.table.json", "{\"columns\": [], \"data\": []}");
        put_file(folder / "logs" / "debug.log", "nothing");
        put_file(folder / "run-abc123de.wandb.synced", "");
        put_file(folder / "files" / "tb" / "events.out.tfevents.1", version_frame() + scalar_frame("tb/loss", 1, 2.f));
        fs::create_directory_symlink(folder, wandb_->root() / "wandb" / "latest-run");
        const ImportReport report = wandb_->import();
        QCOMPARE(skipped_text(report), QString());
        QCOMPARE(report.runs, std::int64_t(2));
        QCOMPARE(report.files, std::int64_t(2));
        QCOMPARE(wandb_->values(), QStringList{"abc123de@last best=3.5"});
        QCOMPARE(QString::fromStdString(wandb_->config("abc123de", {"lr"})), QString("0.001"));
        QCOMPARE(QString::fromStdString(wandb_->config("abc123de", {"betas"})), QString("[0.9,0.95]"));
        QCOMPARE(QString::fromStdString(wandb_->config("abc123de", {"_wandb", "client"})), QString("\"0.10.20\""));
        const ImportReport again = wandb_->import();
        QCOMPARE(again.points + again.values + again.runs, std::int64_t(0));
    }

    // The only run of a folder `wandb` is the run of the folder around it.
    void event_files_around_belong_to_the_only_run() {
        put_first();
        put_file(wandb_->root() / "events.out.tfevents.1", version_frame() + scalar_frame("tb/loss", 1, 2.f));
        const ImportReport alone = wandb_->import();
        QCOMPARE(alone.runs, std::int64_t(1));
        QCOMPARE(alone.series, std::int64_t(2));
    }

    void event_files_around_several_runs_are_their_own() {
        put_first();
        put_file(wandb_->root() / "events.out.tfevents.1", version_frame() + scalar_frame("tb/loss", 1, 2.f));
        WandbRunFields other;
        other.id = "zz9zz9zz";
        wandb_->put_log(wandb_->log("run-20231114_221320-zz9zz9zz", "zz9zz9zz"), log_of(other, {loss_row(0, "1")}));
        QCOMPARE(wandb_->import().runs, std::int64_t(3));
    }

    void a_preview_reads_what_an_import_would() {
        put_first();
        put_second();
        const ImportPreview preview = value_of(preview_import(nullptr, {wandb_->root()}));
        QCOMPARE(preview.sources.size(), std::size_t(1));
        QCOMPARE(preview.sources.front().title, std::string("W&B run"));
        QCOMPARE(preview.sources.front().runs.size(), std::size_t(1));
        const RunPreview& run = preview.sources.front().runs.front();
        QCOMPARE(run.points, std::int64_t(4));
        QCOMPARE(run.attempts, 2);
        QCOMPARE(run.series, std::vector<std::string>{"loss"});
        QCOMPARE(run.identity.kind + " " + run.identity.key, std::string("wandb_run abc123de"));
    }
};

QTEST_APPLESS_MAIN(WandbFoldersTest)
#include "tst_wandb_folders.moc"
