#include "engine/importers/trainer/trainer_checkpoints.h"
#include "engine/importers/trainer/trainer_state.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/imported_project.h"

#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

namespace {

/// A state as transformers writes it: indented, keys sorted.
std::string state(std::int64_t step, const std::string& rows, const std::string& more_before = {},
                  const std::string& more_after = {}) {
    return "{\n  \"best_metric\": null,\n" + more_before +
           "  \"epoch\": 1.5,\n  \"global_step\": " + std::to_string(step) +
           ",\n  \"is_world_process_zero\": true,\n  \"log_history\": [\n" + rows +
           "\n  ],\n  \"max_steps\": 30,\n  \"num_input_tokens_seen\": " + std::to_string(step * 1000) +
           ",\n  \"num_train_epochs\": 3,\n" + more_after + "  \"total_flos\": " + std::to_string(step) +
           ".5e+15,\n  \"train_batch_size\": 8,\n  \"trial_name\": null,\n  \"trial_params\": null\n}\n";
}

std::string train_row(std::int64_t step, const std::string& loss) {
    return "    {\n      \"epoch\": 0.5,\n      \"grad_norm\": 2.25,\n      \"loss\": " + loss +
           ",\n      \"step\": " + std::to_string(step) + "\n    }";
}

std::string eval_row(std::int64_t step, const std::string& loss) {
    return "    {\n      \"epoch\": 0.5,\n      \"eval_loss\": " + loss +
           ",\n      \"eval_runtime\": 3.5,\n      \"eval_wiki_accuracy\": 0.25,\n      \"step\": " +
           std::to_string(step) + "\n    }";
}

const std::string first_rows = train_row(10, "5.5") + ",\n" + eval_row(10, "5.25");
const std::string second_rows = first_rows + ",\n" + train_row(20, "NaN") + ",\n" + eval_row(20, "4.5");
const std::string all_rows = second_rows + ",\n" + train_row(30, "3.5");

} // namespace

