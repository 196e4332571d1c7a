// Which sources become one run (HOUSE.md, identity and joining, rule 1), whatever the order in which they come.
#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/importing_test.h"
#include "tests/support/safetensors_file.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

class JoiningTest : public support::ImportingTest {
    Q_OBJECT

private:
    void put_events(const fs::path& folder) {
        put_file(folder / "events.out.tfevents.1", version_frame() + scalar_frame("loss", 10, 2));
    }

    void put_checkpoint(const fs::path& folder) {
        const QByteArray weights =
            test::safetensors_bytes(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", QByteArray(8, '\0'));
        put_file(folder / "config.json", R"({"model_type":"gpt2","n_layer":2})");
        put_file(folder / "model.safetensors", weights.toStdString());
    }

    void put_results(const fs::path& file, const std::string& pretrained) {
        put_file(file, R"({"results":{"t":{"acc":0.5}},"versions":{"t":0},"config":{"model_args":"pretrained=)" +
                           pretrained + R"("}})");
    }

    /// "run: series, step with or without weights=values", of all runs, sorted.
    QStringList summary() {
        auto reader = *project_->reader();
        QStringList texts;
        const auto runs = *reader->runs();
        for (const RunRecord& run : runs) {
            QStringList parts;
            const auto all_series = *reader->series(run.id);
            for (const SeriesRecord& series : all_series)
                parts << QString::fromStdString(series.name);
            const auto checkpoints = *reader->checkpoints(run.id);
            for (const CheckpointRecord& checkpoint : checkpoints) {
                const auto values = *reader->values(checkpoint.id);
                parts << QString("%1%2=%3")
                             .arg(checkpoint.step.value_or(-1))
                             .arg(checkpoint.path.empty() ? " unknown" : " weights")
                             .arg(values.size());
            }
            texts << QString::fromStdString(run.name) + ": " + parts.join(", ");
        }
        texts.sort();
        return texts;
    }

private Q_SLOTS:

    void init() { begin(); }

    void sources_of_one_run_data() {
        QTest::addColumn<QString>("events");
        QTest::addColumn<QString>("checkpoint");
        QTest::addColumn<int>("runs");
        const auto row = [](const char* name, const char* events, const char* checkpoint, int runs) {
            QTest::newRow(name) << events << checkpoint << runs;
        };
        row("checkpoint in the run folder", "a", "a/checkpoint-10", 1);
        row("events in logs", "a/logs", "a/checkpoint-10", 1);
        row("checkpoints in a folder of their own", "a", "a/checkpoints/step10", 1);
        row("both in folders of their own", "a/tb", "a/ckpts/global_step10", 1);
        row("checkpoint beside, with the run's name", "a", "a-step10", 1);
        row("folders of two runs", "a", "b/checkpoint-10", 2);
        row("another run's name", "a", "ab-step10", 2);
        row("folders of two runs with logs", "a/logs", "b/checkpoints/step10", 2);
    }

    // Events, a checkpoint and a result that names it by its path, in each of the six orders.
    void sources_of_one_run() {
        QFETCH(QString, events);
        QFETCH(QString, checkpoint);
        QFETCH(int, runs);
        const fs::path event_folder = root() / events.toStdString();
        const fs::path checkpoint_folder = root() / checkpoint.toStdString();
        const fs::path results = root() / "results" / "r.json";
        put_events(event_folder);
        put_checkpoint(checkpoint_folder);
        put_results(results, checkpoint_folder.string());
        std::vector<fs::path> order{event_folder / "events.out.tfevents.1", checkpoint_folder, results};
        std::sort(order.begin(), order.end());
        do {
            project_ = *Project::create(fs::path(folder_->path().toStdString()) / "again.isoloss");
            QStringList names;
            for (const fs::path& path : order) {
                import({path});
                names << QString::fromStdString(path.filename().string());
            }
            const QStringList found = summary();
            const QByteArray what = (names + found).join(" | ").toUtf8();
            QVERIFY2(found.size() == runs, what);
            // The score lies on the checkpoint, which has its weights.
            QVERIFY2(found.join(' ').count("10 weights=1") == 1, what);
            QVERIFY2(runs == 2 || found.front().contains("loss, 10 weights=1"), what);
            import();
            QCOMPARE(summary(), found);
            const fs::path file = project_->path();
            project_.reset();
            fs::remove(file);
        } while (std::next_permutation(order.begin(), order.end()));
    }

    // Rule 4: what a person says, whatever wrote the files; the project keeps it.
    void rules_join_what_they_name() {
        put_events(root() / "exp_small_seed1");
        put_results(root() / "results.json", "org/small.500.seed1");
        ImportOptions options;
        options.mapping.runs = {{"^exp_(.*)$", "\\1", ""}, {R"(^(.*)\.([0-9]+)\.(.*)$)", "\\1_\\3", "\\2"}};
        QVERIFY(import_paths(*project_, {root() / "exp_small_seed1"}, options).has_value());
        import({root() / "results.json"});
        QCOMPARE(summary(), QStringList{"small_seed1: loss, 500 unknown=1"});
        // Again, and nothing is doubled.
        QCOMPARE(import().runs, std::int64_t(0));
    }

    void results_of_a_hub_model_join_nothing() {
        put_events(root() / "m");
        put_results(root() / "m" / "r.json", "org/m");
        import();
        QCOMPARE(summary(), QStringList({"m: -1 unknown=1", "m: loss"}));
    }

    // Weights that can run code are never opened: the folder is reported and nothing is entered for it.
    void pickled_folders_are_refused_data() {
        QTest::addColumn<QString>("weights");
        QTest::addColumn<QString>("reason");
        QTest::newRow("pickled") << "pytorch_model.bin"
                                 << "never opened";
        QTest::newRow("none") << "notes.txt"
                              << "no weights";
    }

    void pickled_folders_are_refused() {
        QFETCH(QString, weights);
        QFETCH(QString, reason);
        put_events(root() / "a");
        put_file(root() / "a" / "checkpoint-10" / "config.json", R"({"model_type":"gpt2"})");
        put_file(root() / "a" / "checkpoint-10" / weights.toStdString(), "\x80\x02}q");
        const ImportReport report = import();
        QCOMPARE(report.checkpoints, std::int64_t(0));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QVERIFY(report.skipped.at(0).path.ends_with("checkpoint-10"));
        QVERIFY2(QString::fromStdString(report.skipped.at(0).reason).contains(reason),
                 report.skipped.at(0).reason.c_str());
        QCOMPARE(summary(), QStringList({"a: loss"}));
        // Converted, it belongs to the run.
        put_checkpoint(root() / "a" / "checkpoint-10");
        QCOMPARE(import().checkpoints, std::int64_t(1));
        QCOMPARE(summary(), QStringList({"a: loss, 10 weights=0"}));
    }

    void scores_wait_for_their_weights() {
        put_results(root() / "r.json", (root() / "a" / "step10").string());
        import();
        QCOMPARE(summary(), QStringList({"a: 10 unknown=1"}));
        put_checkpoint(root() / "a" / "step10");
        import();
        QCOMPARE(summary(), QStringList({"a: 10 weights=1"}));
    }
};

QTEST_APPLESS_MAIN(JoiningTest)
#include "tst_joining.moc"
