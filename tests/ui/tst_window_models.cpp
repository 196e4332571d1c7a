#include "tests/support/project_fixture.h"
#include "ui/command_palette.h"
#include "ui/figures/value_text.h"
#include "ui/import_report.h"
#include "ui/models/jobs_model.h"
#include "ui/models/log_model.h"
#include "ui/models/run_columns.h"
#include "ui/models/runs_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <limits>

using namespace isoloss;

namespace {

ArrangedRuns arranged(test::ProjectFixture& fixture, const RunArrangement& arrangement) {
    const auto reader = fixture.reader();
    return test::value_of(
        arrangeRuns(*reader, *test::value_of(RunFields::load(*reader, TrashRule::with_trash)), arrangement));
}

/// Five runs in two groups; lr is in the config of all but the last.
ArrangedRuns fiveRuns(test::ProjectFixture& fixture, const RunArrangement& arrangement) {
    const auto written = fixture.writer().run([](WriteSession& session) -> Expected<void> {
        const std::array<const char*, 5> names{"run-10", "run-9", "base", "wide", "odd"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            ISOLOSS_TRY(const RunId run, session.ensure_run({"test", names[i]}, names[i]));
            ISOLOSS_TRY_VOID(session.set_run_group(run, i < 3 ? "a" : "b"));
            if (i < 4)
                ISOLOSS_TRY_VOID(session.merge_run_config(
                    run, R"({"layers": )" + std::to_string(i + 1) + R"(, "optimizer": {"lr": )" +
                             std::to_string(0.1 * static_cast<double>(i + 1)) + "}}"));
        }
        ISOLOSS_TRY(const auto odd, session.find_run({"test", "odd"}));
        return session.set_run_pinned(*odd, true);
    });
    if (!written) throw std::runtime_error(written.error().text());
    return arranged(fixture, arrangement);
}

QStringList names(const ArrangedRuns& runs) {
    QStringList result;
    for (const RunRecord& run : runs.table.runs)
        result += QString::fromStdString(run.name);
    return result;
}

} // namespace

class WindowModelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void arrangement_data() {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("sort");
        QTest::addColumn<bool>("descending");
        QTest::addColumn<QString>("group");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("numbers in names count, pinned first")
            << ""
            << "name" << false << "" << QStringList{"odd", "base", "run-9", "run-10", "wide"};
        QTest::newRow("filter by a nested field") << "lr < 0.25"
                                                  << "name" << false << "" << QStringList{"run-9", "run-10"};
        QTest::newRow("sorted by a number, missing last")
            << ""
            << "config.optimizer.lr" << true << "" << QStringList{"odd", "wide", "base", "run-9", "run-10"};
        QTest::newRow("grouped") << ""
                                 << "name" << false << "group" << QStringList{"base", "run-9", "run-10", "odd", "wide"};
    }

    void arrangement() {
        QFETCH(QString, filter);
        QFETCH(QString, sort);
        QFETCH(bool, descending);
        QFETCH(QString, group);
        QFETCH(QStringList, expected);
        test::ProjectFixture fixture;
        RunArrangement arrangement;
        arrangement.filter = filter.toStdString();
        arrangement.sortKey = sort.toStdString();
        arrangement.descending = descending;
        arrangement.groupKey = group.toStdString();
        QCOMPARE(names(fiveRuns(fixture, arrangement)), expected);
    }

    void a_wrong_filter_is_an_error_and_hides_nothing() {
        test::ProjectFixture fixture;
        RunArrangement arrangement;
        arrangement.filter = "lr <";
        const ArrangedRuns runs = fiveRuns(fixture, arrangement);
        QVERIFY(runs.filterError.has_value());
        QCOMPARE(runs.table.runs.size(), std::size_t(5));
    }

    void a_name_of_several_fields_is_explained() {
        test::ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
            return session.merge_run_config(run, R"({"model": {"d": 8}, "teacher": {"d": 9}})");
        }));
        RunArrangement arrangement;
        arrangement.filter = "not d < 3";
        arrangement.columns = {"d"};
        const ArrangedRuns runs = arranged(fixture, arrangement);
        QCOMPARE(runs.table.runs.size(), std::size_t(1));
        QVERIFY(runs.filterError.has_value());
        QCOMPARE(runs.filterError->place, std::string("column 5"));
        RunsModel model;
        model.setRuns(std::make_shared<const ArrangedRuns>(runs));
        QCOMPARE(model.headerData(RunsModel::firstChosenColumn, Qt::Horizontal, Qt::ToolTipRole).toString(),
                 QStringLiteral("d\n“d” could be several config fields: model.d, teacher.d"));
    }

    void runs_model_folds_sections() {
        test::ProjectFixture fixture;
        RunArrangement arrangement;
        arrangement.groupKey = "group";
        arrangement.columns = {"layers"};
        RunsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRuns(std::make_shared<const ArrangedRuns>(fiveRuns(fixture, arrangement)));
        QCOMPARE(model.rowCount(), 7);
        QVERIFY(model.isSection(0));
        QCOMPARE(model.index(0, RunsModel::nameColumn).data().toString(), QStringLiteral("a · 3 runs"));
        QCOMPARE(model.index(1, RunsModel::firstChosenColumn).data().toString(), QStringLiteral("3"));
        model.toggleSection(0);
        QCOMPARE(model.rowCount(), 4);
        QVERIFY(model.isFolded(0));
        model.toggleSection(0);
        QCOMPARE(model.rowCount(), 7);
    }

    void sections_have_mean_and_deviation_data() {
        QTest::addColumn<QVariantList>("cells");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("tip");
        const double nan = std::numeric_limits<double>::quiet_NaN();
        // Python's statistics.mean and statistics.stdev: 2.335, 0.051961524227066354
        QTest::newRow("rounded to the second digit of the deviation")
            << QVariantList{2.31, 2.35, 2.28, 2.4} << "2.335 ± 0.052"
            << "mean 2.335, sample standard deviation 0.051961524\nn = 4 of 4 runs";
        QTest::newRow("missing runs are counted") << QVariantList{1.0, {}, 3.0} << "2.0 ± 1.4, n 2"
                                                  << "mean 2, sample standard deviation 1.4142136\n"
                                                     "n = 2 of 3 runs";
        QTest::newRow("NaN is left out and said") << QVariantList{1.0, nan} << "1, n 1"
                                                  << "1, the only one\nn = 1 of 2 runs\n1 not finite, left out";
        QTest::newRow("no finite number has no mean") << QVariantList{nan} << "n 0"
                                                      << "n = 0 of 1 runs\n1 not finite, left out";
        QTest::newRow("equal numbers do not vary") << QVariantList{0.1, 0.1, 0.1} << "0.1000"
                                                   << "mean 0.1, sample standard deviation 0\nn = 3 of 3 runs";
        QTest::newRow("a text that all share") << QVariantList{"adamw", "adamw"} << "adamw"
                                               << "adamw";
        QTest::newRow("texts that differ") << QVariantList{"adamw", "sgd"} << ""
                                           << "";
        QTest::newRow("nothing") << QVariantList{{}, {}} << ""
                                 << "";
    }

    void sections_have_mean_and_deviation() {
        QFETCH(QVariantList, cells);
        std::vector<FilterValue> values;
        for (const QVariant& cell : cells)
            values.push_back(!cell.isValid()                      ? FilterValue()
                             : cell.typeId() == QMetaType::Double ? FilterValue(cell.toDouble())
                                                                  : FilterValue(cell.toString().toStdString()));
        const SectionCell cell = sectionCell("key", values);
        const int count = static_cast<int>(values.size());
        QTEST(sectionCellText(cell, count), "text");
        QTEST(sectionCellTip(cell, count), "tip");
    }

    void typed_columns_data() {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("key"); ///< empty: none
        QTest::newRow("name") << " lr "
                              << "lr";
        QTest::newRow("function") << "min( val/loss )"
                                  << "min(val/loss)";
        QTest::newRow("two arguments") << "at(train/loss,1000)"
                                       << "at(train/loss, 1000)";
        QTest::newRow("backquotes") << "last(`a b`)"
                                    << "last(a b)";
        QTest::newRow("unfinished") << "min(val/loss"
                                    << "";
        QTest::newRow("no such function") << "median(val/loss)"
                                          << "";
        QTest::newRow("a filter") << "lr = 1 or lr"
                                  << "";
        QTest::newRow("negated") << "not lr"
                                 << "";
        QTest::newRow("a number") << "3"
                                  << "";
        QTest::newRow("nothing") << ""
                                 << "";
    }

    void typed_columns() {
        QFETCH(QString, typed);
        QTEST(QString::fromStdString(typedColumnKey(typed).value_or("")), "key");
    }

    void groups_are_exact_values() {
        test::ProjectFixture fixture;
        const auto written = fixture.writer().run([](WriteSession& session) -> Expected<void> {
            const std::array<const char*, 6> lrs{"0.00030001", "0.0003", "\"a\"", "\"A\"", "1e-5", "0.0003"};
            for (std::size_t i = 0; i < lrs.size(); ++i) {
                const std::string name = "run-" + std::to_string(i);
                ISOLOSS_TRY(const RunId run, session.ensure_run({"test", name}, name));
                ISOLOSS_TRY_VOID(session.merge_run_config(run, std::string(R"({"lr": )") + lrs[i] + "}"));
            }
            return {};
        });
        REQUIRE_OK(written);
        RunArrangement arrangement;
        arrangement.groupKey = "lr";
        const ArrangedRuns runs = arranged(fixture, arrangement);
        QStringList titles;
        for (const RunSection& section : runs.sections)
            titles += QStringLiteral("%1: %2").arg(section.title).arg(section.count);
        QCOMPARE(titles, (QStringList{"1e-05: 1", "3e-04: 2", "0.00030001: 1", "A: 1", "a: 1"}));
    }

    void groups_that_are_shown() {
        test::ProjectFixture fixture;
        RunArrangement arrangement;
        arrangement.groupKey = "lr";
        arrangement.filter = "group = a or odd";
        RunsModel model;
        model.setRuns(std::make_shared<const ArrangedRuns>(fiveRuns(fixture, arrangement)));
        const auto shown = [&] {
            QStringList groups;
            for (const RunGroup& group : model.shownGroups())
                groups += QStringLiteral("%1: %2").arg(group.title).arg(group.runs.size());
            return groups;
        };
        QCOMPARE(shown(), (QStringList{"0.1: 1", "0.2: 1", "0.3: 1", "no lr: 1"}));
        QCOMPARE(model.shownRuns()->size(), std::size_t(4));
        // A folded section is drawn all the same; an eye that is closed is not.
        model.toggleSection(0);
        QVERIFY(model.setData(model.index(1, RunsModel::eyeColumn), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(shown(), (QStringList{"0.1: 1", "0.3: 1", "no lr: 1"}));
        QCOMPARE(model.shownRuns()->size(), std::size_t(3));
    }

    void the_eye_of_a_section_is_that_of_its_runs() {
        test::ProjectFixture fixture;
        RunArrangement arrangement;
        arrangement.groupKey = "group";
        arrangement.columns = {"layers"};
        RunsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRuns(std::make_shared<const ArrangedRuns>(fiveRuns(fixture, arrangement)));
        const auto eye = [&](int row) { return model.index(row, RunsModel::eyeColumn).data(Qt::CheckStateRole); };
        QCOMPARE(model.index(0, RunsModel::firstChosenColumn).data().toString(), QStringLiteral("2.0 ± 1.0"));
        QCOMPARE(model.index(4, RunsModel::firstChosenColumn).data().toString(), QStringLiteral("4, n 1"));
        QSignalSpy asked(&model, &RunsModel::visibilityRequested);
        QVERIFY(model.setData(model.index(1, RunsModel::eyeColumn), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(eye(0).toInt(), int(Qt::PartiallyChecked));
        QVERIFY(model.setData(model.index(0, RunsModel::eyeColumn), Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(eye(0).toInt(), int(Qt::Checked));
        QVERIFY(model.setData(model.index(0, RunsModel::eyeColumn), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(eye(0).toInt(), int(Qt::Unchecked));
        QCOMPARE(eye(4).toInt(), int(Qt::Checked));
        QStringList sizes;
        for (const auto& arguments : asked)
            sizes += QString::number(arguments[0].value<std::vector<RunId>>().size());
        QCOMPARE(sizes, (QStringList{"1", "1", "3"}));
    }

    void runs_model_asks_for_changes() {
        test::ProjectFixture fixture;
        RunsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRuns(std::make_shared<const ArrangedRuns>(fiveRuns(fixture, {})));
        QSignalSpy hidden(&model, &RunsModel::visibilityRequested);
        QSignalSpy renamed(&model, &RunsModel::renameRequested);
        QVERIFY(model.setData(model.index(1, RunsModel::eyeColumn), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(hidden.count(), 1);
        QVERIFY(!model.isVisible(*model.run(1)));
        QVERIFY(model.setData(model.index(1, RunsModel::nameColumn), "better", Qt::EditRole));
        QVERIFY(!model.setData(model.index(1, RunsModel::nameColumn), "  ", Qt::EditRole));
        QCOMPARE(renamed.count(), 1);
    }

    void jobs_model_orders_by_urgency() {
        JobsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<JobRecord> jobs(3);
        jobs[0].id = JobId(1);
        jobs[0].metric = "loss";
        jobs[0].dataset_name = "story";
        jobs[0].state = JobState::failed;
        jobs[0].error = "out of memory";
        jobs[1].id = JobId(2);
        jobs[1].state = JobState::queued;
        jobs[2].id = JobId(3);
        jobs[2].state = JobState::running;
        jobs[2].created_at = 1.7e9;
        jobs[2].done = 1;
        jobs[2].total = 4;
        model.setJobs(std::make_shared<const std::vector<JobRecord>>(jobs));
        QCOMPARE(model.job(0), std::optional(JobId(3)));
        QCOMPARE(model.job(1), std::optional(JobId(2)));
        QCOMPARE(model.index(2, JobsModel::whatColumn).data().toString(), QStringLiteral("loss[story]"));
        QVERIFY(model.index(2, JobsModel::stateColumn).data().toString().contains("out of memory"));
        QCOMPARE(model.action(0), JobsModel::Action::cancel);
        QCOMPARE(model.action(2), JobsModel::Action::retry);
        ImportTask import;
        import.number = 1;
        import.paths = QStringList{"/data/runs"};
        import.state = ImportTask::State::running;
        model.setImports({import});
        QCOMPARE(model.running(), 2);
        QCOMPARE(model.import(0), 1); // imports before measurements
    }

    void jobs_done_earlier_are_no_work() {
        JobsModel model;
        std::vector<JobRecord> jobs(3);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            jobs[i].id = JobId(static_cast<std::int64_t>(i) + 1);
            jobs[i].state = i == 2 ? JobState::failed : JobState::done;
            jobs[i].finished_at = 100 + static_cast<double>(i);
        }
        model.setJobs(std::make_shared<const std::vector<JobRecord>>(jobs));
        QCOMPARE(model.rowCount(), 3);
        model.hideDoneBefore(100.5);
        QCOMPARE(model.rowCount(), 2);
        model.hideDoneBefore(200);
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.job(0), std::optional(JobId(3)));
    }

    void time_left_is_that_of_the_same_pass() {
        JobsModel model;
        std::vector<JobRecord> jobs(4);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            jobs[i].id = JobId(static_cast<std::int64_t>(i) + 1);
            jobs[i].checkpoint = CheckpointId(static_cast<std::int64_t>(i) + 1);
            jobs[i].metric = "loss";
            jobs[i].data_hash = "h";
            jobs[i].parameter_count = 14;
        }
        jobs[0].state = JobState::done;
        jobs[0].seconds = 90;
        jobs[0].total = 4500;
        jobs[0].unit = "tokens";
        const auto show = [&] { model.setJobs(std::make_shared<const std::vector<JobRecord>>(jobs)); };
        show();
        QCOMPARE(model.secondsLeft(), std::optional(270.0));
        QCOMPARE(model.index(0, JobsModel::speedColumn).data().toString(), QStringLiteral("takes 2 min"));
        QCOMPARE(model.index(3, JobsModel::speedColumn).data().toString(), QStringLiteral("50 tokens/s"));
        jobs[1].paused = true; // it is not waited for
        show();
        QCOMPARE(model.secondsLeft(), std::optional(180.0));
        QCOMPARE(model.index(0, JobsModel::stateColumn).data().toString(), QStringLiteral("paused"));
        jobs[2].parameter_count = 70; // nothing is known of this size
        show();
        QVERIFY(!model.secondsLeft());
        model.setJobs(std::make_shared<const std::vector<JobRecord>>());
        QVERIFY(!model.secondsLeft());
    }

    void waiting_jobs_are_in_the_order_of_the_queue() {
        JobsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<JobRecord> jobs(3);
        for (std::size_t i = 0; i < jobs.size(); ++i)
            jobs[i].id = JobId(static_cast<std::int64_t>(i) + 1);
        jobs[2].paused = true;
        model.setJobs(std::make_shared<const std::vector<JobRecord>>(jobs));
        model.setQueue({JobId(3), JobId(1), JobId(2)});
        QCOMPARE(model.job(0), std::optional(JobId(3)));
        QCOMPARE(model.job(1), std::optional(JobId(1)));
        QVERIFY(model.canMove(0));
        QCOMPARE(model.pauseAction(0), JobsModel::Pause::resume);
        QCOMPARE(model.pauseAction(1), JobsModel::Pause::pause);
        jobs[0].state = JobState::running;
        model.setJobs(std::make_shared<const std::vector<JobRecord>>(jobs));
        QCOMPARE(model.job(0), std::optional(JobId(1)));
        QVERIFY(!model.canMove(0));
        QCOMPARE(model.pauseAction(0), JobsModel::Pause::pause);
    }

    void short_titles_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("title");
        QTest::newRow("known") << "checkpoints"
                               << "ckpts";
        QTest::newRow("series") << "last(train/val_loss)"
                                << "val_loss";
        QTest::newRow("lowest of a series") << "min(train/loss)"
                                            << "min loss";
        QTest::newRow("quantity of data") << "loss[c4/en]"
                                          << "loss";
        QTest::newRow("score of a task") << "arc_easy/acc"
                                         << "acc";
        QTest::newRow("plain") << "lr"
                               << "lr";
    }

    void short_titles() {
        QFETCH(QString, key);
        QTEST(qtext(shortColumnTitle(key.toStdString())), "title");
    }

    void equal_titles_stay_long() {
        std::vector<RunColumn> columns{
            {"arc/acc", "arc/acc", {}, {}}, {"piqa/acc", "piqa/acc", {}, {}}, {"loss[c4]", "loss[c4]", {}, {}}};
        shortenTitles(columns);
        QCOMPARE(columns[0].title, std::string("arc/acc"));
        QCOMPARE(columns[1].title, std::string("piqa/acc"));
        QCOMPARE(columns[2].title, std::string("loss"));
    }

    void first_columns_are_not_mostly_empty() {
        const std::vector<RunColumnChoice> choices{
            {"last(val_loss)", "Series", 2}, {"arc_easy/acc", "Quantities", 9}, {"piqa/acc", "Quantities", 10}};
        QCOMPARE(usefulRunColumns(choices, 12), (std::vector<std::string>{"checkpoints", "piqa/acc"}));
        QCOMPARE(usefulRunColumns(choices, 4), (std::vector<std::string>{"checkpoints", "last(val_loss)", "piqa/acc"}));
        QCOMPARE(usefulRunColumns({}, 4), (std::vector<std::string>{"checkpoints"}));
        QCOMPARE(usefulRunColumns({{"last(lr)", "Series", 4}}, 4), (std::vector<std::string>{"checkpoints", "step"}));
    }

    void import_report_groups_what_is_the_same() {
        ImportTask task;
        task.state = ImportTask::State::done;
        task.paths = {"/data/evals"};
        ImportReport report;
        report.runs = 2;
        report.files = 9;
        for (const char* name : {"a", "b", "c", "d"})
            report.skipped.push_back({std::string("/data/evals/x/") + name + ".json", {}, "not a result"});
        report.skipped.push_back({"/data/evals/e.json", "line 3", "ends early"});
        report.notes = {"step 10 read from revision=step10", "/data/evals/f.jsonl: no data yet",
                        "/data/evals/g.jsonl: no data yet", "opt: no step given", "gpt: no step given"};
        task.report = report;
        const ImportSummary summary = summarize(task);
        QVERIFY(summary.troubled);
        QCOMPARE(summary.headline, QStringLiteral("Imported 2 new runs"));
        const QStringList lines{"Skipped 4 files: not a result — x/a.json, x/b.json, x/c.json and 1 more",
                                "Skipped e.json (line 3): ends early", "step 10 read from revision=step10",
                                "no data yet — f.jsonl, g.jsonl", "no step given — opt, gpt"};
        QCOMPARE(summary.details.split('\n'), lines);
    }

    void speed_in_words_data() {
        QTest::addColumn<double>("speed");
        QTest::addColumn<double>("left");
        QTest::addColumn<QString>("expected");
        QTest::newRow("unknown") << 0.0 << -1.0 << "";
        QTest::newRow("thousands") << 48200.0 << 110.0 << "48k tokens/s · 2 min left";
        QTest::newRow("slow") << 3.0 << 12.2 << "3 tokens/s · 13 s left";
    }

    void speed_in_words() {
        QFETCH(double, speed);
        QFETCH(double, left);
        QFETCH(QString, expected);
        Progress progress;
        progress.unit = "tokens";
        progress.per_second = speed;
        progress.seconds_left = left;
        QCOMPARE(speedText(progress), expected);
    }

    void log_model_keeps_the_last_lines() {
        LogModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<LogLine> lines(LogModel::mostLines + 10);
        lines.back().text = "last";
        model.append(lines);
        model.append({LogLine{QDateTime(), spdlog::level::warn, "newest"}});
        QCOMPARE(model.rowCount(), LogModel::mostLines);
        QCOMPARE(model.index(model.rowCount() - 1, LogModel::textColumn).data().toString(), QStringLiteral("newest"));
        QCOMPARE(model.index(model.rowCount() - 2, LogModel::textColumn).data().toString(), QStringLiteral("last"));
    }

    void fuzzy_search_data() {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("better");
        QTest::addColumn<QString>("worse");
        QTest::newRow("word beginnings") << "if"
                                         << "Import files…"
                                         << "Filter of life";
        QTest::newRow("in a row") << "mea"
                                  << "Measure checkpoints…"
                                  << "Theme: as the system";
        QTest::newRow("no match loses") << "dark"
                                        << "Theme: dark"
                                        << "Theme: light";
    }

    void fuzzy_search() {
        QFETCH(QString, pattern);
        QFETCH(QString, better);
        QFETCH(QString, worse);
        const auto high = fuzzyScore(pattern, better);
        const auto low = fuzzyScore(pattern, worse);
        QVERIFY(high.has_value());
        QVERIFY(!low || *high > *low);
    }
};

QTEST_MAIN(WindowModelsTest)
#include "tst_window_models.moc"
