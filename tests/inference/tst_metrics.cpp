#include "engine/inference/choice_metrics.h"
#include "engine/inference/estimate.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/inference/text_metrics.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <set>

using namespace isoloss;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Equal to six significant digits.
bool near(const std::optional<double>& value, double expected) {
    return value && std::abs(*value - expected) <= 5e-7 * std::max(1.0, std::abs(expected));
}

DocumentScore document(const std::vector<double>& log_probs, std::int64_t bytes, std::int64_t characters) {
    DocumentScore score;
    score.add(log_probs);
    score.bytes = bytes;
    score.characters = characters;
    return score;
}

using Doubles = std::vector<double>;
using Lengths = std::vector<std::int64_t>;

} // namespace

class MetricsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void loss_family_worked_example() {
        // METRICS.md section 1; standard errors by numpy: sd(ddof 1)/√4, scaled by 4/16, 4/15 and e^1.25.
        const std::vector documents{document({-.5, -1.5, -2, -1}, 16, 15)};
        const TextMetrics metrics = text_metrics(documents);
        QVERIFY(near(metrics.loss.value, 1.25));
        QVERIFY(near(metrics.perplexity.value, 3.490343));
        QVERIFY(near(metrics.bits_per_byte.value, .450842));
        QVERIFY(near(metrics.bits_per_char.value, .480898));
        QVERIFY(near(metrics.loss.standard_error, .3227486));
        QVERIFY(near(metrics.perplexity.standard_error, 1.1265031));
        QVERIFY(near(metrics.bits_per_byte.standard_error, .1164069));
        QVERIFY(near(metrics.bits_per_char.standard_error, .1241674));
        QCOMPARE(metrics.tokens, 4);
        QCOMPARE(metrics.documents, 1);
    }

    void errors_are_clustered_by_document() {
        // numpy: R = Σs/Σx, √(3/2·Σ(s_d − R·x_d)²)/Σx for x = tokens, bytes, characters.
        const std::vector documents{document({-.5, -1.5, -2}, 7, 6), document({-1}, 3, 3), DocumentScore{},
                                    document({-.25, -4}, 9, 8)};
        const TextMetrics metrics = text_metrics(documents);
        QCOMPARE(metrics.documents, 3);
        QVERIFY(near(metrics.loss.value, 1.5416667));
        QVERIFY(near(metrics.loss.standard_error, 0.29191458));
        QVERIFY(near(metrics.perplexity.value, 4.6723711));
        QVERIFY(near(metrics.perplexity.standard_error, 1.3639332));
        QVERIFY(near(metrics.bits_per_byte.value, 0.70236469));
        QVERIFY(near(metrics.bits_per_byte.standard_error, 0.070823173));
        QVERIFY(near(metrics.bits_per_char.value, 0.78499583));
        QVERIFY(near(metrics.bits_per_char.standard_error, 0.10136545));
    }

    void masked_loss_worked_example() {
        // METRICS.md section 1, `mlm_loss`: p .5, .25, .8.
        const TextMetrics metrics =
            text_metrics(std::vector{document({std::log(.5), std::log(.25), std::log(.8)}, 3, 3)});
        QVERIFY(near(metrics.loss.value, .767528));
        QVERIFY(near(metrics.perplexity.value, 2.154435));
    }

    void ratios_and_means() {
        // numpy: R = 7/10; √(3/2·Σ(s − R·n)²)/10.
        const Estimate ratio = clustered_ratio(Doubles{3, 0, 4}, Doubles{5, 1, 4});
        QVERIFY(near(ratio.value, .7));
        QVERIFY(near(ratio.standard_error, .1808314));
        const Estimate mean = sample_mean(Doubles{1, 2, 4, 9}); // sd(ddof 1)/√4
        QVERIFY(near(mean.value, 4));
        QVERIFY(near(mean.standard_error, 1.7795130));
        QVERIFY(!sample_mean({}).value);
        QVERIFY(near(sample_mean(Doubles{3}).value, 3) && !sample_mean(Doubles{3}).standard_error);
        const Estimate infinite = sample_mean(Doubles{1, infinity});
        QCOMPARE(infinite.value, std::optional(infinity));
        QVERIFY(!infinite.standard_error);
    }

    void nothing_scored_is_undefined() {
        const TextMetrics empty = text_metrics({});
        QVERIFY(!empty.loss.value && !empty.perplexity.value && !empty.bits_per_byte.value);
        const TextMetrics no_bytes = text_metrics(std::vector{document({-1}, 0, 0)});
        QVERIFY(near(no_bytes.loss.value, 1));
        QVERIFY(!no_bytes.loss.standard_error); // one token
        QVERIFY(!no_bytes.bits_per_byte.value && !no_bytes.bits_per_char.value);
    }

    void infinities_and_nan_are_kept() {
        const TextMetrics certain_miss = text_metrics(std::vector{document({-1, -infinity}, 4, 4)});
        QCOMPARE(certain_miss.loss.value, infinity);
        QCOMPARE(certain_miss.perplexity.value, infinity);
        QVERIFY(!certain_miss.loss.standard_error && !certain_miss.perplexity.standard_error);
        const TextMetrics broken = text_metrics(std::vector{document({-1, std::nan("")}, 4, 4)});
        QVERIFY(broken.loss.value && std::isnan(*broken.loss.value));
        QVERIFY(!broken.loss.standard_error);
    }

    void picks_data() {
        QTest::addColumn<Doubles>("scores");
        QTest::addColumn<Lengths>("lengths");
        QTest::addColumn<int>("plain");
        QTest::addColumn<int>("normalised");
        const Lengths worked{choice_characters(" cat"), choice_characters("a zebra"), choice_characters("naïve fox"),
                             choice_characters(" hippopotamus")};
        QTest::newRow("worked example") << Doubles{-4, -5, -6.8, -9} << worked << 0 << 1;
        QTest::newRow("ties go to the first") << Doubles{-3, -2, -2} << Lengths{3, 2, 2} << 1 << 0;
        QTest::newRow("impossible choice") << Doubles{-infinity, -9} << Lengths{1, 1} << 1 << 1;
        QTest::newRow("all impossible") << Doubles{-infinity, -infinity} << Lengths{1, 2} << 0 << 0;
        QTest::newRow("NaN cannot be ranked") << Doubles{-1, std::nan("")} << Lengths{1, 1} << -1 << -1;
        QTest::newRow("empty answer has no length") << Doubles{-1, -2} << Lengths{0, 1} << 0 << -1;
        QTest::newRow("no choices") << Doubles{} << Lengths{} << -1 << -1;
    }

    void picks() {
        QFETCH(Doubles, scores);
        QFETCH(Lengths, lengths);
        QFETCH(int, plain);
        QFETCH(int, normalised);
        const auto index = [](const std::optional<std::size_t>& pick) { return pick ? static_cast<int>(*pick) : -1; };
        QCOMPARE(index(pick_choice(scores)), plain);
        QCOMPARE(index(pick_choice_normalised(scores, lengths)), normalised);
    }

    void lengths_leave_out_one_leading_space() {
        QCOMPARE(choice_characters(" cat"), 3);
        QCOMPARE(choice_characters("  cat"), 4);
        QCOMPARE(choice_characters("naïve fox"), 9);
        QCOMPARE(choice_characters(""), 0);
    }

    void share_correct_data() {
        QTest::addColumn<int>("correct");
        QTest::addColumn<int>("items");
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("error");
        QTest::newRow("8 of 10") << 8 << 10 << .8 << .1333333; // √(.16/9)
        QTest::newRow("none") << 0 << 5 << 0.0 << 0.0;
        QTest::newRow("1 of 4") << 1 << 4 << .25 << .25;
        QTest::newRow("one item has no error") << 1 << 1 << 1.0 << -1.0;
        QTest::newRow("no item") << 0 << 0 << -1.0 << -1.0;
    }

    void share_correct() {
        QFETCH(int, correct);
        QFETCH(int, items);
        QFETCH(double, value);
        QFETCH(double, error);
        const Estimate share = isoloss::share_correct(correct, items);
        QVERIFY(value < 0 ? !share.value : near(share.value, value));
        QVERIFY(error < 0 ? !share.standard_error : near(share.standard_error, error));
    }

    void catalogue_is_complete() {
        std::set<std::string_view> keys;
        for (const MetricInfo& metric : metric_catalogue()) {
            QVERIFY(keys.insert(metric.key).second);
            QVERIFY(!metric.name.empty() && !metric.provenance.empty() && !metric.cost.empty());
            QVERIFY(metric.explanation.size() > 100);
            QCOMPARE(find_metric(metric.key), &metric);
        }
        const std::set<std::string_view> expected{"loss",
                                                  "perplexity",
                                                  "bits_per_byte",
                                                  "bits_per_char",
                                                  "acc",
                                                  "acc_norm",
                                                  "fisher_trace",
                                                  "fisher_trace_no_embeddings",
                                                  "mlm_loss",
                                                  "hessian_trace",
                                                  "hessian_top_eigenvalue",
                                                  "sam_sharpness",
                                                  "linear_probe_accuracy",
                                                  "acc_bytes",
                                                  "acc_mutual_info",
                                                  "brier",
                                                  "task_bits_per_byte",
                                                  "correct_prob",
                                                  "margin",
                                                  "last_word_accuracy",
                                                  "min_k_prob",
                                                  "min_k_prob.auc",
                                                  "min_k_prob.tpr_at_5_fpr",
                                                  "min_k_prob.fpr_at_95_tpr",
                                                  "min_k_plus_plus",
                                                  "min_k_plus_plus.auc",
                                                  "min_k_plus_plus.tpr_at_5_fpr",
                                                  "min_k_plus_plus.fpr_at_95_tpr",
                                                  "zlib_ratio",
                                                  "zlib_ratio.auc",
                                                  "zlib_ratio.tpr_at_5_fpr",
                                                  "zlib_ratio.fpr_at_95_tpr",
                                                  "lowercase_ratio",
                                                  "lowercase_ratio.auc",
                                                  "lowercase_ratio.tpr_at_5_fpr",
                                                  "lowercase_ratio.fpr_at_95_tpr"};
        QCOMPARE(keys, expected);
        QCOMPARE(find_metric("accuracy"), nullptr);
        QCOMPARE(find_metric("acc")->input, MetricInput::multiple_choice);
        QCOMPARE(find_metric("acc")->direction, MetricDirection::up);
        QCOMPARE(find_metric("linear_probe_accuracy")->input, MetricInput::labelled_text);
        QCOMPARE(find_metric("linear_probe_accuracy")->direction, MetricDirection::up);
        QCOMPARE(find_metric("hessian_trace")->provenance, std::string_view("C"));
        QCOMPARE(find_metric("mlm_loss")->unit, std::string_view("nats/token"));
        QCOMPARE(find_metric("fisher_trace")->provenance, std::string_view("2"));
    }

    void metrics_of_a_pass() {
        using Keys = std::vector<std::string_view>;
        QCOMPARE(metrics_of_pass(MetricPass::text_loss),
                 (Keys{"loss", "perplexity", "bits_per_byte", "bits_per_char"}));
        QCOMPARE(metrics_of_pass(MetricPass::choice_scores),
                 (Keys{"acc", "acc_norm", "acc_bytes", "brier", "task_bits_per_byte", "correct_prob", "margin"}));
        QCOMPARE(metrics_of_pass(MetricPass::last_word), Keys{"last_word_accuracy"});
        QCOMPARE(metrics_of_pass(MetricPass::choice_mutual_information), Keys{"acc_mutual_info"});
        QCOMPARE(metrics_of_pass(MetricPass::membership).size(), std::size_t(12));
        QCOMPARE(metrics_of_pass(MetricPass::fisher), (Keys{"fisher_trace", "fisher_trace_no_embeddings"}));
        QCOMPARE(metrics_of_pass(MetricPass::masked_loss), Keys{"mlm_loss"});
        QCOMPARE(metrics_of_pass(MetricPass::hessian), Keys{"hessian_trace"});
        QCOMPARE(metrics_of_pass(MetricPass::eigenvalue), Keys{"hessian_top_eigenvalue"});
        QCOMPARE(metrics_of_pass(MetricPass::sharpness), Keys{"sam_sharpness"});
        QCOMPARE(metrics_of_pass(MetricPass::probe), Keys{"linear_probe_accuracy"});
    }
};

QTEST_APPLESS_MAIN(MetricsTest)
#include "tst_metrics.moc"
