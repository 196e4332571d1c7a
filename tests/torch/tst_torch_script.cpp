#include "engine/inference/precision.h"
#include "engine/inference/script_archive.h"
#include "tests/torch/expected_images.h"
#include "tests/torch/oracle_models.h"

using namespace isoloss;
using namespace isoloss::test;

// TorchScript modules that python makes (tests/torch/oracle/scripts.py).
class TorchScriptTest : public QObject {
    Q_OBJECT

    OracleModels models_;

    Expected<std::unique_ptr<Model>> load(const QString& name, ComputeType type = ComputeType::float32) const {
        const auto file = models_.folder(name) / "model.pt";
        ISOLOSS_TRY(const Architecture architecture, read_architecture(models_.folder(name) / "config.json"));
        ISOLOSS_TRY(const ScriptArchive archive, read_script_archive(file));
        LoadOptions options = on_cpu(type);
        options.trusted = {archive.hash};
        return cpu_backend()->load_script(architecture, file, options);
    }

    std::vector<std::vector<std::int32_t>> sequences(const QJsonObject& expected) const {
        std::vector<std::vector<std::int32_t>> all;
        for (const QJsonValue& row : expected["tokens"].toArray())
            all.push_back(ids(row));
        return all;
    }

private Q_SLOTS:

    void initTestCase() {
        if (!models_.make("scripts.py")) QSKIP(models_.reason);
    }

    void nothing_runs_without_trust() {
        const auto file = models_.folder("language") / "model.pt";
        const auto architecture = read_architecture(models_.folder("language") / "config.json");
        LoadOptions options = on_cpu();
        options.trusted = {std::string(64, '0')};
        const auto model = cpu_backend()->load_script(*architecture, file, options);
        QVERIFY(!model);
        QCOMPARE(model.error().kind, ErrorKind::untrusted);
        QCOMPARE(exit_code(model.error().kind), 3);
        const std::string hash = read_script_archive(file)->hash;
        QVERIFY(model.error().remedy.find("--trust " + hash) != std::string::npos);
    }

    void texts_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"language", "traced", "tuple"})
            QTest::newRow(name) << QString(name);
    }

    void texts() {
        QFETCH(QString, name);
        const auto model = load(name);
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const QJsonObject expected = models_.expected(name);
        const auto tokens = sequences(expected);
        const auto rows = (*model)->score_rows(causal_rows(tokens), {}, {});
        QVERIFY2(rows, rows ? "" : rows.error().text().c_str());
        std::vector<ScoringItem> items;
        for (const auto& row : tokens)
            items.push_back({{row.front()}, {{row.begin() + 1, row.end()}, {row[1]}, {}}});
        const auto scores = (*model)->score(items, {}, {});
        QVERIFY(scores);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const auto log_probs = doubles(expected["log_probs"].toArray()[static_cast<qsizetype>(i)]);
            QVERIFY(largest_difference(rows->at(i), log_probs) < 1e-5);
            QVERIFY(largest_difference(scores->at(i).at(0).log_probs, log_probs) < 1e-5);
            QVERIFY(largest_difference(scores->at(i).at(1).log_probs, {log_probs[0]}) < 1e-5);
            QVERIFY(scores->at(i).at(2).log_probs.empty());
        }
        QCOMPARE((*model)->parameter_count(), 120);
        QVERIFY(!(*model)->has_nonfinite_weights());
    }

    void states_and_attention() {
        const auto model = load("language");
        QVERIFY(model);
        QCOMPARE((*model)->architecture().layers, 1);
        QCOMPARE((*model)->architecture().width, 6);
        QCOMPARE((*model)->architecture().heads, 2);
        const QJsonObject expected = models_.expected("language");
        int right = 0;
        const auto each = [&](const LayerStates& states) -> Expected<void> {
            const QJsonArray layers = expected["hidden"].toArray()[static_cast<qsizetype>(states.input)].toArray();
            right += largest_difference(as_doubles(states.values),
                                        doubles(layers[static_cast<qsizetype>(states.layer)])) < 1e-5;
            return {};
        };
        QVERIFY((*model)->hidden_states(sequences(expected), {.layers = {0, 1}}, each, {}, {}));
        QCOMPARE(right, 6);
        const std::vector<std::int64_t> first{1};
        const auto map = [&](const AttentionMaps& maps) -> Expected<void> {
            // Head 2, last row: evenly over all tokens.
            const auto last = maps.values.last(static_cast<std::size_t>(maps.keys));
            right -= std::abs(static_cast<double>(last.front()) - 1.0 / static_cast<double>(maps.keys)) < 1e-6;
            return {};
        };
        QVERIFY((*model)->attention_maps(sequences(expected), first, map, {}, {}));
        QCOMPARE(right, 3);
    }

    void one_vector_per_text() {
        const auto model = load("tuple");
        const QJsonObject expected = models_.expected("tuple");
        int right = 0;
        const auto each = [&](const LayerStates& states) -> Expected<void> {
            right +=
                largest_difference(as_doubles(states.values),
                                   doubles(expected["embed"].toArray()[static_cast<qsizetype>(states.input)])) < 1e-5;
            return {};
        };
        const StateOptions mean{.layers = {1}, .pooling = StateOptions::Pooling::mean};
        QVERIFY((*model)->hidden_states(sequences(expected), mean, each, {}, {}));
        QCOMPARE(right, 3);
        const auto all = (*model)->hidden_states(sequences(expected), {.layers = {1}}, each, {}, {});
        QVERIFY(!all && all.error().text().find("hidden") != std::string::npos);
    }

    void pictures() {
        const auto model = load("pictures");
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const QJsonObject expected = models_.expected("pictures");
        const auto logits = (*model)->class_logits(ExpectedImages(expected["images"].toArray()), {}, {});
        QVERIFY(logits);
        QVERIFY(largest_difference(as_doubles(*logits), doubles(expected["logits"])) < 1e-5);
    }

    void what_a_module_does_wrong_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"wrong two inputs", "wrong raises", "wrong no tensor", "wrong vocabulary"})
            QTest::newRow(name) << QString(name);
    }

    void what_a_module_does_wrong() {
        QFETCH(QString, name);
        const auto model = load(name);
        QVERIFY(!model);
        const QString text = QString::fromStdString(model.error().text());
        QVERIFY2(model.error().kind == ErrorKind::unsupported, qPrintable(text));
        QVERIFY2(text.contains("model.pt"), qPrintable(text));
        for (const QJsonValue& word : models_.expected(name)["words"].toArray())
            QVERIFY2(text.contains(word.toString()), qPrintable(text));
    }

    void gradients_are_refused() {
        const auto model = load("language");
        const auto rows = causal_rows({{1, 2}});
        for (const Error& error :
             {(*model)->fisher_trace(rows, {}, {}, {}).error(), (*model)->hessian_trace(rows, {}, {}, {}).error(),
              (*model)->loss_gradient(rows, {}, {}, {}).error()}) {
            QCOMPARE(error.kind, ErrorKind::unsupported);
            QVERIFY(!error.remedy.empty());
        }
    }

    void precision_of_a_module() {
        const auto load_as = [&](ComputeType type) { return load("language", type); };
        const auto compared = load_compared(load_as, ComputeType::bfloat16, {});
        QVERIFY2(compared, compared ? "" : compared.error().text().c_str());
        QVERIFY(compared->difference->mean > 0 && compared->difference->largest < .2);
    }
};

QTEST_GUILESS_MAIN(TorchScriptTest)
#include "tst_torch_script.moc"
