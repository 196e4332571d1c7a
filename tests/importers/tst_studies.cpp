#include "engine/base/json.h"
#include "engine/importers/import.h"
#include "engine/importers/import_preview.h"
#include "engine/importers/studies/study_evaluation.h"
#include "engine/importers/studies/study_model.h"
#include "engine/store/project.h"
#include "tests/importers/imported_values.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/importing_test.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

namespace {

const char* const model_json =
    R"({"name":"m-1","dataset_name":"c4","dataset_uuid":"d","uuid":"u1","creation_date":"2024_01_29-21_58_32",)"
    R"("hyperparameters":{"model":"open_lm","tokens":2000,"params":100,"lr":0.003},"failed":false,"open_lm_args":["--lr","0.003"],)"
    R"("results":[{"loss":3.5,"val_data":["eval/c4_val/shard-0.tar"],"tokens":50,)"
    R"("loss_sequences_lower_95":3.0,"loss_sequences_upper_95":4.0,"loss_tokens_lower_95":3.4,"loss_tokens_upper_95":3.6},)"
    R"({"loss":2.5,"val_data":"eval/ptb/a.tar","loss_tokens_lower_95":2.0,"loss_tokens_upper_95":3.0},)"
    R"({"loss":"high","val_data":["eval/x/a.tar"]}]})";

std::string evaluation_json(const char* more, const char* score = "0.5") {
    return std::string(
               R"({"name":"/x/heavy","uuid":"e","creation_date":"2024_02_01-00_00_00","eval_metrics":{"icl":{"boolq":)") +
           score + "}}" + more + "}";
}

} // namespace

// Scaling studies and scores in columns: joining, what is left out and why, what a second import adds.
class StudiesTest : public support::ImportingTest {
    Q_OBJECT

private Q_SLOTS:

    void init() { begin(); }

    void a_model_and_its_evaluation_are_one_run() {
        put_file(root() / "models/m-1.json", model_json);
        put_file(root() / "evals/evaluation_m-1_heavy.json", evaluation_json(""));
        const ImportReport report = import();
        QCOMPARE(report.runs, std::int64_t(1));
        QCOMPARE(report.files, std::int64_t(2));
        // (4 − 3) / (2 · 1.959964) over sequences; over tokens where nothing else is given.
        QCOMPARE(value_texts(*project_),
                 QStringList({"m-1@last boolq/accuracy=0.5", "m-1@last c4_val/loss=3.5 ±0.255107 n50",
                              "m-1@last ptb/loss=2.5 ±0.255107"}));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(report.skipped.at(0).place, std::string("results"));
        QVERIFY(report.skipped.at(0).reason.starts_with("1 entries have no loss"));
        const RunRecord run = runs().at(0);
        QCOMPARE(run.group, std::string("c4"));
        QVERIFY(run.status == RunStatus::finished);
        const auto config = parse_json(run.config, {});
        QCOMPARE((*config)["lr"].GetDouble(), 0.003);
        QCOMPARE((*config)["open_lm_args"].Size(), 2u);
        auto reader = *project_->reader();
        const CheckpointRecord checkpoint = reader->checkpoints()->at(0);
        QCOMPARE(checkpoint.tokens, std::optional(2000.0));
        QCOMPARE(checkpoint.parameter_count, std::optional<std::int64_t>(100));
        QVERIFY(!checkpoint.flops);
        const auto quantities = *reader->quantities();
        for (const QuantityRecord& quantity : quantities)
            QVERIFY(quantity.direction == (quantity.metric == "loss" ? Direction::down : Direction::up));
        QCOMPARE(import().values, std::int64_t(0));
    }

