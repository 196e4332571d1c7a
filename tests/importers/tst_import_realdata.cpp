#include "engine/importers/import.h"
#include "engine/store/project.h"

#include <QTemporaryDir>
#include <QTest>
#include <cstdlib>
#include <map>
#include <set>

using namespace isoloss;

namespace fs = std::filesystem;

// The literals come from an independent reading of the same files in Python: a struct-based reader of frames and
// protobuf fields for event files, `json` and a walk over results → task → metric for the harness.
class ImportRealDataTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    std::unique_ptr<Project> project_;

    ImportReport import(const char* what) {
        const auto report = import_paths(*project_, {fs::path(std::getenv("ISOLOSS_REAL_DATA")) / what});
        if (!report) QTest::qFail(report.error().text().c_str(), __FILE__, __LINE__);
        return report.value_or(ImportReport{});
    }

    std::set<std::string> run_names() {
        std::set<std::string> names;
        const auto runs = *(*project_->reader())->runs();
        for (const RunRecord& run : runs)
            names.insert(run.name);
        return names;
    }

    /// Values of one quantity by run and step.
    std::map<std::pair<std::string, std::int64_t>, double> values_of(const std::string& key) {
        auto reader = *project_->reader();
        std::map<std::pair<std::string, std::int64_t>, double> result;
        std::map<CheckpointId, CheckpointRecord> checkpoints;
        const auto all_checkpoints = *reader->checkpoints();
        for (const CheckpointRecord& checkpoint : all_checkpoints)
            checkpoints[checkpoint.id] = checkpoint;
        const auto quantities = *reader->quantities();
        for (const QuantityRecord& quantity : quantities) {
            if (quantity.key != key) continue;
            const auto values = *reader->values(std::nullopt, quantity.id);
            for (const ValueRecord& value : values) {
                const CheckpointRecord& checkpoint = checkpoints[value.checkpoint];
                result[{checkpoint.run_name, checkpoint.step.value_or(-1)}] = value.value.value_or(-1);
            }
        }
        return result;
    }

private Q_SLOTS:

    void init() {
        if (std::getenv("ISOLOSS_REAL_DATA") == nullptr)
            QSKIP("ISOLOSS_REAL_DATA does not name the folder with the real files");
        project_.reset();
        const fs::path path = folder_.filePath("p.isoloss").toStdString();
        for (const auto& file : {path, fs::path(path.string() + "-wal"), fs::path(path.string() + "-shm")})
            fs::remove(file);
        project_ = *Project::create(path);
    }

    void event_files() {
        const ImportReport report = import("formats/tensorboard");
        QCOMPARE(report.runs, std::int64_t(11));
        QCOMPARE(report.files, std::int64_t(11));
        // 1 + 80 + 15441 + 330 + 360 + 3·100 + 171 + 24 + 20 points; 1 + 4 + 4 + 3 + 3 + 3·1 + 19 + 12 + 2 series
        QCOMPARE(report.points, std::int64_t(16727));
        QCOMPARE(report.series, std::int64_t(51));
        QCOMPARE(report.skipped.size(), std::size_t(0));
        QVERIFY(run_names().contains("pytorch_reducer/lax/run_1"));
        QVERIFY(run_names().contains("lightning_text_lstm/version_0"));
        auto reader = *project_->reader();
        const auto runs = *reader->runs();
        for (const RunRecord& run : runs) {
            if (run.name != "lightning_text_lstm/version_0") continue;
            QVERIFY(run.config != "{}");
            const auto all_series = *reader->series(run.id);
            for (const SeriesRecord& series : all_series) {
                if (series.name != "train_loss") continue;
                QCOMPARE(series.points, std::int64_t(7691));
                QCOMPARE(series.first_step, std::int64_t(49));
                QCOMPARE(series.last_step, std::int64_t(384549));
                QCOMPARE(series.last, 0.23888538777828217);
            }
        }
        QCOMPARE(import("formats/tensorboard").points, std::int64_t(0));
    }

    void pythia_suite() {
        const ImportReport report = import("suites/pythia");
        // The table of term frequencies is one file, one model, 6 checkpoints and 6,000 rows of this.
        QCOMPARE(report.files, std::int64_t(587 + 1));
        QCOMPARE(report.runs, std::int64_t(25 + 1)); // 5 of v0, 12 of v1, 8 OPT
        QCOMPARE(report.checkpoints, std::int64_t(407 + 6));
        QCOMPARE(report.values, std::int64_t(94597 + 6000));
        QCOMPARE(report.skipped.size(), std::size_t(0));
        const auto names = run_names();
        for (const char* name : {"pythia-160m", "pythia-1b", "pythia-12b", "pythia-v1.1-160m",
                                 "pythia-v1.1-160m-deduped", "pythia-v1.1-1b-bf16", "opt-125m"})
            QVERIFY2(names.contains(name), name);
        const auto bits = values_of("wikitext/bits_per_byte");
        QCOMPARE(bits.at({"pythia-160m", 11500}), 0.9881744923897264);
        QCOMPARE(bits.at({"pythia-12b", 143000}), 0.6555956922652953);
        QCOMPARE(bits.size(), std::size_t(60));
        const auto zero_shot = values_of("lambada_openai/ppl");
        const auto five_shot = values_of("lambada_openai/ppl@5shot");
        QCOMPARE(zero_shot.at({"pythia-v1.1-70m", 1000}), 4465.3093044480365);
        QCOMPARE(five_shot.at({"pythia-v1.1-70m", 3000}), 867.6305604046117);
        const ImportReport again = import("suites/pythia");
        QCOMPARE(again.values + again.runs + again.checkpoints + again.files, std::int64_t(0));
    }

    void harness_formats() {
        const ImportReport report = import("formats/lm_eval");
        QCOMPARE(report.files, std::int64_t(95 + 3)); // and three samples files
        QCOMPARE(report.runs, std::int64_t(44));
        QCOMPARE(report.checkpoints, std::int64_t(44));
        QCOMPARE(report.values, std::int64_t(2324));
        // eqbench_ca and eqbench_es: 10 rows × 2 metrics each; asdiv: 50 rows × 1 metric
        QCOMPARE(report.items, std::int64_t(90));
        QVERIFY(run_names().contains("pythia6-9b"));
        QVERIFY(run_names().contains("Llama-2-13b-hf"));
        QCOMPARE(values_of("asdiv/acc@8shot+chat-multiturn").at({"Meta-Llama-3-8B-Instruct", -1}), 0.92);
        QCOMPARE(values_of("drop/f1").size(), std::size_t(1));
        QCOMPARE(import("formats/lm_eval").values, std::int64_t(0));
    }

    void checkpoint_folders() {
        const ImportReport report = import("models/derived_stories260K_hf");
        QCOMPARE(report.runs, std::int64_t(1));
        QCOMPARE(report.checkpoints, std::int64_t(1));
        auto reader = *project_->reader();
        const CheckpointRecord checkpoint = reader->checkpoints()->at(0);
        QCOMPARE(checkpoint.run_name, std::string("derived_stories260K_hf"));
        QCOMPARE(checkpoint.architecture, std::string("llama"));
        QVERIFY(!checkpoint.step);
        QVERIFY(!checkpoint.content_hash.empty());
        const ImportReport layouts = import("models/hf_layout");
        QCOMPARE(layouts.checkpoints, std::int64_t(2)); // fake_gpt2 and tiny_gpt2
        QCOMPARE(import("models/hf_layout").checkpoints, std::int64_t(0));
    }
};

QTEST_APPLESS_MAIN(ImportRealDataTest)
#include "tst_import_realdata.moc"
