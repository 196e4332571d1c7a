#include "engine/base/json.h"
#include "engine/importers/import.h"
#include "engine/importers/olmes/olmes_metrics.h"
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

// Member for member what OLMES writes for a task of multiple choice.
std::string metrics_json(
    const char* model, const char* task_config = "",
    const char* metrics =
        R"("acc_raw":0.5,"acc_per_char":0.25,"correct_choice":1.5,"bits_per_byte_corr":0.75,"acc_uncond":null,"primary_score":0.25)") {
    return std::string(R"({"task_name":"arc_easy","task_hash":"t","model_hash":"m","model_config":)") + model +
           R"(,"task_config":{"task_name":"arc_easy","task_core":"arc_easy","limit":10000000000000000000,"split":"test",)"
           R"("num_shots":5,"primary_metric":"acc_per_char","version":0,"metadata":{"alias":"arc_easy:rc::olmes"})" +
           task_config +
           R"(},"compute_config":{},"processing_time":1.5,"current_date":"2024-12-19 12:16:07 UTC","num_instances":2,)"
           R"("metrics":{)" +
           metrics + R"(},"task_idx":0})";
}

std::string prediction_json(int doc_id, const char* native_id, int gold, int raw, int per_char) {
    return QString(
               R"({"doc_id":%1,"native_id":%2,"label":%3,"task_hash":"t","model_hash":"m","metrics":{)"
               R"("predicted_index_raw":%4,"predicted_index_per_char":%5,"predicted_index_uncond":null,"correct_choice":%3,)"
               R"("acc_raw":%6,"acc_per_char":%7,"bits_per_byte_corr":0.5},"model_output":[)"
               R"({"sum_logits":-2.5,"num_tokens":3,"num_chars":9,"is_greedy":false,"logits_per_byte":0.4},)"
               R"({"sum_logits":-1.25,"num_tokens":2,"num_chars":4,"is_greedy":true,"logits_per_byte":0.45}]})"
               "\n")
        .arg(doc_id)
        .arg(native_id)
        .arg(gold)
        .arg(raw)
        .arg(per_char)
        .arg(raw == gold ? 1 : 0)
        .arg(per_char == gold ? 1 : 0)
        .toStdString();
}

const char* const step_model = R"({"model":"olmo","revision":"step1250-unsharded-hf","model_type":"hf"})";

} // namespace

class OlmesTest : public support::ImportingTest {
    Q_OBJECT

private:
    std::vector<OutcomeRecord> outcomes(const std::string& key) {
        auto reader = *project_->reader();
        const auto values = *reader->values();
        for (const ValueRecord& value : values)
            if (value.quantity_key == key) return *reader->outcomes(value.id);
        return {};
    }

private Q_SLOTS:

    void init() { begin(); }

    void metrics_and_predictions() {
        put_file(root() / "task-000-arc_easy-metrics.json", metrics_json(step_model));
        put_file(root() / "task-000-arc_easy-predictions.jsonl",
                 prediction_json(0, "\"Mercury_1\"", 1, 1, 0) + prediction_json(1, "null", 0, 1, 0));
        const ImportReport report = import();
        QCOMPARE(report.runs, std::int64_t(1));
        QCOMPARE(report.files, std::int64_t(2));
        QCOMPARE(report.items, std::int64_t(6)); // two rows under three metrics
        QCOMPARE(value_texts(*project_), QStringList({"olmo@1250 arc_easy:rc::olmes/acc_per_char@5shot=0.25 n2",
                                                      "olmo@1250 arc_easy:rc::olmes/acc_raw@5shot=0.5 n2",
                                                      "olmo@1250 arc_easy:rc::olmes/bits_per_byte_corr@5shot=0.75 n2",
                                                      "olmo@1250 arc_easy:rc::olmes/correct_choice@5shot=1.5 n2",
                                                      "olmo@1250 arc_easy:rc::olmes/primary_score@5shot=0.25 n2"}));
        const auto raw = outcomes("arc_easy:rc::olmes/acc_raw@5shot");
        QCOMPARE(raw.size(), std::size_t(2));
        QCOMPARE(raw.at(0).item.key, std::string("0"));
        QCOMPARE(raw.at(0).item.doc_hash, std::string("Mercury_1"));
        QCOMPARE(*raw.at(0).item.gold, 1);
        QCOMPARE(*raw.at(0).chosen, 1);
        QCOMPARE(*raw.at(0).correct, 1.0);
        QCOMPARE(raw.at(0).log_likelihoods, (std::vector<double>{-2.5, -1.25}));
        QCOMPARE(raw.at(1).item.doc_hash, std::string());
        QCOMPARE(*raw.at(1).correct, 0.0);
        QCOMPARE(*outcomes("arc_easy:rc::olmes/acc_per_char@5shot").at(0).chosen, 0);
        QVERIFY(outcomes("arc_easy:rc::olmes/correct_choice@5shot").empty());
        const ImportReport again = import();
        QCOMPARE(again.values + again.items + again.runs, std::int64_t(0));
    }

