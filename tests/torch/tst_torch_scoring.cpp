#include "engine/inference/torch/scoring.h"
#include "tests/torch/torch_fixture.h"

#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace isoloss;
using namespace isoloss::test;

Q_DECLARE_METATYPE(isoloss::Architecture)

namespace {

using Tokens = std::vector<std::int32_t>;

class RandomTokens {
public:
    int number(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }

    Tokens operator()(int count) {
        Tokens tokens;
        for (int i = 0; i < count; ++i)
            tokens.push_back(number(0, 9));
        return tokens;
    }

private:
    std::mt19937 engine_{7};
};

double largest_difference_of_items(const ItemScores& a, const ItemScores& b) {
    if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].greedy != b[i].greedy) return std::numeric_limits<double>::infinity();
        largest = std::max(largest, largest_difference(a[i].log_probs, b[i].log_probs));
    }
    return largest;
}

std::unique_ptr<Model> tiny_model(const Architecture& architecture) {
    auto model = cpu_backend()->load(architecture, tiny_tensors(architecture), on_cpu());
    return model ? std::move(*model) : nullptr;
}

/// A network of so many weights besides its embeddings and its output layer.
class Sized final : public torch_module::Network {
public:
    explicit Sized(std::int64_t weights) {
        const auto of_size = [](std::int64_t size) { return at::zeros({1}).expand({size}); };
        head_.weight = of_size(1'000'000'000);
        parameters_ = {{"embedding", of_size(1'000'000'000), true}, {"head", head_.weight}, {"w", of_size(weights)}};
    }

    at::Tensor hidden(const torch_module::ForwardInput&) const override { return {}; }
};

} // namespace

class TorchScoringTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void models_data() {
        QTest::addColumn<Architecture>("architecture");
        QTest::newRow("llama") << tiny_llama_architecture();
        QTest::newRow("gpt2") << tiny_gpt2_architecture();
    }

    void distributions_data() { models_data(); }

    // Every token of the vocabulary scored by itself gives mean and variance of ln p under p.
    void distributions() {
        QFETCH(Architecture, architecture);
        const auto model = tiny_model(architecture);
        QVERIFY(model);
        const std::vector rows{PredictionRow{{1, 7, 3}, {0, 2}, {4, 9}}, PredictionRow{{2}, {0}, {5}}};
        const auto found = model->score_distributions(rows, {}, {});
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        std::vector<std::vector<double>> mean(rows.size()), square(rows.size());
        for (std::int32_t token = 0; token < architecture.vocabulary; ++token) {
            std::vector<PredictionRow> asked(rows);
            for (PredictionRow& row : asked)
                std::ranges::fill(row.targets, token);
            const auto log_probs = model->score_rows(asked, {}, {});
            QVERIFY(log_probs);
            for (std::size_t row = 0; row < rows.size(); ++row) {
                mean[row].resize(rows[row].targets.size());
                square[row].resize(rows[row].targets.size());
                for (std::size_t i = 0; i < rows[row].targets.size(); ++i) {
                    const double log_prob = (*log_probs)[row][i];
                    mean[row][i] += std::exp(log_prob) * log_prob;
                    square[row][i] += std::exp(log_prob) * log_prob * log_prob;
                    if (token == rows[row].targets[i]) QVERIFY(std::abs((*found)[row][i].log_prob - log_prob) < 1e-5);
                }
            }
        }
        for (std::size_t row = 0; row < rows.size(); ++row)
            for (std::size_t i = 0; i < rows[row].targets.size(); ++i) {
                const TokenDistribution& one = (*found)[row][i];
                QVERIFY(std::abs(one.mean - mean[row][i]) < 1e-5);
                QVERIFY(std::abs(one.variance - (square[row][i] - mean[row][i] * mean[row][i])) < 1e-5);
            }
        QVERIFY(!model->score_distributions({}, {}, {}));
    }

    void batching_changes_nothing_data() { models_data(); }

    void batching_changes_nothing() {
        QFETCH(Architecture, architecture);
        const auto model = tiny_model(architecture);
        RandomTokens random;
        std::vector<ScoringItem> items;
        for (int i = 0; i < 60; ++i) {
            const int context = random.number(1, 8);
            items.push_back({random(context), {random(random.number(1, 12 - context))}});
        }
        const auto together = model->score(items, {}, {});
        QVERIFY(together);
        QCOMPARE(together->size(), items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto alone = model->score(std::span(&items[i], 1), {}, {});
            QVERIFY(alone);
            QVERIFY(largest_difference_of_items(alone->at(0), together->at(i)) < 1e-5);
        }
    }

    void a_shared_context_changes_nothing_data() { models_data(); }

    void a_shared_context_changes_nothing() {
        QFETCH(Architecture, architecture);
        const auto model = tiny_model(architecture);
        RandomTokens random;
        std::vector<ScoringItem> items;
        for (int i = 0; i < 25; ++i) {
            const int context = random.number(1, 7);
            ScoringItem item{random(context), {}};
            for (int c = random.number(2, 5); c > 0; --c)
                item.continuations.push_back(random(random.number(0, 12 - context)));
            items.push_back(std::move(item));
        }
        const auto together = model->score(items, {}, {});
        QVERIFY(together);
        for (std::size_t i = 0; i < items.size(); ++i) {
            ItemScores one_by_one;
            for (const Tokens& continuation : items[i].continuations) {
                const std::vector single{ScoringItem{items[i].context, {continuation}}};
                const auto scores = model->score(single, {}, {});
                QVERIFY(scores);
                one_by_one.push_back(scores->at(0).at(0));
            }
            QVERIFY(largest_difference_of_items(one_by_one, together->at(i)) < 1e-5);
        }
    }

    // More continuations than one row behind their context holds.
    void many_continuations_data() { models_data(); }

    void many_continuations() {
        QFETCH(Architecture, architecture);
        const auto model = tiny_model(architecture);
        QVERIFY(model);
        RandomTokens random;
        ScoringItem item{random(4), {}};
        std::vector<ScoringItem> alone;
        for (int i = 0; i < 150; ++i) {
            item.continuations.push_back(random(random.number(0, 7)));
            alone.push_back({item.context, {item.continuations.back()}});
        }
        const auto together = model->score(std::vector{item}, {}, {}), apart = model->score(alone, {}, {});
        QVERIFY(together && apart);
        for (std::size_t i = 0; i < alone.size(); ++i)
            QVERIFY(largest_difference_of_items({together->front()[i]}, apart->at(i)) < 1e-5);
    }

    // A measurement can be cancelled between two batches only, so a batch of a large model is a small one.
    void a_batch_takes_no_longer_than_a_second_data() {
        QTest::addColumn<qint64>("weights");
        QTest::addColumn<qint64>("tokens");
        QTest::newRow("1 M") << qint64{1'000'000} << qint64{4096};
        QTest::newRow("layers of 70 M") << qint64{19'000'000} << qint64{2631};
        QTest::newRow("layers of 160 M") << qint64{85'000'000} << qint64{588};
        QTest::newRow("7 B") << qint64{7'000'000'000} << qint64{128};
    }

    void a_batch_takes_no_longer_than_a_second() {
        QFETCH(qint64, weights);
        QFETCH(qint64, tokens);
        const Sized network(weights);
        const auto budget = torch_module::BatchBudget::for_network(network);
        QCOMPARE(budget.tokens, tokens);
        QVERIFY(2.0 * static_cast<double>(weights * budget.tokens) <= 1e11 || budget.tokens == 128);
    }

    void single_token_choices_share_one_distribution_data() { models_data(); }

    void single_token_choices_share_one_distribution() {
        QFETCH(Architecture, architecture);
        const auto model = tiny_model(architecture);
        ScoringItem item{{3, 1, 4}, {}};
        for (std::int32_t token = 0; token < 10; ++token)
            item.continuations.push_back({token});
        const auto scores = model->score(std::span(&item, 1), {}, {});
        QVERIFY(scores);
        double total = 0;
        int greedy = 0;
        for (const ContinuationScore& choice : scores->at(0)) {
            total += std::exp(choice.log_probs.at(0));
            greedy += choice.greedy;
        }
        QVERIFY(std::abs(total - 1) < 1e-6);
        QCOMPARE(greedy, 1);
    }

    void greedy_data() {
        QTest::addColumn<Tokens>("context");
        QTest::addColumn<Tokens>("continuation");
        QTest::addColumn<bool>("greedy");
        // The most likely tokens after each of 1 4 2 7 7 3 0 9 5 8 are 9 8 8 3 3 3 3 2 8 1 (numpy, float64).
        QTest::newRow("most likely") << Tokens{1, 4, 2, 7, 7} << Tokens{3} << true;
        QTest::newRow("two most likely") << Tokens{1, 4, 2, 7} << Tokens{3} << true;
        QTest::newRow("second one is not") << Tokens{1, 4, 2, 7, 7} << Tokens{3, 0} << false;
        QTest::newRow("first one is not") << Tokens{1, 4, 2, 7} << Tokens{7, 3} << false;
        QTest::newRow("later in a sequence") << Tokens{1, 4, 2, 7, 7, 3, 0, 9, 5} << Tokens{8} << true;
    }

    void greedy() {
        QFETCH(Tokens, context);
        QFETCH(Tokens, continuation);
        QFETCH(bool, greedy);
        const std::vector items{ScoringItem{context, {continuation}}};
        const auto scores = tiny_model(tiny_llama_architecture())->score(items, {}, {});
        QVERIFY(scores);
        QCOMPARE(scores->at(0).at(0).greedy, greedy);
    }

    void nothing_to_score() {
        const auto model = tiny_model(tiny_llama_architecture());
        const auto none = model->score({}, {}, {});
        QVERIFY(none && none->empty());
        const std::vector items{ScoringItem{{1}, {}}, ScoringItem{{1}, {{}}}};
        const auto empty = model->score(items, {}, {});
        QVERIFY(empty);
        QVERIFY(empty->at(0).empty());
        QVERIFY(empty->at(1).at(0).log_probs.empty());
    }

    void refused_data() {
        QTest::addColumn<Tokens>("context");
        QTest::addColumn<Tokens>("continuation");
        QTest::addColumn<QString>("word");
        QTest::newRow("no context") << Tokens{} << Tokens{1} << "context";
        QTest::newRow("beyond the vocabulary") << Tokens{1} << Tokens{10} << "Token id 10";
        QTest::newRow("negative id") << Tokens{-1} << Tokens{1} << "Token id -1";
        QTest::newRow("too long") << Tokens(30, 1) << Tokens(3, 1) << "33 tokens";
        QTest::newRow("context alone too long") << Tokens(33, 1) << Tokens{} << "33 tokens";
    }

    void refused() {
        QFETCH(Tokens, context);
        QFETCH(Tokens, continuation);
        QFETCH(QString, word);
        const std::vector items{ScoringItem{context, {continuation}}};
        const auto scores = tiny_model(tiny_llama_architecture())->score(items, {}, {});
        QVERIFY(!scores);
        QCOMPARE(scores.error().kind, ErrorKind::usage);
        QVERIFY(QString::fromStdString(scores.error().text()).contains(word));
    }

    void the_longest_sequence_is_accepted() {
        const std::vector items{ScoringItem{Tokens(31, 1), {{2}}}, ScoringItem{{1}, {Tokens(31, 2)}}};
        QVERIFY(tiny_model(tiny_llama_architecture())->score(items, {}, {}));
    }

    void steps_count_scored_tokens() {
        const auto model = tiny_model(tiny_llama_architecture());
        const std::vector items(400, ScoringItem{{1}, {Tokens(31, 2)}});
        std::vector<std::uint64_t> steps;
        QVERIFY(model->score(items, {}, [&](std::uint64_t done) { steps.push_back(done); }));
        QVERIFY(steps.size() > 1);
        QVERIFY(std::ranges::is_sorted(steps));
        QCOMPARE(steps.back(), 400u * 31u);
    }

    void cancelled_between_batches() {
        const auto model = tiny_model(tiny_llama_architecture());
        const std::vector items(400, ScoringItem{{1}, {Tokens(31, 2)}});
        CancellationSource source;
        int steps = 0;
        const auto scores = model->score(items, source.token(), [&](std::uint64_t) {
            ++steps;
            source.cancel();
        });
        QVERIFY(!scores);
        QCOMPARE(scores.error().kind, ErrorKind::cancelled);
        QCOMPARE(steps, 1);
    }
};

QTEST_APPLESS_MAIN(TorchScoringTest)
#include "tst_torch_scoring.moc"
