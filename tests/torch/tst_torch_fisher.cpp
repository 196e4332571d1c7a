#include "engine/inference/torch/fisher.h"
#include "tests/torch/torch_fixture.h"

#include <ATen/ATen.h>

using namespace isoloss;
using namespace isoloss::test;
using isoloss::torch_module::GradientSum;
using isoloss::torch_module::LabelSampler;
using isoloss::torch_module::Parameter;
using isoloss::torch_module::SquaredNorms;

namespace {

at::Tensor leaf(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).reshape(shape).clone().requires_grad_(true);
}

/// METRICS.md section 2: one softmax-linear layer.
struct SoftmaxLinear {
    at::Tensor weight = leaf({.5, -.25, 0, .25, -.5, 0}, {3, 2});
    std::vector<Parameter> parameters{{"W", weight, false}};
    at::Tensor x = at::tensor({1., 2.}, at::kDouble).reshape({1, 2});

    double squared_norm(const torch_module::LabelFunction& labels) const {
        GradientSum sum(parameters, {weight});
        sum.add(x, labels);
        return sum.squared_norms().all_parameters;
    }
};

/// METRICS.md section 2: tanh 2-2-3 net over two examples. The output bias is a third column of the output weight that
/// meets a constant 1; the output layer is marked as an embedding, so that the other norm is the hidden layer's.
struct TanhNet {
    at::Tensor hidden_weight = leaf({.5, -.3, .2, .8}, {2, 2});
    at::Tensor hidden_bias = leaf({.1, -.2}, {2});
    at::Tensor output = leaf({.6, -.4, 0, -.5, .3, .1, .1, .7, -.1}, {3, 3});
    std::vector<Parameter> parameters{{"W1", hidden_weight, false}, {"b1", hidden_bias, false}, {"W2", output, true}};

    at::Tensor states() const {
        const at::Tensor x = at::tensor({1., -1., .5, 2.}, at::kDouble).reshape({2, 2});
        const at::Tensor hidden = at::tanh(at::linear(x, hidden_weight, hidden_bias));
        return at::cat({hidden, at::ones({2, 1}, at::kDouble)}, 1);
    }
};

torch_module::LabelFunction fixed(std::vector<std::int64_t> labels) {
    return [labels](const at::Tensor&) { return at::tensor(labels, at::kLong); };
}

/// Equal to six significant digits.
bool near(double value, double expected) {
    return std::abs(value - expected) <= 1e-6 * std::abs(expected);
}

struct Mean {
    double sum = 0, squares = 0;
    int count = 0;

    void add(double value) {
        sum += value;
        squares += value * value;
        ++count;
    }

    double value() const { return sum / count; }

    double error() const { return std::sqrt((squares / count - value() * value()) / (count - 1)); }
};

} // namespace

class TorchFisherTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void softmax_linear_data() {
        QTest::addColumn<int>("label");
        QTest::addColumn<double>("probability");
        QTest::addColumn<double>("squared_norm");
        QTest::newRow("label 0") << 0 << .307196 << 3.856082;
        QTest::newRow("label 1") << 1 << .506480 << 1.863237;
        QTest::newRow("label 2") << 2 << .186324 << 5.064804;
    }

    void softmax_linear() {
        QFETCH(int, label);
        QFETCH(double, probability);
        QFETCH(double, squared_norm);
        const SoftmaxLinear net;
        double seen = 0;
        const double norm = net.squared_norm([&](const at::Tensor& probabilities) {
            seen = probabilities[0][label].item<double>();
            return at::tensor(std::vector<std::int64_t>{label}, at::kLong);
        });
        QVERIFY(std::abs(seen - probability) < 5e-7);
        QVERIFY(std::abs(norm - squared_norm) < 5e-7);
    }

    void softmax_linear_trace() {
        const SoftmaxLinear net;
        double exact = 0;
        for (const int label : {0, 1, 2})
            exact += at::softmax(at::matmul(net.x, net.weight.t()), -1)[0][label].item<double>() *
                     net.squared_norm(fixed({label}));
        QVERIFY(std::abs(exact - 3.071959) < 5e-7);

        LabelSampler sampler(11);
        Mean sampled;
        for (int i = 0; i < 4000; ++i)
            sampled.add(net.squared_norm(std::ref(sampler)));
        QVERIFY(std::abs(sampled.value() - exact) < 4 * sampled.error());
        QVERIFY(sampled.error() < .05);
    }

    // The batch estimate n·‖∇ mean‖² is unbiased: its exact expectation over both examples' labels is the trace.
    void tanh_net_by_enumeration() {
        const TanhNet net;
        const at::Tensor p = at::softmax(at::matmul(net.states(), net.output.t()), -1);
        double all = 0, hidden = 0;
        for (std::int64_t first = 0; first < 3; ++first)
            for (std::int64_t second = 0; second < 3; ++second) {
                GradientSum sum(net.parameters, {net.output});
                sum.add(net.states(), fixed({first, second}));
                QCOMPARE(sum.positions(), 2);
                const SquaredNorms norms = sum.squared_norms();
                const double weight = p[0][first].item<double>() * p[1][second].item<double>();
                all += weight * norms.all_parameters / 2;
                hidden += weight * norms.without_embeddings / 2;
            }
        QVERIFY(near(all, 1.658168));
        QVERIFY(near(hidden, .543812));
        QVERIFY(near(all - hidden, 1.114356));
    }

    void a_sum_of_parts_is_the_sum() {
        const TanhNet net;
        GradientSum whole(net.parameters, {net.output}), parts(net.parameters, {net.output});
        whole.add(net.states(), fixed({2, 0}));
        parts.add(net.states().narrow(0, 0, 1), fixed({2}));
        parts.add(net.states().narrow(0, 1, 1), fixed({0}));
        QVERIFY(near(parts.squared_norms().all_parameters, whole.squared_norms().all_parameters));
        QVERIFY(near(parts.squared_norms().without_embeddings, whole.squared_norms().without_embeddings));
    }

    void labels_follow_the_probabilities() {
        const std::vector<double> p{.1, 0, .6, .3};
        const at::Tensor rows = at::tensor(p, at::kDouble).expand({20000, 4});
        LabelSampler sampler(5);
        const at::Tensor labels = sampler(rows);
        for (std::int64_t label = 0; label < 4; ++label) {
            const double share = static_cast<double>((labels == label).sum().item<std::int64_t>()) / 20000;
            const double expected = p[static_cast<std::size_t>(label)];
            QVERIFY(std::abs(share - expected) <= 4 * std::sqrt(expected * (1 - expected) / 20000));
        }
    }

    // Exact traces: enumerated labels, gradients by python3-torch's autograd in float64 of an independent forward pass.
    void tiny_llama() {
        const Architecture llama = tiny_llama_architecture();
        const auto model = cpu_backend()->load(llama, tiny_tensors(llama), on_cpu());
        QVERIFY(model);
        const std::vector<std::vector<std::int32_t>> sequences{
            {1, 4, 2, 7, 7, 3, 0, 9, 5, 8}, {3, 1, 4, 1, 5, 9, 2, 6}, {2, 7, 1, 8}, {0, 5}};
        Mean all, without_embeddings;
        for (std::uint64_t seed = 0; seed < 600; ++seed) {
            const auto batches =
                (*model)->fisher_trace(causal_rows(sequences), {.seed = seed, .batch_rows = 8}, {}, {});
            QVERIFY(batches);
            QCOMPARE(batches->size(), 1u);
            QCOMPARE(batches->front().positions, 20);
            all.add(batches->front().all_parameters);
            without_embeddings.add(batches->front().without_embeddings);
        }
        QVERIFY(std::abs(all.value() - 86.6234170) < 4 * all.error());
        QVERIFY(std::abs(without_embeddings.value() - 63.4957857) < 4 * without_embeddings.error());
        QVERIFY(all.error() < .1 * all.value());
    }

    void the_same_seed_gives_the_same_value() {
        const Architecture gpt2 = tiny_gpt2_architecture();
        const auto model = cpu_backend()->load(gpt2, tiny_tensors(gpt2), on_cpu());
        const std::vector<std::vector<std::int32_t>> sequences(5, {1, 4, 2, 7, 7, 3, 0, 9});
        std::vector<std::uint64_t> steps;
        const auto run = [&](std::uint64_t seed) {
            return (*model)->fisher_trace(causal_rows(sequences), {.seed = seed, .batch_rows = 2}, {},
                                          [&](std::uint64_t done) { steps.push_back(done); });
        };
        const auto first = run(3), again = run(3), other = run(4);
        QVERIFY(first && again && other);
        QCOMPARE(first->size(), 3u); // 2 + 2 + 1 sequences
        QCOMPARE(first->back().positions, 7);
        QCOMPARE(steps, (std::vector<std::uint64_t>{2, 4, 5, 2, 4, 5, 2, 4, 5}));
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(again->at(i).all_parameters, first->at(i).all_parameters);
            QVERIFY(other->at(i).all_parameters != first->at(i).all_parameters);
            QVERIFY(first->at(i).without_embeddings < first->at(i).all_parameters);
        }
    }

    void refused_and_cancelled() {
        const Architecture gpt2 = tiny_gpt2_architecture();
        const auto model = cpu_backend()->load(gpt2, tiny_tensors(gpt2), on_cpu());
        const auto kind_of = [&](const std::vector<std::int32_t>& sequence, const CancellationToken& token) {
            const std::vector<std::vector<std::int32_t>> sequences{sequence};
            const auto result = (*model)->fisher_trace(causal_rows(sequences), {}, token, {});
            return result ? ErrorKind::internal : result.error().kind;
        };
        CancellationSource source;
        QCOMPARE(kind_of({1}, {}), ErrorKind::usage);
        QCOMPARE(kind_of({1, 10}, {}), ErrorKind::usage);
        QCOMPARE(kind_of(std::vector<std::int32_t>(14, 1), {}), ErrorKind::usage);
        source.cancel();
        QCOMPARE(kind_of({1, 2}, source.token()), ErrorKind::cancelled);
    }
};

QTEST_APPLESS_MAIN(TorchFisherTest)
#include "tst_torch_fisher.moc"
