#include "engine/inference/torch/curvature.h"
#include "engine/inference/torch/flat_optimiser.h"
#include "engine/inference/torch/side_by_side.h"
#include "tests/torch/torch_fixture.h"

#include <ATen/ATen.h>
#include <numeric>
#include <random>

using namespace isoloss;
using namespace isoloss::test;
using namespace isoloss::torch_module;

namespace {

at::Tensor leaf(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).reshape(shape).clone().requires_grad_(true);
}

/// A loss that is written as a function; one part per given function.
class FunctionSurface final : public LossSurface {
public:
    using Part = std::function<at::Tensor()>;

    FunctionSurface(ParameterVector parameters, double count, std::vector<Part> parts)
        : parameters_(std::move(parameters)), count_(count), parts_(std::move(parts)) {}

    const ParameterVector& parameters() const override { return parameters_; }

    double count() const override { return count_; }

    std::size_t parts() const override { return parts_.size(); }

    at::Tensor part(std::size_t index) const override { return parts_[index](); }

    int side_by_side() const override { return threads; }

    int threads = 1;

private:
    ParameterVector parameters_;
    double count_;
    std::vector<Part> parts_;
};

/// METRICS.md section 2: one softmax-linear layer, x = (1, 2). Its Hessian does not depend on the label.
FunctionSurface softmax_linear() {
    const at::Tensor weight = leaf({.5, -.25, 0, .25, -.5, 0}, {3, 2});
    return {{weight}, 1, {[weight] {
                const at::Tensor x = at::tensor({1., 2.}, at::kDouble);
                return -at::log_softmax(at::mv(weight, x), -1)[0];
            }}};
}

/// METRICS.md section 2: tanh 2-2-3 net over two examples with labels 0 and 2, each a part of its own.
FunctionSurface tanh_net() {
    const at::Tensor w1 = leaf({.5, -.3, .2, .8}, {2, 2}), b1 = leaf({.1, -.2}, {2});
    const at::Tensor w2 = leaf({.6, -.4, -.5, .3, .1, .7}, {3, 2}), b2 = leaf({0, .1, -.1}, {3});
    const auto part = [=](std::vector<double> x, std::int64_t label) {
        return [=] {
            const at::Tensor hidden = at::tanh(at::linear(at::tensor(x, at::kDouble), w1, b1));
            return -at::log_softmax(at::linear(hidden, w2, b2), -1)[label];
        };
    };
    return {{w1, b1, w2, b2}, 2, {part({1, -1}, 0), part({.5, 2}, 2)}};
}

/// Equal to the six digits that METRICS.md gives.
bool near(double value, double expected) {
    return std::abs(value - expected) <= 5.1e-7;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
    double squares = 0;
    for (const double value : values)
        squares += (value - mean(values)) * (value - mean(values));
    return std::sqrt(squares / static_cast<double>(values.size()));
}

/// vᵀHv for every sign vector of `count` elements in the shapes of the parameters.
std::vector<double> over_all_signs(const LossSurface& surface, int count) {
    std::vector<double> products;
    for (int bits = 0; bits < 1 << count; ++bits) {
        ParameterVector v;
        int next = 0;
        for (const at::Tensor& parameter : surface.parameters()) {
            std::vector<double> signs;
            for (std::int64_t i = 0; i < parameter.numel(); ++i)
                signs.push_back(bits >> next++ & 1 ? 1 : -1);
            v.push_back(at::tensor(signs, at::kDouble).reshape(parameter.sizes()));
        }
        const auto product = hessian_product(surface, v, {});
        double sum = 0;
        for (std::size_t i = 0; i < v.size(); ++i)
            sum += (product->at(i) * v[i]).sum().item<double>();
        products.push_back(sum);
    }
    return products;
}

} // namespace

class TorchCurvatureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void softmax_linear_over_all_signs() {
        const FunctionSurface surface = softmax_linear();
        const std::vector<double> products = over_all_signs(surface, 6);
        QVERIFY(near(mean(products), 3.071959));
        QVERIFY(near(deviation(products), 2.393972));
    }

    // The estimate is one of the 64 products each time, and its mean the trace within its own error.
    void hutchinson_estimates_the_trace() {
        const FunctionSurface surface = softmax_linear();
        const auto products = over_all_signs(surface, 6);
        std::uint64_t steps = 0;
        const auto probes = hutchinson(surface, 2000, 7, {}, [&](std::uint64_t done) { steps = done; });
        QVERIFY(probes);
        QCOMPARE(steps, 2000u);
        QVERIFY(std::abs(mean(*probes) - 3.071959) < 4 * 2.393972 / std::sqrt(2000));
        for (const double probe : *probes)
            QVERIFY(std::ranges::any_of(products, [&](double known) { return std::abs(known - probe) < 1e-9; }));
        QCOMPARE(*hutchinson(surface, 50, 7, {}, {}),
                 (std::vector<double>{probes->begin(), probes->begin() + 50})); // the same seed, the same probes
        QVERIFY(*hutchinson(surface, 50, 8, {}, {}) != *hutchinson(surface, 50, 7, {}, {}));
    }

    // However many parts are computed at the same time, the numbers are the same to the last bit.
    void side_by_side_changes_nothing() {
        FunctionSurface one = tanh_net(), three = tanh_net();
        three.threads = 3;
        QCOMPARE(*hutchinson(three, 40, 2, {}, {}), *hutchinson(one, 40, 2, {}, {}));
        QCOMPARE(*mean_loss(three, {}), *mean_loss(one, {}));
        QCOMPARE(*torch_module::sam_sharpness(three, {}, {}, [] {}), *torch_module::sam_sharpness(one, {}, {}, [] {}));
        const auto start = random_signs(one.parameters(), 3);
        QCOMPARE(power_iteration(three, start, 1e-6, 50, {}, {})->result.value,
                 power_iteration(one, start, 1e-6, 50, {}, {})->result.value);
    }

    void progress_comes_in_the_order_of_the_parts() {
        std::vector<std::uint64_t> told;
        const StepFunction step = [&](std::uint64_t done) { told.push_back(done); };
        PartProgress progress({2, 2, 1}, step);
        progress.finished(2);
        QVERIFY(told.empty());
        progress.finished(0);
        progress.finished(1);
        QCOMPARE(told, (std::vector<std::uint64_t>{2, 4, 5}));
    }

    void tanh_net_trace_and_eigenvalues() {
        const FunctionSurface surface = tanh_net();
        QVERIFY(near(*mean_loss(surface, {}), .667757));
        // The columns of the Hessian: its trace and its eigenvalues are known.
        at::Tensor hessian = at::zeros({15, 15}, at::kDouble);
        for (std::int64_t column = 0; column < 15; ++column) {
            ParameterVector unit;
            std::int64_t first = 0;
            for (const at::Tensor& parameter : surface.parameters()) {
                at::Tensor one = at::zeros({parameter.numel()}, at::kDouble);
                if (column >= first && column < first + parameter.numel()) one[column - first] = 1;
                unit.push_back(one.reshape(parameter.sizes()));
                first += parameter.numel();
            }
            const auto product = hessian_product(surface, unit, {});
            std::vector<at::Tensor> flat;
            for (const at::Tensor& part : *product)
                flat.push_back(part.reshape(-1));
            hessian.select(1, column).copy_(at::cat(flat));
        }
        const at::Tensor values = at::linalg_eigvalsh(hessian);
        QVERIFY(near(hessian.trace().item<double>(), 2.441298));
        QVERIFY(near(values[0].item<double>(), -.757976));
        QVERIFY(near(values[-1].item<double>(), 1.053112));
        const auto top = power_iteration(surface, random_signs(surface.parameters(), 3), 1e-9, 1000, {}, {});
        QVERIFY(top && top->result.converged);
        QVERIFY(near(top->result.value, 1.053112));
    }

    void power_iteration_from_the_first_axis() {
        const FunctionSurface surface = softmax_linear();
        std::vector<double> quotients;
        const ParameterVector start{at::tensor({1., 0., 0., 0., 0., 0.}, at::kDouble).reshape({3, 2})};
        const auto top =
            power_iteration(surface, start, 1e-12, 200, {}, [&](double value) { quotients.push_back(value); });
        QVERIFY(top && top->result.converged);
        const std::vector expected{.212827, 1.800342, 1.905695, 1.946017};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY2(near(quotients.at(i), expected[i]), qPrintable(QString::number(quotients[i], 'g', 10)));
        QVERIFY(near(top->result.value, 1.966088));
        const auto short_of_it = power_iteration(surface, start, 1e-12, 3, {}, {});
        QVERIFY(short_of_it && !short_of_it->result.converged);
        QCOMPARE(short_of_it->result.iterations, 3);
    }

    // −½(3a² + b²): the eigenvalue of largest magnitude is negative and keeps its sign.
    void the_sign_is_reported() {
        const at::Tensor a = leaf({1}, {1}), b = leaf({1}, {1});
        const FunctionSurface surface({a, b}, 1, {[=] { return -.5 * (3 * a * a + b * b).sum(); }});
        const auto top =
            power_iteration(surface, {at::ones({1}, at::kDouble), at::ones({1}, at::kDouble)}, 1e-12, 200, {}, {});
        QVERIFY(top && near(top->result.value, -3));
    }

    void sharpness_of_a_bowl() {
        const at::Tensor a = leaf({1}, {1}), b = leaf({1}, {1});
        const FunctionSurface surface({a, b}, 1, {[=] { return .5 * (4 * a * a + b * b).sum(); }});
        int passes = 0;
        const auto rise = torch_module::sam_sharpness(surface, {}, {}, [&] { ++passes; });
        QVERIFY(rise && near(*rise, .210935));
        QCOMPARE(passes, 3);
        QCOMPARE(a.item<double>(), 1.0);
        QCOMPARE(b.item<double>(), 1.0);
        // At the minimum the gradient says nothing; along the top eigenvector the loss rises by ½·4·ρ².
        const at::NoGradGuard no_graph;
        a.zero_();
        b.zero_();
        const at::AutoGradMode graph(true);
        QCOMPARE(*torch_module::sam_sharpness(surface, {}, {}, [] {}), 0.0);
        const auto along = torch_module::sam_sharpness(
            surface, {.tolerance = 1e-9, .ascent = CurvatureOptions::Ascent::eigenvector}, {}, [] {});
        QVERIFY(along && near(*along, .005));
    }

    // A loss that is linear in a parameter has no curvature there, and no graph for one.
    void a_linear_loss_is_flat() {
        const at::Tensor a = leaf({1, 2}, {2}), b = leaf({3}, {1});
        const FunctionSurface surface({a, b}, 1, {[=] { return a.sum() + (b * b).sum(); }});
        QCOMPARE(*hutchinson(surface, 3, 0, {}, {}), (std::vector<double>{2, 2, 2}));
    }

    // BERT with the weights of FormulaTensors: values of python3-torch's autograd in float64 over an independent
    // forward pass (the whole Hessian, row by row).
    void tiny_bert() {
        const Architecture bert = tiny_bert_architecture();
        const auto model = cpu_backend()->load(bert, tiny_tensors(bert), on_cpu());
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const auto rows = masked_rows({{1, 4, 2, 7}, {3, 5, 0}, {8, 9}}, 6);
        const auto probes = (*model)->hessian_trace(rows, {.probes = 400}, {}, {});
        QVERIFY(probes);
        QVERIFY(std::abs(mean(*probes) - 61.2484119) < 4 * 63.4434 / std::sqrt(400));
        QVERIFY(std::abs(deviation(*probes) / 63.4434 - 1) < .2);
        const auto top = (*model)->hessian_top_eigenvalue(rows, {.tolerance = 1e-6}, {}, {});
        QVERIFY(top && top->converged);
        QVERIFY(std::abs(top->value - 33.9664943) < 1e-3);
        const auto sharpness = (*model)->sam_sharpness(rows, {}, {}, {});
        QVERIFY(sharpness && std::abs(*sharpness - .154632985) < 1e-5);
        std::vector<double> all, without_embeddings;
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            const auto batches = (*model)->fisher_trace(rows, {.seed = seed, .batch_rows = 9}, {}, {});
            QVERIFY(batches && batches->size() == 1);
            all.push_back(batches->front().all_parameters);
            without_embeddings.push_back(batches->front().without_embeddings);
        }
        QVERIFY(std::abs(mean(all) - 53.1818727) < 4 * deviation(all) / std::sqrt(300));
        QVERIFY(std::abs(mean(without_embeddings) - 41.8642060) < 4 * deviation(without_embeddings) / std::sqrt(300));
    }

    // The rows fall into the same sums whatever the batches; causal models have a Hessian as well.
    void causal_models() {
        for (const Architecture& shape : {tiny_gpt2_architecture(), tiny_llama_architecture()}) {
            const auto model = cpu_backend()->load(shape, tiny_tensors(shape), on_cpu());
            const auto rows = causal_rows({{1, 4, 2, 7, 7, 3}, {0, 9, 5, 8}, {3, 1}});
            const auto log_probs = (*model)->score_rows(rows, {}, {});
            QVERIFY(log_probs);
            const auto first = sequence_log_probs(**model, {1, 4, 2, 7, 7, 3});
            QVERIFY(largest_difference(log_probs->front(), *first) < 1e-5);
            const auto probes = (*model)->hessian_trace(rows, {.probes = 4}, {}, {});
            QVERIFY(probes && probes->size() == 4);
            for (const double probe : *probes)
                QVERIFY(std::isfinite(probe) && probe != 0);
        }
    }

    void refused_and_cancelled() {
        const Architecture bert = tiny_bert_architecture();
        const auto model = cpu_backend()->load(bert, tiny_tensors(bert), on_cpu());
        const auto rows = masked_rows({{1, 4, 2, 7}}, 6);
        QCOMPARE((*model)->hessian_trace({}, {}, {}, {}).error().kind, ErrorKind::usage);
        QCOMPARE((*model)->hessian_trace(rows, {.probes = 0}, {}, {}).error().kind, ErrorKind::usage);
        QCOMPARE((*model)->score({}, {}, {}).error().kind, ErrorKind::unsupported);
        CancellationSource source;
        source.cancel();
        QCOMPARE((*model)->hessian_trace(rows, {}, source.token(), {}).error().kind, ErrorKind::cancelled);
        QCOMPARE((*model)->hessian_top_eigenvalue(rows, {}, source.token(), {}).error().kind, ErrorKind::cancelled);
        QCOMPARE((*model)->sam_sharpness(rows, {}, source.token(), {}).error().kind, ErrorKind::cancelled);
        QCOMPARE((*model)->score_rows(rows, source.token(), {}).error().kind, ErrorKind::cancelled);
    }

    // Why SGD at equal loss drifts to flatter places. p = σ(uv), y ~ Bernoulli(q): with D = u² − v² a step of SGD is
    // exactly D ← D(1 − η²(p − y)²), so D shrinks as long as the labels are noisy, and with it Tr H. 200 seeded runs
    // are trained at once (their losses are summed, so each gets the gradient of its own).
    void noise_of_sgd_flattens_data() {
        QTest::addColumn<int>("batch");
        QTest::addColumn<double>("fall");
        QTest::addColumn<double>("fall_tolerance");
        QTest::addColumn<double>("trace");
        QTest::addColumn<double>("trace_tolerance");
        QTest::newRow("batch 1") << 1 << 4.03 << .15 << .37 << .02;
        QTest::newRow("batch 4") << 4 << 1.016 << .02 << .47 << .01;
    }

    void noise_of_sgd_flattens() {
        QFETCH(int, batch);
        QFETCH(double, fall);
        QFETCH(double, fall_tolerance);
        QFETCH(double, trace);
        QFETCH(double, trace_tolerance);
        constexpr std::int64_t runs = 200, steps = 2000;
        constexpr double rate = .1;
        const double q = 1 / (1 + std::exp(-1));
        const at::Tensor u = leaf(std::vector<double>(runs, 2), {runs}),
                         v = leaf(std::vector<double>(runs, .5), {runs});
        FlatOptimiser optimiser({u, v}, {.kind = OptimiserKind::sgd, .learning_rate = rate, .momentum = 0}, steps);
        const FunctionSurface expected_loss({u, v}, runs, {[=] {
                                                return at::binary_cross_entropy_with_logits(
                                                    u * v, at::full({runs}, q, at::kDouble), {}, {},
                                                    at::Reduction::Sum);
                                            }});
        // Off the diagonal H has only the pairs (u, v) of one run, so few probes tell the mean trace.
        const auto mean_trace = [&] { return mean(*hutchinson(expected_loss, 64, 1, {}, {})); };
        QVERIFY(std::abs(mean_trace() - .836) < .01);
        std::mt19937_64 engine(17);
        std::bernoulli_distribution coin(q);
        double largest_error = 0;
        const auto imbalance = [&] { return (u.detach() * u.detach() - v.detach() * v.detach()); };
        for (std::int64_t step = 0; step < steps; ++step) {
            std::vector<double> labels;
            for (std::int64_t run = 0; run < runs; ++run) {
                int ones = 0;
                for (int i = 0; i < batch; ++i)
                    ones += coin(engine) ? 1 : 0;
                labels.push_back(static_cast<double>(ones) / batch);
            }
            const at::Tensor y = at::tensor(labels, at::kDouble);
            const at::Tensor before = imbalance(), p = at::sigmoid(u.detach() * v.detach());
            optimiser.step(at::binary_cross_entropy_with_logits(u * v, y, {}, {}, at::Reduction::Sum));
            const at::Tensor predicted = before * (1 - rate * rate * (p - y).square());
            largest_error = std::max(largest_error, (imbalance() - predicted).abs().max().item<double>());
        }
        QVERIFY2(largest_error < 1e-12, qPrintable(QString::number(largest_error)));
        const double fallen = std::log(3.75) - imbalance().log().mean().item<double>();
        QVERIFY2(std::abs(fallen - fall) < fall_tolerance, qPrintable(QString::number(fallen)));
        QVERIFY2(std::abs(mean_trace() - trace) < trace_tolerance, qPrintable(QString::number(mean_trace())));
    }
};

QTEST_APPLESS_MAIN(TorchCurvatureTest)
#include "tst_torch_curvature.moc"
