#include "engine/inference/choice_metrics.h"
#include "engine/inference/membership_metrics.h"
#include "tests/support/compare_number.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace isoloss;
using namespace isoloss::test;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();

} // namespace

/// The worked examples of METRICS.md sections 3 and 6.
class TaskMetricsTest : public QObject {
    Q_OBJECT

    const std::vector<double> log_likelihoods_{-4, -5, -6.8, -9};
    const std::vector<std::string> choices_{"cat", "a zebra", "na\xc3\xafve fox", "hippopotamus"};

    std::optional<std::size_t> picked_by(std::int64_t (*length)(std::string_view)) const {
        std::vector<std::int64_t> lengths;
        for (const std::string& choice : choices_)
            lengths.push_back(length(choice));
        return pick_choice_normalised(log_likelihoods_, lengths);
    }

private Q_SLOTS:

    void picks() {
        QCOMPARE(pick_choice(log_likelihoods_), std::optional<std::size_t>(0));
        QCOMPARE(picked_by(choice_characters), std::optional<std::size_t>(1));
        QCOMPARE(picked_by(choice_bytes), std::optional<std::size_t>(2));
        const std::vector<double> unconditional{-3, -6, -6, -10.5};
        QCOMPARE(pick_choice_mutual(log_likelihoods_, unconditional), std::optional<std::size_t>(3));
        QVERIFY(!pick_choice_mutual(log_likelihoods_, std::vector<double>{-3}));
        QVERIFY(!pick_choice_mutual(std::vector<double>{-1, nan_value}, std::vector<double>{0, 0}));
        QCOMPARE(choice_bytes(" a zebra"), std::int64_t(7));
    }

    void soft_scores() {
        compare_number(brier_score(log_likelihoods_, 1), 1.040258);
        compare_number(brier_score(std::vector<double>{-2, -2, -2, -2}, 3), .75);
        compare_number(choice_bits_per_byte(-5, choice_bytes("a zebra")), 1.030496);
        // numpy
        compare_number(choice_probabilities(log_likelihoods_)[1], .256286);
        compare_number(choice_margin(log_likelihoods_, 1), -1);
        compare_number(choice_margin(log_likelihoods_, 0), 1);
        QVERIFY(std::isnan(choice_margin(std::vector<double>{-1, nan_value}, 0)));
        QVERIFY(std::isnan(brier_score(std::vector<double>{-1, nan_value}, 0)));
        const double minus_infinity = -std::numeric_limits<double>::infinity();
        compare_number(brier_score(std::vector<double>{-1, minus_infinity}, 0), 0);
    }

    void lowest_tokens() {
        const std::vector<double> log_probs{-.1, -3, -.2, -.7, -5, -1.1, -.05, -2.2, -.4, -.9};
        compare_number(*lowest_mean(log_probs), -4);
        compare_number(*lowest_mean(log_probs, .3), -3.4);
        compare_number(*lowest_mean(std::vector<double>{-2, -1}), -2); // at least one token
        QVERIFY(!lowest_mean({}));
        QVERIFY(std::isnan(*lowest_mean(std::vector<double>{-1, nan_value})));
    }

    void standardised() {
        const std::vector<std::vector<double>> rows{
            {.7, .2, .1}, {.5, .3, .2}, {.1, .1, .8}, {.4, .4, .2}, {1. / 3, 1. / 3, 1. / 3}};
        const std::vector<std::size_t> targets{0, 2, 2, 1, 0};
        const std::vector<double> expected{.633092, -1.590008, .5, .5, 0};
        std::vector<double> standardised;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            double mean = 0, square = 0;
            for (const double p : rows[i]) {
                mean += p * std::log(p);
                square += p * std::log(p) * std::log(p);
            }
            standardised.push_back(standardised_log_prob(std::log(rows[i][targets[i]]), mean, square - mean * mean));
            compare_number(standardised.back(), expected[i]);
        }
        compare_number(*lowest_mean(standardised, .4), -.795004);
    }

    void zlib() {
        QCOMPARE(zlib_bytes("hello hello hello hello"), std::int64_t(16));
        QCOMPARE(zlib_bytes("The quick brown fox jumps over the lazy dog."), std::int64_t(51));
        compare_number(*zlib_ratio(std::vector<double>{-1, -3}, "hello hello hello hello"), -2. / 16);
        QVERIFY(!zlib_ratio({}, "a"));
    }

    void lowercase() {
        compare_number(*lowercase_ratio(std::vector<double>{-1, -1}, std::vector<double>{-3}), 3);
        QVERIFY(!lowercase_ratio({}, std::vector<double>{-3}));
        QVERIFY(!lowercase_ratio(std::vector<double>{0}, std::vector<double>{-3}));
    }

    void separations() {
        // Scores .9 … .1 of labels 1101101000; the errors of the areas are DeLong's, by numpy.
        const auto found =
            separation(std::vector<double>{.9, .8, .6, .55, .4}, std::vector<double>{.7, .5, .3, .2, .1});
        QVERIFY(found);
        compare_number(*found->auc.value, .84);
        compare_number(*found->auc.standard_error, 0.138564);
        compare_number(found->tpr_at_5_fpr, .4);
        compare_number(found->fpr_at_95_tpr, .4);
        const auto equal = separation(std::vector<double>{1, 1}, std::vector<double>{1, 1});
        compare_number(*equal->auc.value, .5);
        compare_number(equal->tpr_at_5_fpr, 0);
        compare_number(equal->fpr_at_95_tpr, 1);
        QVERIFY(!separation(std::vector<double>{1}, {}));
        QVERIFY(!separation(std::vector<double>{nan_value}, std::vector<double>{1}));
        QVERIFY(!separation(std::vector<double>{1}, std::vector<double>{0})->auc.standard_error);
    }
};

QTEST_APPLESS_MAIN(TaskMetricsTest)
#include "tst_task_metrics.moc"
