#include "engine/inference/torch/probe.h"
#include "engine/inference/torch/ridge.h"
#include "tests/torch/torch_fixture.h"

#include <ATen/ATen.h>
#include <random>

using namespace isoloss;
using namespace isoloss::test;

Q_DECLARE_METATYPE(isoloss::Architecture)

namespace {

using Doubles = std::vector<double>;

const std::vector<std::int32_t> tokens{1, 4, 2, 7, 7, 3, 0, 9, 5, 8};
constexpr std::int32_t mask = 6;

Expected<Doubles> masked_log_probs(const Architecture& architecture, const TensorSource& weights,
                                   const std::vector<std::vector<std::int32_t>>& sequences) {
    ISOLOSS_TRY(const auto model, cpu_backend()->load(architecture, weights, on_cpu()));
    ISOLOSS_TRY(const auto rows, model->score_rows(masked_rows(sequences, mask), {}, {}));
    Doubles flat;
    for (const auto& row : rows)
        flat.insert(flat.end(), row.begin(), row.end());
    return flat;
}

} // namespace

class TorchMaskedTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // Expected values: an independent python3-torch forward pass in float64, one row and one head at a time.
    void log_probs_data() {
        QTest::addColumn<Architecture>("architecture");
        QTest::addColumn<Doubles>("expected");
        Architecture bert = tiny_bert_architecture();
        QTest::newRow("tied") << bert << Doubles{-1.9566644, -4.4869939, -1.9226959, -2.421541,  -2.9647665,
                                                 -1.5322286, -3.240126,  -3.0212684, -1.7440949, -4.7950998};
        bert.tied_embeddings = false;
        QTest::newRow("own output layer")
            << bert << Doubles{-4.8627219, -9.4145736, -7.0398727, -4.5960634, -5.3684712,
                               -4.7897794, -8.2216652, -6.3811839, -8.678783,  -0.0221446};
        bert.tied_embeddings = true;
        bert.activation = Activation::relu;
        QTest::newRow("relu") << bert << Doubles{-2.1638872, -4.3588043, -2.0379737, -2.4039322, -2.8365047,
                                                 -1.4461147, -3.1049162, -3.0818541, -1.8032776, -5.0532566};
    }

    void log_probs() {
        QFETCH(Architecture, architecture);
        QFETCH(Doubles, expected);
        const auto log_probs = masked_log_probs(architecture, tiny_tensors(architecture), {tokens});
        QVERIFY2(log_probs, log_probs ? "" : log_probs.error().text().c_str());
        QVERIFY2(largest_difference(*log_probs, expected) < 1e-5, QTest::toString(*log_probs));
    }

    // Sequences of other lengths in the same batch are padding that nobody sees.
    void padding_changes_nothing() {
        const Architecture bert = tiny_bert_architecture();
        const auto weights = tiny_tensors(bert);
        const auto together = masked_log_probs(bert, weights, {{1, 4, 2}, tokens, {8}});
        Doubles apart;
        for (const auto& sequence : {std::vector<std::int32_t>{1, 4, 2}, tokens, std::vector<std::int32_t>{8}}) {
            const auto alone = masked_log_probs(bert, weights, {sequence});
            apart.insert(apart.end(), alone->begin(), alone->end());
        }
        QVERIFY(together);
        QVERIFY(largest_difference(*together, apart) < 1e-5);
    }

    // What real files hold besides: the pooler, the next-sentence head, the bias under its second name, position ids
    // and normalisations in the words of the first release.
    void names_of_real_files() {
        const Architecture bert = tiny_bert_architecture();
        const auto expected = masked_log_probs(bert, tiny_tensors(bert), {tokens});
        MemoryTensors weights = tiny_tensors(bert);
        const std::vector<float> zeros(64, 0);
        weights.add("bert.pooler.dense.weight", {8, 8}, zeros);
        weights.add("bert.pooler.dense.bias", {8}, {zeros.begin(), zeros.begin() + 8});
        weights.add("cls.seq_relationship.weight", {2, 8}, {zeros.begin(), zeros.begin() + 16});
        weights.add("cls.seq_relationship.bias", {2}, {0, 0});
        weights.rename("bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma");
        weights.rename("bert.embeddings.LayerNorm.bias", "bert.embeddings.LayerNorm.beta");
        weights.rename("cls.predictions.bias", "cls.predictions.decoder.bias");
        const auto log_probs = masked_log_probs(bert, weights, {tokens});
        QVERIFY2(log_probs, log_probs ? "" : log_probs.error().text().c_str());
        QVERIFY(largest_difference(*log_probs, *expected) < 1e-7);
        weights.add("bert.encoder.layer.2.output.dense.bias", {8}, {zeros.begin(), zeros.begin() + 8});
        const auto another_layer = masked_log_probs(bert, weights, {tokens});
        QVERIFY(!another_layer);
        QVERIFY(another_layer.error().text().find("layer.2") != std::string::npos);
    }

    // METRICS.md `linear_probe_accuracy`.
    void ridge() {
        const at::Tensor x = at::tensor({1., 0., 0., 1., 1., 1., -1., 0.}, at::kDouble).reshape({4, 2});
        const at::Tensor y = at::tensor({1., 0., 0., 1., 0., 1., 1., 0.}, at::kDouble).reshape({4, 2});
        const at::Tensor w = torch_module::ridge_weights(x, y, .1);
        const double expected[2][2] = {{0, .018149}, {0, .943739}};
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
                QVERIFY(std::abs(w[i][j].item<double>() - expected[i][j]) < 5e-7);
        // The way over products of rows gives the same predictions.
        const at::Tensor z = at::tensor({.3, -2., 5., .7}, at::kDouble).reshape({2, 2});
        QVERIFY(at::allclose(torch_module::ridge_predictions(x, y, z, .1), at::mm(z, w)));
    }

    // Four classes on the corners of a square, with noise: a linear probe separates them as well as the Bayes rule
    // does, and labels that have nothing to do with the features are guessed.
    void probe_of_known_accuracy() {
        std::mt19937_64 engine(5);
        std::normal_distribution<double> noise(0, 1);
        constexpr std::int64_t rows = 4000;
        at::Tensor features = at::zeros({rows, 3}, at::kDouble);
        ProbeColumn corner{4, {}}, coin{2, {}};
        for (std::int64_t row = 0; row < rows; ++row) {
            const auto label = static_cast<std::int32_t>(row % 4);
            features[row][0] = (label % 2 == 0 ? -1 : 1) + noise(engine);
            features[row][1] = (label < 2 ? -1 : 1) + noise(engine);
            features[row][2] = 7; // a feature that never changes
            corner.labels.push_back(label);
            coin.labels.push_back(static_cast<std::int32_t>(engine() >> 63));
        }
        const std::vector columns{corner, coin};
        const auto result = torch_module::probe_features(features, columns, {.seed = 3}, 1, {});
        QVERIFY(result);
        QCOMPARE(result->features, 3);
        for (std::size_t c = 0; c < 2; ++c) {
            double tested = 0, correct = 0;
            for (std::size_t row = 0; row < rows; ++row) {
                tested += result->tested[c][row];
                correct += result->correct[c][row];
                QVERIFY(result->correct[c][row] <= result->tested[c][row]);
            }
            QCOMPARE(tested, 5 * rows / 5.0);
            QCOMPARE(result->penalties[c].size(), 5u);
            // Φ(1)² of the corners, half of the coins; some 3,700 distinct rows are tested.
            const double expected = c == 0 ? .8413447 * .8413447 : .5;
            const double error = std::sqrt(expected * (1 - expected) / 2700);
            QVERIFY2(std::abs(correct / tested - expected) < 4 * error, qPrintable(QString::number(correct / tested)));
        }
        const auto again = torch_module::probe_features(features, columns, {.seed = 3}, 1, {});
        QCOMPARE(again->correct, result->correct);
        QVERIFY(torch_module::probe_features(features, columns, {.seed = 4}, 3, {})->correct != result->correct);
    }

    void features_of_a_model() {
        const Architecture bert = tiny_bert_architecture();
        const auto model = cpu_backend()->load(bert, tiny_tensors(bert), on_cpu());
        std::vector<std::vector<std::int32_t>> sequences;
        ProbeColumn first{10, {}};
        for (std::int32_t i = 0; i < 200; ++i) {
            sequences.push_back({i % 10, (i * 7) % 10, (i * i) % 10});
            first.labels.push_back(i % 10);
        }
        const std::vector columns{first};
        const auto result = (*model)->linear_probe(sequences, columns, {}, {}, {});
        QVERIFY(result);
        QVERIFY(result->concatenated);
        QCOMPARE(result->features, 24);
        sequences.back().push_back(1);
        const auto uneven = (*model)->linear_probe(sequences, columns, {}, {}, {});
        QVERIFY(uneven && !uneven->concatenated);
        QCOMPARE(uneven->features, 8);
        CancellationSource source;
        source.cancel();
        QCOMPARE((*model)->linear_probe(sequences, columns, {}, source.token(), {}).error().kind, ErrorKind::cancelled);
    }
};

QTEST_APPLESS_MAIN(TorchMaskedTest)
#include "tst_torch_masked.moc"
