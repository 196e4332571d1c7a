#include "engine/inference/torch/attention.h"
#include "engine/inference/torch/head.h"
#include "engine/inference/torch/inference_kernels.h"
#include "engine/inference/torch/row_kernels.h"

#include <ATen/ATen.h>
#include <QTest>
#include <c10/core/InferenceMode.h>
#include <cmath>
#include <limits>

using namespace isoloss;
using namespace isoloss::torch_module;

Q_DECLARE_METATYPE(isoloss::Activation)

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

at::Tensor random(at::IntArrayRef shape) {
    return at::randn(shape, at::kFloat);
}

} // namespace

/// The operations of inference mode against LibTorch's plain ones in float64, which the curvature metrics
/// differentiate.
class TorchKernelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() { at::manual_seed(1); }

    void linear_data() {
        QTest::addColumn<bool>("bias");
        QTest::addColumn<bool>("sum");
        for (const bool bias : {false, true})
            for (const bool sum : {false, true})
                QTest::addRow("%s%s", bias ? "bias" : "no bias", sum ? ", added to a sum" : "") << bias << sum;
    }

    void linear() {
        QFETCH(bool, bias);
        QFETCH(bool, sum);
        const Linear layer{random({37, 20}), bias ? random({37}) : at::Tensor()};
        const at::Tensor x = random({3, 5, 20}), before = random({3, 5, 37}), kept = before.clone();
        at::Tensor expected = at::matmul(x.to(at::kDouble), layer.weight.to(at::kDouble).t());
        if (bias) expected = expected + layer.bias;
        if (sum) expected = expected + before;
        const c10::InferenceMode inference;
        const at::Tensor y = sum ? layer.added_to(before, x) : layer(x);
        QVERIFY(largest_difference(y, expected) < 1e-5);
        QVERIFY(at::equal(before, kept));
    }

    void activations_data() {
        QTest::addColumn<Activation>("activation");
        QTest::newRow("gelu with tanh") << Activation::gelu_new;
        QTest::newRow("gelu") << Activation::gelu;
        QTest::newRow("relu") << Activation::relu;
        QTest::newRow("silu") << Activation::silu;
    }

    void activations() {
        QFETCH(Activation, activation);
        const at::Tensor x = at::cat({at::linspace(-30, 30, 5000), at::tensor({not_a_number, infinity, 1e-30F, 0.F})});
        const at::Tensor kept = x.clone(), expected = activate(activation, x.to(at::kDouble));
        const c10::InferenceMode inference;
        const at::Tensor shared = activate(activation, x);
        QVERIFY2(at::equal(x.nan_to_num(), kept.nan_to_num()), "what somebody else holds was changed");
        const at::Tensor y = activate(activation, x.clone());
        QVERIFY(at::allclose(y.to(at::kDouble), expected, 1e-6, 1e-6, true));
        QVERIFY(at::equal(y.nan_to_num(), shared.nan_to_num()));
    }

    void attention_data() {
        QTest::addColumn<int>("length");
        QTest::addColumn<int>("groups");
        QTest::addColumn<QString>("mask");
        for (const int length : {1, 8, 70, 130})
            for (const char* mask : {"none", "causal", "lengths", "branches"})
                QTest::addRow("%d tokens, %s", length, mask) << length << (length == 70 ? 2 : 4) << mask;
    }

    void attention() {
        QFETCH(int, length);
        QFETCH(int, groups);
        QFETCH(QString, mask);
        constexpr std::int64_t batch = 3, heads = 4, width = 16;
        const at::Tensor tokens = at::zeros({batch, length}, at::kLong);
        const at::Tensor steps = at::arange(length, at::kLong);
        ForwardInput input = bidirectional_input(tokens);
        if (mask == "causal") input = causal_input(tokens);
        if (mask == "lengths")
            input = bidirectional_input(tokens, at::tensor({length, std::max(1, length / 2), 1}, at::kLong));
        if (mask == "branches") {
            const at::Tensor branches = at::stack({steps.floor_divide(5), steps.floor_divide(40), steps * 0});
            input = branched_input(tokens, steps.expand({batch, length}), branches);
        }
        // As families make them: parts of one tensor, heads beside each other.
        const at::Tensor all = random({batch, length, (heads + 2 * groups) * width});
        const auto part = [&](const at::Tensor& from, std::int64_t begin, std::int64_t count) {
            return split_heads(from.narrow(2, begin * width, count * width), count);
        };
        const auto attended = [&](const at::Tensor& x) {
            return attend(input, 0, part(x, 0, heads), part(x, heads, groups), part(x, heads + groups, groups), .25);
        };
        const at::Tensor expected = attended(all.to(at::kDouble));
        const c10::InferenceMode inference;
        QVERIFY(largest_difference(attended(all), expected) < 2e-6);
    }

    void attention_to_nothing_is_undefined() {
        const at::Tensor x = random({1, 1, 2, 4});
        ForwardInput input = bidirectional_input(at::zeros({1, 2}, at::kLong));
        input.blocked = at::tensor({1, 1, 0, 1}, at::kLong).to(at::kBool).view({2, 2});
        const at::Tensor expected = attend(input, 0, x.to(at::kDouble), x.to(at::kDouble), x.to(at::kDouble), 1);
        const c10::InferenceMode inference;
        QVERIFY(at::allclose(attend(input, 0, x, x, x, 1).to(at::kDouble), expected, 1e-6, 1e-6, true));
        QVERIFY(expected[0][0].isnan().all().item<bool>());
    }

    void softmax_of_a_row() {
        std::vector<float> row(100);
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = static_cast<float>(i % 13) * 7 - 40;
        const at::Tensor expected = at::softmax(at::tensor(row).to(at::kDouble), -1);
        row_softmax(row.data(), 100, nullptr);
        QVERIFY(at::allclose(at::tensor(row).to(at::kDouble), expected, 1e-6, 0));
        row[71] = not_a_number;
        row_softmax(row.data(), 100, nullptr);
        QVERIFY(std::isnan(row[0]));
    }

    // Vocabularies below, at and above the part that is computed at a time, with what must not be lost on the way.
    void head_data() {
        QTest::addColumn<int>("vocabulary");
        QTest::addColumn<double>("bias"); ///< of the first tokens
        QTest::newRow("small") << 7 << 0.0;
        QTest::newRow("one part") << 2048 << 0.0;
        QTest::newRow("several parts") << 5000 << 0.0;
        QTest::newRow("a part that is impossible") << 5000 << static_cast<double>(-infinity);
        QTest::newRow("a part with NaN") << 5000 << static_cast<double>(not_a_number);
        QTest::newRow("a part that is certain") << 5000 << static_cast<double>(infinity);
    }

    void head() {
        QFETCH(int, vocabulary);
        QFETCH(double, bias);
        Linear layer{random({vocabulary, 8}), random({vocabulary})};
        layer.bias.narrow(0, 0, std::min(2048, vocabulary - 1)).add_(bias);
        const at::Tensor hidden = random({600, 8});
        std::vector<HeadTarget> targets;
        for (std::int64_t slot = 0; slot < 600; slot += 3)
            for (const std::int64_t token : {slot % vocabulary, static_cast<std::int64_t>(vocabulary) - 1})
                targets.push_back({slot, token});
        const at::Tensor logits =
            at::linear(hidden.to(at::kDouble), layer.weight.to(at::kDouble), layer.bias.to(at::kDouble));
        const at::Tensor expected = at::log_softmax(logits, -1);
        const c10::InferenceMode inference;
        const auto scores = token_scores(hidden, layer, targets);
        for (std::size_t i = 0; i < targets.size(); ++i) {
            const double value = expected[targets[i].slot][targets[i].token].item<double>();
            const double got = scores[i].log_prob;
            QVERIFY2(std::isnan(value) ? std::isnan(got) : got == value || std::abs(got - value) < 1e-5,
                     qPrintable(QString("%1 instead of %2").arg(got).arg(value)));
        }
    }
};

QTEST_APPLESS_MAIN(TorchKernelsTest)
#include "tst_torch_kernels.moc"
