#include "engine/analysis/paired_losses.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <cmath>
#include <random>

using namespace isoloss;
using namespace isoloss::test;

class PairedLossesTest : public QObject {
    Q_OBJECT

    ProjectFixture fixture_;
    std::vector<CheckpointId> checkpoints_;

    static bool close(double a, double b) { return std::abs(a - b) < 1e-12; }

    CheckpointTable table() {
        return load_checkpoint_table(*fixture_.project().reader().value(), {}, {"loss[d]"}).value();
    }

    /// A loss of a checkpoint with sums of −ln p per text; a text without tokens has no outcome.
    void put_loss(std::size_t checkpoint, const std::vector<double>& sums, const std::vector<std::int64_t>& tokens,
                  std::int64_t all_tokens) {
        const auto written = fixture_.writer().run([&](WriteSession& session) -> Expected<void> {
            QuantityRecord quantity;
            quantity.key = "loss[d]";
            quantity.kind = QuantityKind::measured;
            ValueRecord value;
            ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity));
            value.checkpoint = checkpoints_.at(checkpoint);
            double sum = 0, count = 0;
            std::vector<OutcomeRecord> outcomes;
            for (std::size_t k = 0; k < sums.size(); ++k) {
                if (tokens[k] == 0) continue;
                sum += sums[k];
                count += static_cast<double>(tokens[k]);
                OutcomeRecord& outcome = outcomes.emplace_back();
                outcome.item.task = "d";
                outcome.item.key = "document " + std::to_string(k);
                outcome.log_likelihoods = {-sums[k]};
                outcome.tokens = tokens[k];
            }
            value.value = sum / count;
            value.n = all_tokens;
            ISOLOSS_TRY(const ValueId id, session.put_value(value));
            return session.put_outcomes(id, outcomes);
        });
        QVERIFY2(written, written ? "" : written.error().text().c_str());
    }

private Q_SLOTS:

    void initTestCase() {
        const auto written = fixture_.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"checkpoint_folder", "r"}, "r"));
            for (const std::int64_t step : {1, 2, 3, 4}) {
                ISOLOSS_TRY(const auto checkpoint, session.ensure_checkpoint(run, 1, step));
                checkpoints_.push_back(checkpoint);
            }
            return {};
        });
        QVERIFY(written);
    }

    // By hand with numpy: the variance of each loss difference as a ratio clustered by text, half of it, averaged.
    void by_hand() {
        const auto errors =
            paired_loss_errors({{3, 5, 2, 7}, {2.5, 5.5, 1.8, 6.6}, {4, 6, 2.2, 8.4}}, {2, 3, 1, 4}, {10, 20, 10});
        QCOMPARE(errors.size(), 3u);
        QVERIFY(close(*errors[0], 0.05046450898073484));
        QVERIFY(close(*errors[1], 0.052915026221291815));
        QVERIFY(close(*errors[2], 0.061644140029689765));
    }

    // One loss is the other plus noise of its own: the error of their difference comes out, whatever the texts are
    // like.
    void what_the_texts_share_cancels() {
        std::mt19937_64 engine(3);
        std::normal_distribution<double> hard(2, 1), noise(0, .1);
        constexpr std::size_t texts = 2000, checkpoints = 6;
        std::vector<std::vector<double>> sums(checkpoints);
        for (std::size_t k = 0; k < texts; ++k) {
            const double shared = hard(engine);
            for (auto& of_checkpoint : sums)
                of_checkpoint.push_back(shared + noise(engine));
        }
        const auto errors =
            paired_loss_errors(sums, std::vector<double>(texts, 1), std::vector<double>(checkpoints, texts));
        for (const auto& error : errors)
            QVERIFY2(std::abs(*error / (.1 / std::sqrt(texts)) - 1) < .1, qPrintable(QString::number(*error)));
    }

    void nothing_to_pair() {
        QVERIFY(!paired_loss_errors({{1, 2}}, {1, 1}, {2})[0]);
        QVERIFY(!paired_loss_errors({{1}, {2}}, {1}, {1, 1})[0]);
        QVERIFY(!paired_loss_errors({{}, {}}, {}, {0, 0})[1]);
    }

    // Only texts that all have, with the same number of tokens, are compared; a checkpoint without the value has none.
    void from_a_project() {
        put_loss(0, {3, 5, 2, 7, 1}, {2, 3, 1, 4, 0}, 10);
        put_loss(1, {2.5, 5.5, 1.8, 6.6, 9}, {2, 3, 1, 4, 5}, 20);
        put_loss(2, {4, 6, 2.2, 8.4, 2}, {2, 3, 1, 4, 0}, 10);
        const CheckpointTable loaded = table();
        const auto errors = paired_loss_errors(*fixture_.project().reader().value(), loaded, "loss[d]");
        QVERIFY(errors);
        const std::vector<double> expected{0.05046450898073484, 0.052915026221291815, 0.061644140029689765};
        QCOMPARE(errors->size(), 4u);
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY2(errors->at(i) && close(*errors->at(i), expected[i]), qPrintable(QString::number(i)));
        QVERIFY(!errors->at(3));
        const auto unknown = paired_loss_errors(*fixture_.project().reader().value(), loaded, "loss[other]");
        QVERIFY(unknown && !unknown->at(0));
    }
};

QTEST_APPLESS_MAIN(PairedLossesTest)
#include "tst_paired_losses.moc"