    void units_and_directions() {
        QCOMPARE(olmes_unit("bits_per_byte_corr"), std::string_view("bits/byte"));
        QCOMPARE(olmes_unit("logits_per_byte_corr"), std::string_view("bits/byte"));
        QCOMPARE(olmes_unit("logits_per_token_corr"), std::string_view("nats/token"));
        QCOMPARE(olmes_unit("acc_per_byte"), std::string_view("share"));
        QVERIFY(olmes_direction("logits_per_byte_corr") == Direction::down);
        QVERIFY(olmes_direction("logits_per_char_corr") == Direction::up);
        QVERIFY(olmes_direction("correct_choice") == Direction::descriptive);
        QVERIFY(olmes_direction("acc_uncond") == Direction::up);
        const auto document = parse_json(
            metrics_json(step_model, R"(,"primary_metric":"acc_per_char")", R"("primary_score":0.5)"), "m.json");
        QVERIFY(read_olmes_metrics(*document, "m.json")->scores.at(0).direction == Direction::up);
    }

    void models_and_steps_data() {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("label");
        QTest::newRow("revision") << QByteArray(step_model) << "out"
                                  << "olmo@1250";
        QTest::newRow("path") << QByteArray(R"({"model":"x_step47684-hf","revision":null,)"
                                            R"("model_path":"weka:/)"
                                            R"(/bucket/ianm/anneal-7b/step47684-hf"})")
                              << "out"
                              << "anneal-7b@47684";
        QTest::newRow("name") << QByteArray(R"({"model":"decon-7b_step500-hf","revision":null})") << "out"
                              << "decon-7b@500";
        QTest::newRow("folder") << QByteArray(R"({"model":"c4-150M"})") << "150M/seed-14/step-1250"
                                << "c4-150M@1250";
        QTest::newRow("another branch") << QByteArray(R"({"model":"olmo","revision":"stage2"})") << "out"
                                        << "olmo@stage2@last";
        QTest::newRow("no step") << QByteArray(R"({"model":"org/pythia-160m","revision":"main"})") << "out"
                                 << "pythia-160m@last";
    }

    void models_and_steps() {
        QFETCH(QByteArray, model);
        QFETCH(QString, folder);
        QFETCH(QString, label);
        put_file(root() / folder.toStdString() / "arc_easy-metrics.json",
                 metrics_json(model.constData(), "", R"("acc_raw":0.5)"));
        import();
        QCOMPARE(value_texts(*project_), QStringList{label + " arc_easy:rc::olmes/acc_raw@5shot=0.5 n2"});
    }

    void all_metrics_in_lines_and_the_same_again_in_files() {
        const std::string one = metrics_json(step_model, "", R"("acc_raw":0.5)");
        const std::string chat =
            QString::fromStdString(metrics_json(step_model, R"(,"use_chat_format":true)", R"("acc_raw":0.75)"))
                .replace("10000000000000000000", "10")
                .toStdString();
        put_file(root() / "metrics-all.jsonl", one + "\n{\"oom\":true}\n" + chat + "\n{\"task_name\":\"ha");
        put_file(root() / "arc_easy-metrics.json", one);
        const ImportReport report = import();
        QCOMPARE(value_texts(*project_), QStringList({"olmo@1250 arc_easy:rc::olmes/acc_raw@5shot+chat=0.75 n2 partial",
                                                      "olmo@1250 arc_easy:rc::olmes/acc_raw@5shot=0.5 n2"}));
        QCOMPARE(report.values, std::int64_t(2));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(report.skipped.at(0).place, std::string("line 2"));
        QVERIFY(QString::fromStdString(report.notes.at(0)).contains("not whole yet"));
    }

    void what_is_no_prediction_is_counted() {
        put_file(root() / "t-metrics.json", metrics_json(step_model));
        put_file(root() / "t-predictions.jsonl", prediction_json(0, "\"a\"", 1, 1, 0) + "{\"metrics\":{}}\nnot json\n" +
                                                     prediction_json(2, "7", 0, 0, 0) + "{\"doc_id\":3, \"half");
        const ImportReport report = import();
        QCOMPARE(report.items, std::int64_t(6));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(report.skipped.at(0).place, std::string("line 2"));
        QVERIFY(report.skipped.at(0).reason.starts_with("2 rows are no predictions"));
    }

    void predictions_named_alone_bring_their_metrics() {
        put_file(root() / "t-metrics.json", metrics_json(step_model));
        put_file(root() / "t-predictions.jsonl", prediction_json(0, "\"a\"", 1, 1, 0));
        QCOMPARE(import({root() / "t-predictions.jsonl"}).items, std::int64_t(3));
    }

    void predictions_without_metrics_say_what_is_missing() {
        put_file(root() / "t-predictions.jsonl", prediction_json(0, "\"a\"", 1, 1, 0));
        const ImportReport report = import();
        QCOMPARE(report.runs, std::int64_t(0));
        QVERIFY(QString::fromStdString(report.skipped.at(0).reason).contains("Put t-metrics.json beside it"));
    }
};

QTEST_GUILESS_MAIN(OlmesTest)
#include "tst_olmes.moc"