    void joining_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QString>("run");
        QTest::newRow("uuid, whatever the file is called")
            << "evaluation_other_heavy.json" << QByteArray(R"(,"model_uuid":"u1")") << "m-1";
        QTest::newRow("name") << "x.json" << QByteArray(R"(,"model_name":"m-1")") << "m-1";
        QTest::newRow("file name") << "evaluation_m-1_heavy.json" << QByteArray() << "m-1";
        QTest::newRow("copy") << "evaluation_m-1_heavy_copy.json" << QByteArray() << "m-1";
        QTest::newRow("the name of the model's file") << "evaluation_other-file_heavy.json" << QByteArray() << "m-1";
        QTest::newRow("no model") << "evaluation_llama_7b_heavy.json" << QByteArray() << "llama_7b";
        QTest::newRow("no model, named inside")
            << "evaluation_x_heavy.json" << QByteArray(R"(,"model_name":"big")") << "big";
    }

    void joining() {
        QFETCH(QString, file);
        QFETCH(QByteArray, more);
        QFETCH(QString, run);
        put_file(root() / "models/other-file.json", model_json);
        put_file(root() / "evals" / file.toStdString(), evaluation_json(more.constData()));
        import();
        QCOMPARE(value_texts(*project_).filter("boolq"), QStringList{run + "@last boolq/accuracy=0.5"});
    }

    // The name may be another study's table, or the same study imported later: it leads to the same run.
    void evaluations_first_and_models_later() {
        put_file(root() / "a/evals/evaluation_m-1_heavy.json", evaluation_json(R"(,"model_uuid":"u1")"));
        QCOMPARE(import({root() / "a"}).runs, std::int64_t(1));
        put_file(root() / "b/models/m-1.json", model_json);
        QCOMPARE(import({root() / "b"}).runs, std::int64_t(0));
        QCOMPARE(runs().size(), std::size_t(1));
    }

    void a_file_that_is_named_alone_brings_its_partner() {
        put_file(root() / "models/m-1.json", model_json);
        put_file(root() / "models/m-2.json",
                 QByteArray(model_json).replace("m-1", "m-2").replace("u1", "u2").toStdString());
        put_file(root() / "evals/evaluation_m-1_heavy.json", evaluation_json(""));
        put_file(root() / "evals/evaluation_m-2_heavy.json", evaluation_json(""));
        QCOMPARE(import({root() / "evals/evaluation_m-1_heavy.json"}).files, std::int64_t(2));
        QCOMPARE(runs().size(), std::size_t(1));
        QCOMPARE(import({root() / "models"}).runs, std::int64_t(1));
        QCOMPARE(value_texts(*project_).filter("boolq").size(), qsizetype(2));
    }

    void several_evaluations_of_a_model_are_all_kept() {
        put_file(root() / "models/m-1.json", model_json);
        put_file(root() / "evals/evaluation_m-1_heavy.json", evaluation_json(""));
        put_file(root() / "evals/evaluation_m-1_light.json",
                 QByteArray::fromStdString(evaluation_json("", "0.75")).replace("2024_02", "2024_03").toStdString());
        import();
        QCOMPARE(value_texts(*project_).filter("boolq"),
                 QStringList({"m-1@last boolq/accuracy=0.5 (2024_02_01-00_00_00)", "m-1@last boolq/accuracy=0.75"}));
    }

    // Its evaluation stores a loss in nats per token under the name of perplexity; means are scores of their own.
    void what_an_evaluation_calls_perplexity_is_a_loss() {
        const auto document = parse_json(
            R"({"eval_metrics":{"icl":{"t":0.5},"perplexity":2.5,"downstream_perpexity":{"t":1.5},"paloma_perplexity":2.25},)"
            R"("Core":0.4,"Extended":"N/A","rw_small":0.3,"rw_small_centered":0.2,"seed":7,)"
            R"("aggregated_task_categories_centered":{"safety":-0.1}})",
            "e.json");
        const auto evaluation = read_study_evaluation(*document);
        QStringList texts;
        for (const StudyScore& score : evaluation->scores)
            texts << QString("%1/%2=%3 %4")
                         .arg(QString::fromStdString(score.subject), QString::fromStdString(score.metric))
                         .arg(score.value)
                         .arg(QString::fromStdString(score.unit));
        QCOMPARE(texts,
                 QStringList({"t/accuracy=0.5 share", "open_lm_val/loss=2.5 nats/token", "t/loss=1.5 nats/token",
                              "paloma_val/loss=2.25 nats/token", "Core/mean=0.4 ", "rw_small/mean=0.3 ",
                              "rw_small_centered/mean=0.2 ", "aggregated_task_categories_centered.safety/mean=-0.1 "}));
        QCOMPARE(evaluation->left_out, std::int64_t(0));
    }

    // Another part of a set is another set: its loss is no second value of the first.
    void sets_with_other_files_do_not_merge() {
        put_file(root() / "a.json", model_json);
        put_file(root() / "b.json", QByteArray(model_json)
                                        .replace("m-1", "m-2")
                                        .replace("u1", "u2")
                                        .replace("shard-0.tar", "shard-1.tar")
                                        .toStdString());
        import();
        QCOMPARE(value_texts(*project_).filter("c4_val"),
                 QStringList({"m-1@last c4_val/loss=3.5 ±0.255107 n50",
                              "m-2@last c4_val/loss vshard-1.tar=3.5 ±0.255107 n50"}));
    }

    void bad_files_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("reason");
        const QByteArray whole = QByteArray::fromStdString(evaluation_json(""));
        QTest::newRow("cut short") << whole.left(whole.size() - 3) << "line 1"
                                   << "is not valid JSON";
        QTest::newRow("nested too deep") << QByteArray(R"({"eval_metrics":)") + QByteArray(100'000, '[') << "line 1"
                                         << "nested more than 200 deep";
        QTest::newRow("metrics are text")
            << QByteArray(R"({"eval_metrics":{"icl":{"t":"high","u":0.5}}})") << "eval_metrics"
            << "1 entries are no numbers";
        QTest::newRow("unknown members") << QByteArray(R"({"eval_metrics":{"icl":{"u":0.5},"other":{"x":1}}})")
                                         << "eval_metrics"
                                         << "1 entries are no numbers";
    }

    void bad_files() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, place);
        QFETCH(QString, reason);
        put_file(root() / "models/m-1.json", model_json);
        put_file(root() / "evals/evaluation_bad_heavy.json", bytes.toStdString());
        const ImportReport report = import();
        const auto skipped = std::ranges::find_if(
            report.skipped, [](const SkippedSource& source) { return source.path.ends_with("bad_heavy.json"); });
        QVERIFY(skipped != report.skipped.end());
        QVERIFY2(QString::fromStdString(skipped->place).startsWith(place), skipped->place.c_str());
        QVERIFY2(QString::fromStdString(skipped->reason).contains(reason), skipped->reason.c_str());
        QCOMPARE(value_texts(*project_).filter("m-1@").size(), qsizetype(2));
    }

    void nan_and_infinities_are_kept() {
        put_file(root() / "evals/evaluation_m_heavy.json",
                 R"({"eval_metrics":{"icl":{"a":NaN,"b":-Infinity,"c":"Infinity","d":null}}})");
        import();
        QCOMPARE(value_texts(*project_),
                 QStringList({"m@last a/accuracy=nan nonfinite", "m@last b/accuracy=-inf nonfinite",
                              "m@last c/accuracy=inf nonfinite"}));
    }

    void columns_become_checkpoints_and_series() {
        put_file(root() / "tr-checkpoints_agg.json",
                 R"({"tokens":[10,20,30],"checkpoints":[1,"global_step2",null],"results":{)"
                 R"("t":{"acc":[0.1,0.2,0.3],"acc_stderr":[0.01,0.02,0.03]},"u":{"ppl":[null,NaN,5],"em":["x",1,2]},)"
                 R"("short":{"acc":[0.1,0.2],"f1":[1,2,3]}}})");
        const ImportReport report = import();
        QCOMPARE(value_texts(*project_), QStringList({"tr@1 t/acc=0.1 ±0.01", "tr@2 t/acc=0.2 ±0.02", "tr@2 u/em=1",
                                                      "tr@2 u/ppl=nan nonfinite"}));
        QCOMPARE(report.points, std::int64_t(4));
        QCOMPARE(report.series, std::int64_t(3));
        QStringList reasons;
        for (const SkippedSource& source : report.skipped)
            reasons << QString::fromStdString(source.place + ": " + source.reason);
        QCOMPARE(reasons, QStringList({"checkpoints[2]: is no step; its scores are left out",
                                       "results.u.em: 1 entries are no numbers",
                                       "results.short.acc: has 2 values for 3 checkpoints; the task is left out"}));
        auto reader = *project_->reader();
        QCOMPARE(reader->checkpoints()->at(1).tokens, std::optional(20.0));
        QCOMPARE(import().points, std::int64_t(0));
    }

    void columns_that_grow_add_only_what_is_new() {
        const fs::path file = root() / "r_agg.json";
        put_file(file, R"({"checkpoints":[1,2],"results":{"t":{"acc":[0.1,0.2]}}})");
        import();
        put_file(file, R"({"checkpoints":[1,2,3],"results":{"t":{"acc":[0.1,0.2,0.3]},"u":{"acc":[1,1,1]}}})");
        const ImportReport grown = import();
        QCOMPARE(grown.points, std::int64_t(4));
        QCOMPARE(grown.values, std::int64_t(4));
        QCOMPARE(grown.runs, std::int64_t(0));
        put_file(file, R"({"checkpoints":[1,2],"results":{"t":{"acc":[0.5,0.6]}}})");
        const ImportReport anew = import();
        QCOMPARE(anew.points, std::int64_t(2));
        QCOMPARE(runs().at(0).attempts, 2);
        QVERIFY(QString::fromStdString(anew.notes.at(0)).contains("was written anew"));
    }

    void a_preview_tells_of_a_study_without_a_project() {
        put_file(root() / "models/m-1.json", model_json);
        put_file(root() / "evals/evaluation_m-1_heavy.json", evaluation_json(""));
        const auto preview = preview_import(nullptr, {root()});
        QCOMPARE(preview->sources.size(), std::size_t(1));
        QCOMPARE(preview->sources.at(0).title, std::string("Scaling study"));
        QCOMPARE(preview->sources.at(0).runs.size(), std::size_t(1));
        const RunPreview& run = preview->sources.at(0).runs.at(0);
        QCOMPARE(run.name, std::string("m-1"));
        QCOMPARE(run.checkpoints, std::int64_t(1));
        QCOMPARE(run.values, std::int64_t(3));
    }

    void times_and_names() {
        QCOMPARE(study_time("2024_01_29-21_58_32"), std::optional(1706565512.0));
        for (const char* text : {"", "2024-01-29", "2024_13_29-21_58_32", "2024_01_29-21_58_3x"})
            QVERIFY(!study_time(text));
        QCOMPARE(study_name_of_file("evaluation_mistral_7b_heavy"), std::string("mistral_7b"));
        QCOMPARE(study_name_of_file("evaluation_a_mmlu_and_lowvar", "mmlu_and_lowvar"), std::string("a"));
        QCOMPARE(study_name_of_file("_heavy"), std::string("_heavy"));
    }
};

QTEST_GUILESS_MAIN(StudiesTest)
#include "tst_studies.moc"