// The states of a Hugging Face trainer: one run of all that it left, curves from the history that has come furthest.
class TrainerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void one_run_of_a_folder_and_its_checkpoints() {
        ImportedProject project;
        project.write("out/trainer_state.json", state(30, all_rows));
        project.write("out/checkpoint-10/trainer_state.json", state(10, first_rows));
        project.write("out/checkpoint-20/trainer_state.json", state(20, second_rows));
        const ImportReport report = project.import();
        QCOMPARE(project.run_names(), QStringList{"out"});
        QCOMPARE(report.files, std::int64_t(3));
        QVERIFY2(report.skipped.empty(), qPrintable(said(report)));
        QCOMPARE(project.points("out", "loss"), QString("1:10=5.5 1:20=nan 1:30=3.5"));
        QCOMPARE(project.points("out", "eval_loss"), QString("1:10=5.25 1:20=4.5"));
        QCOMPARE(project.series_names("out"),
                 QStringList({"epoch", "eval_loss", "eval_runtime", "eval_wiki_accuracy", "grad_norm", "loss"}));
        // What an evaluation costs is a curve, no value.
        QCOMPARE(project.values(), QStringList({"out@10 eval_loss=5.25", "out@10 eval_wiki_accuracy=0.25",
                                                "out@20 eval_loss=4.5", "out@20 eval_wiki_accuracy=0.25"}));
        const auto checkpoints = project.checkpoints();
        QCOMPARE(checkpoints.size(), std::size_t(3));
        for (const CheckpointRecord& checkpoint : checkpoints) {
            QCOMPARE(checkpoint.tokens, std::optional<double>(double(*checkpoint.step * 1000)));
            QCOMPARE(checkpoint.tokens_source, std::string("logged"));
            QCOMPARE(checkpoint.flops, std::optional<double>((double(*checkpoint.step) + .5) * 1e15));
        }
        const RunRecord run = project.run("out");
        QCOMPARE(run.status, RunStatus::finished);
        QVERIFY(QString::fromStdString(run.config).contains("\"train_batch_size\":8"));
        QVERIFY(QString::fromStdString(run.config).contains("\"num_train_epochs\":3"));
        QVERIFY(!QString::fromStdString(run.config).contains("log_history"));
        const ImportReport again = project.import();
        QCOMPARE(again.points + again.values + again.checkpoints + again.runs + again.files, std::int64_t(0));
    }

    void a_state_that_has_grown_adds_what_is_new() {
        ImportedProject project;
        project.write("out/checkpoint-10/trainer_state.json", state(10, first_rows));
        QCOMPARE(project.import().points, std::int64_t(3 + 4));
        project.write("out/checkpoint-30/trainer_state.json", state(30, all_rows));
        const ImportReport grown = project.import();
        QCOMPARE(grown.runs, std::int64_t(0));
        QCOMPARE(grown.points, std::int64_t(3 + 4 + 3));
        QCOMPARE(project.points("out", "loss"), QString("1:10=5.5 1:20=nan 1:30=3.5"));
        QCOMPARE(project.checkpoints().size(), std::size_t(2));
        // No folder of step 20 is left, so its evaluation is a curve only.
        QCOMPARE(project.values().filter("@20").size(), qsizetype(0));
    }

    void another_history_is_a_new_attempt() {
        ImportedProject project;
        project.write("out/trainer_state.json", state(20, second_rows));
        project.import();
        project.write("out/trainer_state.json", state(20, train_row(10, "7.5") + ",\n" + train_row(20, "7")));
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains("another history"), qPrintable(said(report)));
        QCOMPARE(project.points("out", "loss"), QString("1:10=5.5 1:20=nan 2:10=7.5 2:20=7"));
    }

    void the_best_checkpoint_has_values_data() {
        QTest::addColumn<QByteArray>("best");
        QTest::newRow("best_global_step") << QByteArray("  \"best_global_step\": 10,\n");
        QTest::newRow("best_model_checkpoint")
            << QByteArray("  \"best_model_checkpoint\": \"/x/out/checkpoint-10\",\n");
    }

    void the_best_checkpoint_has_values() {
        QFETCH(QByteArray, best);
        ImportedProject project;
        project.write("out/trainer_state.json", state(30, all_rows, best.toStdString()));
        project.import();
        QCOMPARE(project.values(), QStringList({"out@10 eval_loss=5.25", "out@10 eval_wiki_accuracy=0.25"}));
    }

    void events_and_checkpoints_join_data() {
        QTest::addColumn<bool>("events_first");
        QTest::newRow("together") << false;
        QTest::newRow("events first") << true;
    }

    void events_and_checkpoints_join() {
        QFETCH(bool, events_first);
        ImportedProject project;
        const std::string event_file = "out/runs/Nov25_04-10_host/events.out.tfevents.1.host";
        project.write(event_file, support::version_frame() + support::scalar_frame("train/loss", 10, 5.5f));
        if (events_first) project.import();
        project.write("out/trainer_state.json", state(30, all_rows));
        project.write("out/checkpoint-10/config.json", R"({"model_type": "gpt2"})");
        project.write("out/checkpoint-10/pytorch_model.bin", "x");
        project.import();
        QCOMPARE(project.runs().size(), std::size_t(1));
        const std::string name = project.runs().front().name;
        QCOMPARE(project.points(name, "train/loss"), QString("1:10=5.5"));
        QCOMPARE(project.points(name, "loss"), QString("1:10=5.5 1:20=nan 1:30=3.5"));
    }

    void names_of_runs_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("import");
        QTest::addColumn<QString>("run");
        QTest::newRow("a folder") << "a/b/trainer_state.json"
                                  << ""
                                  << "a/b";
        QTest::newRow("the folder itself") << "a/trainer_state.json"
                                           << "a"
                                           << "a";
        QTest::newRow("only in a checkpoint") << "a/b/checkpoint-20/trainer_state.json"
                                              << ""
                                              << "a/b";
        QTest::newRow("the checkpoint itself") << "a/checkpoint-20/trainer_state.json"
                                               << "a/checkpoint-20"
                                               << "a";
        QTest::newRow("a name of its own") << "a/seed 1.json"
                                           << ""
                                           << "a/seed 1";
        QTest::newRow("the file itself") << "a/trainer_state.json"
                                         << "a/trainer_state.json"
                                         << "a";
    }

    void names_of_runs() {
        QFETCH(QString, file);
        QFETCH(QString, import);
        QFETCH(QString, run);
        ImportedProject project;
        project.write(file.toStdString(), state(20, second_rows));
        project.import({project.root() / import.toStdString()});
        QCOMPARE(project.run_names(), QStringList{run});
    }

    void faults_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("losses");
        const auto row = [](const char* name, const std::string& text, const char* reason, const char* losses) {
            QTest::newRow(name) << QByteArray::fromStdString(text) << reason << losses;
        };
        const std::string whole = state(20, second_rows);
        row("empty", "", "no data yet", "");
        row("cut in the second row", whole.substr(0, whole.find("\"eval_loss\"")), "(line 15, column", "1:10=5.5");
        row("deep", state(20, first_rows + "," + std::string(300, '[')), "nested more than 200 deep", "1:10=5.5");
        row("no history", "{\"global_step\": 3}", "has no log_history", "");
        row("rows without a step", state(20, first_rows + ",{\"loss\": 4},\n" + train_row(20, "3")),
            "1 rows without a step", "1:10=5.5 1:20=3");
        row("no numbers", state(20, "{\"loss\": {\"a\": [1]}, \"name\": \"x\", \"step\": 5}," + train_row(20, "3")),
            "2 logged values that are no numbers", "1:20=3");
        row("numbers in quotes", state(20, train_row(10, "\"NaN\"") + "," + train_row(20, "-Infinity")), "",
            "1:10=nan 1:20=-inf");
        row("a step with a fraction", state(20, "{\"loss\": 1, \"step\": 1.5}," + train_row(20, "3")),
            "1 rows without a step", "1:20=3");
        row("steps as reals", state(20, "{\"loss\": 1, \"step\": 15.0}"), "", "1:15=1");
        row("half a surrogate pair", state(20, "{\"loss\": 1, \"\\ud83d\": 2, \"step\": 15}"),
            "1 character is no UTF-8, or half a surrogate pair", "1:15=1");
        row("a key twice", state(20, "{\"loss\": 1, \"loss\": 2, \"step\": 14, \"step\": 15}"), "1 key comes twice",
            "1:15=2");
        row("a number that no double holds", state(20, train_row(10, "1") + "," + train_row(20, "1e999")), "too big",
            "1:10=1");
    }

    void faults() {
        QFETCH(QByteArray, text);
        QFETCH(QString, said);
        QFETCH(QString, losses);
        ImportedProject project;
        project.write("out/trainer_state.json", text.toStdString());
        project.write("other/trainer_state.json", state(20, second_rows));
        const ImportReport report = project.import();
        QVERIFY2(test::said(report).contains(said), qPrintable(test::said(report)));
        if (said.isEmpty()) QVERIFY2(report.skipped.empty(), qPrintable(test::said(report)));
        QCOMPARE(project.points("other", "loss"), QString("1:10=5.5 1:20=nan"));
        if (!losses.isEmpty()) QCOMPARE(project.points("out", "loss"), losses);
    }

    void a_damaged_state_is_replaced_by_what_others_repeat() {
        ImportedProject project;
        const std::string whole = state(30, all_rows);
        project.write("out/trainer_state.json", whole.substr(0, whole.find("\"eval_loss\"")));
        project.write("out/checkpoint-20/trainer_state.json", state(20, second_rows));
        const ImportReport report = project.import();
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(project.points("out", "loss"), QString("1:10=5.5 1:20=nan"));
        QVERIFY(project.values().contains("out@20 eval_loss=4.5"));
    }

    void results_of_a_search_are_config() {
        ImportedProject project;
        std::string text = state(20, second_rows);
        text.replace(text.find("\"trial_params\": null"), 20, "\"trial_params\": {\"lr\": 0.001, \"name\": \"x\"}");
        project.write("out/trainer_state.json", text);
        project.import();
        QVERIFY(QString::fromStdString(project.run("out").config)
                    .contains("\"trial_params\":{\"lr\":0.001,\"name\":\"x\"}"));
    }

    void evaluations_are_quantities_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("expected"); ///< subject | metric | direction; empty for none
        const auto row = [](const char* key, const char* expected) { QTest::newRow(key) << key << expected; };
        row("eval_loss", "|loss|down");
        row("eval_g0_loss", "g0|loss|down");
        row("eval_my_set_accuracy", "my_set|accuracy|up");
        row("eval_something", "|something|descriptive");
        row("eval_closs", "|closs|descriptive");
        row("eval_runtime", "");
        row("eval_g0_samples_per_second", "");
        row("eval_", "");
        row("loss", "");
    }

    void evaluations_are_quantities() {
        QFETCH(QString, key);
        QFETCH(QString, expected);
        const auto quantity = quantity_of_evaluation(key.toStdString());
        QCOMPARE(quantity.has_value(), !expected.isEmpty());
        if (!quantity) return;
        QCOMPARE(quantity->key, key.toStdString());
        QCOMPARE(QString::fromStdString(quantity->subject + "|" + quantity->metric + "|" +
                                        std::string(direction_name(quantity->direction))),
                 expected);
    }

    // The totals of a large state are at its end; a state of another layout is then left alone.
    void totals_of_a_large_state() {
        ImportedProject project;
        std::string rows = train_row(1, "1");
        while (rows.size() < (2u << 20))
            rows += ",\n" + train_row(2, "3");
        const auto path = project.write("trainer_state.json", state(20, rows));
        const TrainerState totals = read_trainer_totals(value_of(InputFile::open(path)));
        QCOMPARE(totals.total_flos, std::optional<double>(20.5e15));
        QCOMPARE(totals.tokens, std::optional<double>(20000));
        QVERIFY(!read_trainer_totals(value_of(InputFile::open(project.write("b.json", "{" + rows)))).total_flos);
    }

    void heads_data() {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<bool>("is_one");
        QTest::newRow("a state") << QByteArray("\xef\xbb\xbf {\"global_step\": 1, \"log_history\": [") << true;
        QTest::newRow("results") << QByteArray("{\"results\": {}}") << false;
        QTest::newRow("a text about it") << QByteArray("\"global_step\" \"log_history\"") << false;
        QTest::newRow("nothing") << QByteArray() << false;
    }

    void heads() {
        QFETCH(QByteArray, head);
        QFETCH(bool, is_one);
        QCOMPARE(is_trainer_state(head.toStdString()), is_one);
    }
};

QTEST_APPLESS_MAIN(TrainerTest)
#include "tst_trainer.moc"
