#include "engine/inference/torch/batch_memory.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/torch_backend.h"
#include "tests/support/tiny_models.h"

#include <QTest>

using namespace isoloss;
using namespace isoloss::test;
using namespace isoloss::torch_module;

/// Work in parts: what is computed in two calls is what one call computes, and batches fit into the memory.
class UnitsTest : public QObject {
    Q_OBJECT

    static std::unique_ptr<Model> tiny_model() {
        const Architecture shape = tiny_gpt2_architecture();
        auto backend = create_torch_backend();
        auto model = (*backend)->load(shape, tiny_tensors(shape), {"cpu", ComputeType::float32});
        if (!model) throw std::runtime_error(model.error().text());
        return std::move(*model);
    }

    static std::vector<PredictionRow> some_rows() {
        std::vector<PredictionRow> rows;
        for (std::int32_t i = 0; i < 12; ++i)
            rows.push_back({{i % 5, 3, 1 + i % 3, 2}, {0, 1, 2}, {3, 1 + i % 3, 2}});
        return rows;
    }

private Q_SLOTS:

    void fisher_batches_are_known_by_their_number() {
        const auto model = tiny_model();
        const auto rows = some_rows();
        const auto all = model->fisher_trace(rows, {.seed = 5, .batch_rows = 2}, {}, {});
        QVERIFY(all.has_value());
        const auto rest =
            model->fisher_trace(std::span(rows).subspan(6), {.seed = 5, .batch_rows = 2, .first_batch = 3}, {}, {});
        QVERIFY(rest.has_value());
        QCOMPARE(rest->size(), std::size_t{3});
        for (std::size_t i = 0; i < rest->size(); ++i) {
            QCOMPARE((*rest)[i].all_parameters, (*all)[i + 3].all_parameters);
            QCOMPARE((*rest)[i].without_embeddings, (*all)[i + 3].without_embeddings);
        }
    }

    void hessian_probes_are_known_by_their_number() {
        const auto model = tiny_model();
        const auto rows = some_rows();
        const auto all = model->hessian_trace(rows, {.seed = 5, .probes = 6}, {}, {});
        const auto rest = model->hessian_trace(rows, {.seed = 5, .probes = 2, .first_probe = 4}, {}, {});
        QVERIFY(all && rest);
        QCOMPARE(*rest, (std::vector<double>{(*all)[4], (*all)[5]}));
    }

    void batches_fit_into_the_memory() {
        const Architecture shape = tiny_gpt2_architecture();
        const at::Device cpu(at::kCPU);
        const auto network = load_network(shape, tiny_tensors(shape), cpu, at::kFloat);
        QVERIFY(network.has_value());
        const BatchBudget usual = BatchBudget::for_network(**network);
        QCOMPARE(fitting_budget(**network, shape, std::nullopt).tokens, usual.tokens);
        QCOMPARE(fitting_budget(**network, shape, 1ull << 50).tokens, usual.tokens);
        const std::uint64_t little = 128ull << 20;
        const BatchBudget small = fitting_budget(**network, shape, little);
        QVERIFY(small.tokens < usual.tokens);
        QVERIFY(std::uint64_t(3 * 4 * small.attention) <= little / 2);
        QCOMPARE(usual.tokens % small.tokens, std::int64_t{0});
        QCOMPARE(fitting_budget(**network, shape, 0).tokens, std::int64_t{64});
        QVERIFY(free_memory(cpu).value_or(0) > 0);
    }

    void smaller_batches_give_the_same_scores() {
        const auto model = tiny_model();
        const std::vector<PredictionRow> rows = some_rows();
        const auto before = model->score_rows(rows, {}, {});
        QVERIFY(model->batch_tokens() >= 64);
        model->set_batch_tokens(4);
        QCOMPARE(model->batch_tokens(), std::int64_t{4});
        const auto after = model->score_rows(rows, {}, {});
        QVERIFY(before && after);
        for (std::size_t row = 0; row < rows.size(); ++row)
            for (std::size_t i = 0; i < (*before)[row].size(); ++i)
                QVERIFY(std::abs((*before)[row][i] - (*after)[row][i]) < 1e-5);
    }
};

QTEST_APPLESS_MAIN(UnitsTest)
#include "tst_torch_units.moc"
