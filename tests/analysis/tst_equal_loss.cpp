#include "engine/analysis/equal_loss.h"
#include "engine/analysis/loss_trend.h"
#include "engine/analysis/statistics.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;

namespace {

bool close(double actual, double expected) {
    return std::abs(actual - expected) < 5e-6 * std::max(1.0, std::abs(expected));
}

// One standard normal number; the same on every platform, unlike std::normal_distribution.
class Normal {
public:
    explicit Normal(std::uint64_t seed) : engine_(seed) {}

    double operator()() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform()); }

private:
    double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }

    std::mt19937_64 engine_;
};

struct Sample {
    std::vector<LossScorePoint> points;
    QuantityOfPoints quantity{"m", {}};
};

// Runs whose quantity and score both follow the loss and a trait of the run, with no effect on each other.
Sample without_effect(std::size_t runs, Normal& normal) {
    Sample sample;
    for (std::size_t run = 0; run < runs; ++run) {
        const double speed = 1 + 0.2 * normal(), trait_m = normal(), trait_d = normal();
        for (int step = 1; step <= 20; ++step) {
            LossScorePoint point;
            point.run = run;
            point.step = step;
            point.loss = 2 + 2 * std::exp(-0.2 * speed * step);
            point.score = 0.5 * std::exp(-2 * (point.loss - 2)) + 0.05 * trait_d + 0.002 * normal();
            sample.quantity.values.push_back(10 * point.loss * point.loss + 2 * trait_m + 0.1 * normal());
            sample.points.push_back(point);
        }
    }
    return sample;
}

LossScorePoint point(std::size_t run, double step, double loss, double score) {
    LossScorePoint result;
    result.run = run;
    result.step = step;
    result.loss = loss;
    result.score = score;
    return result;
}

// `count` runs that cross 3.0 half-way between two checkpoints, with these M and D there.
Sample crossing_runs(const std::vector<double>& m, const std::vector<double>& d) {
    Sample sample;
    for (std::size_t run = 0; run < m.size(); ++run) {
        sample.points.push_back(point(run, 1, 3.2, d[run] - 1));
        sample.points.push_back(point(run, 2, 2.8, d[run] + 1));
        sample.quantity.values.push_back(m[run] - 4);
        sample.quantity.values.push_back(m[run] + 4);
    }
    return sample;
}

} // namespace

class EqualLossTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void worked_example() {
        // ANALYSES.md A.
        const std::vector<double> loss{3.20, 3.21, 3.20, 3.21, 3.50, 3.60}, m{19.8, 16, 14, 12.6, 25, 30},
            d{40.4, 44, 47, 50.5, 33, 30};
        const auto result = partial_correlation(m, d, loss);
        QVERIFY(result.has_value());
        QVERIFY(close(result->r_md, -.988205));
        QVERIFY(close(result->r_ml, .926972));
        QVERIFY(close(result->r_dl, -.903167));
        QVERIFY(close(result->partial, -.937623));
        QVERIFY(close(result->t, -4.67137));
        QVERIFY(std::abs(result->p - .018525) < 5e-7);
        QVERIFY(
            close(*pearson(std::vector(m.begin(), m.begin() + 4), std::vector(d.begin(), d.begin() + 4)), -.976479));
    }

    void partial_is_refused_where_it_means_nothing() {
        const std::vector<double> loss{1, 2, 3, 4, 5}, noisy{1, 3, 2, 5, 4}, other{2, 1, 4, 3, 3};
        QVERIFY(partial_correlation(noisy, other, loss));
        QVERIFY(!partial_correlation(noisy, {10, 8, 6, 4, 2}, loss)); // loss explains all of the score
        QVERIFY(!partial_correlation({2, 4, 6, 8, 10}, other, loss)); // … all of M
        QVERIFY(!partial_correlation({1, 1, 1, 1, 1}, other, loss));
        QVERIFY(!partial_correlation({1, 3, 2}, {1, 2, 2}, {1, 2, 3}));
    }

    void crossings_are_interpolated() {
        const std::vector<double> m{1, 2, 4, 3, 7, 6}, d{2, 1, 3, 5, 8, 4.5};
        const auto sample = crossing_runs(m, d);
        const auto report = at_equal_loss(sample.points, {sample.quantity}, 3.0, 0.01);
        QCOMPARE(report.runs_crossing, 6);
        QVERIFY(report.inside.empty());
        QVERIFY(close(*report.score_spread, 7));
        const auto& result = report.quantities.at(0);
        QCOMPARE(result.runs, 6);
        QVERIFY(close(*result.correlation, .826472)); // numpy corrcoef of m and d
        QVERIFY(std::abs(*result.permutation_p - 32.0 / 720) < 1e-12);
        // numpy: slopes s in steps of .0005 whose exact permutation p of m and d − s·m is at least .05, as
        // correlations.
        QVERIFY(result.interval_wide);
        QVERIFY(std::abs(*result.interval_low - .0818) < 2e-3);
        QVERIFY(std::abs(*result.interval_high - .9498) < 2e-3);
    }

    /// The worked example with one checkpoint per run: nothing crosses a loss, everything else can be said.
    void one_checkpoint_per_run() {
        const std::vector<double> loss{3.20, 3.21, 3.20, 3.21, 3.50, 3.60}, m{19.8, 16, 14, 12.6, 25, 30},
            d{40.4, 44, 47, 50.5, 33, 30};
        std::vector<LossScorePoint> points;
        for (std::size_t run = 0; run < loss.size(); ++run)
            points.push_back(point(run, 1, loss[run], d[run]));
        const auto report = at_equal_loss(points, {{"m", m}}, 3.205, 0.01);
        QVERIFY(report.one_checkpoint_per_run);
        QCOMPARE(report.runs_crossing, 0);
        QCOMPARE(report.inside.size(), std::size_t(4));
        const auto& result = report.quantities.at(0);
        QCOMPARE(result.runs, 0);
        QCOMPARE(result.checkpoints, 6); // fewer than 5 in the band
        QVERIFY(close(*result.partial, -.937623));
        QVERIFY(close(*result.delta_r2, .162016));                     // numpy least squares
        QVERIFY(std::abs(*result.across_runs_p - 11.0 / 720) < 1e-12); // numpy: residuals in every order
        QCOMPARE(result.pairs_same, 0);
        QCOMPARE(result.pairs_opposite, 6);
        QVERIFY(!result.pairs_p); // four runs have pairs
        QVERIFY(!result.correlation);
        const QString reading = QString::fromStdString(result.reading);
        QVERIFY2(reading.contains("each run has one checkpoint") && reading.contains("descriptive only"),
                 qPrintable(reading));
    }

    /// numpy: 98 of the 720 orders of m reach |12 − 3|.
    void matched_pairs_are_clustered_by_run() {
        const std::vector<double> m{1, 2, 4, 3, 7, 6}, d{2, 1, 3, 5, 8, 4.5};
        Sample sample;
        for (std::size_t run = 0; run < m.size(); ++run)
            for (const int step : {1, 2, 3}) { // checkpoints of one run are no more evidence than one
                sample.points.push_back(point(run, step, 3.0, d[run]));
                sample.quantity.values.push_back(m[run]);
            }
        const auto report = at_equal_loss(sample.points, {sample.quantity}, 3.0, 0.01);
        const auto& result = report.quantities.at(0);
        QCOMPARE(result.pairs_same, 12 * 9);
        QCOMPARE(result.pairs_opposite, 3 * 9);
        QVERIFY(std::abs(*result.pairs_p - 98.0 / 720) < 1e-12);
    }

    void monotone_fit() {
        QCOMPARE(isotonic(std::vector<double>{1, 3, 2, 4, 0}), (std::vector<double>{1, 2.25, 2.25, 2.25, 2.25}));
        // Falling 4 2 3 1: the middle two join at 2.5; lines between the centres give 4 3 2 1.
        const auto rest = monotone_residuals(std::vector<double>{1, 2, 3, 4}, std::vector<double>{4, 2, 3, 1});
        const std::vector<double> expected{0, -1, 1, 0};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(std::abs(rest.at(i) - expected[i]) < 1e-12);
        // Any monotone curve is taken out whole, a bent one too.
        for (const double left : monotone_residuals(std::vector<double>{3, 1, 2, 5}, std::vector<double>{9, 1, 4, 25}))
            QVERIFY(std::abs(left) < 1e-12);
    }

    /// Runs 0 and 2 lie one above and one below the falling curve that 1 and 3 share.
    void residuals_rank_the_runs() {
        const std::vector<LossScorePoint> points{point(0, 1, 3.0, 5), point(1, 1, 3.0, 4), point(2, 1, 3.0, 3),
                                                 point(1, 2, 2.0, 8), point(3, 1, 2.0, 8)};
        const auto report = at_equal_loss(points, {{"m", {2, 1, 0, 5, 5}}}, 3.0, 0.01);
        QVERIFY(!report.one_checkpoint_per_run);
        QCOMPARE(report.residuals.size(), std::size_t(4));
        QCOMPARE(report.residuals.front().run, std::size_t(0));
        QVERIFY(close(report.residuals.front().score, 1));
        QCOMPARE(report.residuals.back().run, std::size_t(2));
        QVERIFY(close(report.residuals.back().score, -1));
        QVERIFY(close(*report.quantities.at(0).residual_correlation, 1)); // M leaves 1 0 −1 0 as well
    }

    void last_crossing_counts_and_none_is_invented() {
        const std::vector<LossScorePoint> points{
            point(0, 1, 3.2, 1),          point(0, 2, 2.9, 2), point(0, 3, 3.1, 3),
            point(0, 4, 2.7, 7),                                                    // crosses three times
            point(1, 1, 3.4, 5),          point(1, 2, 3.1, 6),                      // stops above
            point(2, 1, 3.3, 5),          point(2, 2, 3.0, 9), point(2, 3, 2.0, 1), // hits it exactly
            point(3, 1, std::nan(""), 5), point(3, 2, 2.5, 5)};                     // begins below
        const auto report = at_equal_loss(points, {}, 3.0, 0.15);
        QCOMPARE(report.runs_crossing, 2);
        QCOMPARE(report.runs_not_crossing, (std::vector<std::size_t>{1, 3}));
        // Run 0 crosses last a quarter of the way from 3.1 to 2.7: score 4; run 2 has 9.
        QVERIFY(close(*report.score_spread, 5));
        QCOMPARE(report.inside, (std::vector<std::size_t>{7, 5, 2, 1}));
    }

    void few_runs_data() {
        QTest::addColumn<int>("runs");
        QTest::addColumn<bool>("correlation");
        QTest::addColumn<bool>("test");
        QTest::addColumn<bool>("interval");
        QTest::addColumn<QString>("reading");
        QTest::newRow("2") << 2 << false << false << false << "too few runs";
        QTest::newRow("4") << 4 << true << false << false << "too few runs";
        QTest::newRow("5") << 5 << true << true << true << "few runs";
        QTest::newRow("7") << 7 << true << true << true << "few runs";
        QTest::newRow("8") << 8 << true << true << true << "over 8 runs";
        QTest::newRow("9") << 9 << true << true << true << "over 9 runs";
    }

    void few_runs() {
        QFETCH(int, runs);
        QFETCH(bool, correlation);
        QFETCH(bool, test);
        QFETCH(bool, interval);
        QFETCH(QString, reading);
        std::vector<double> m{1, 2, 4, 3, 7, 6, 9, 8, 5}, d{2, 1, 3, 5, 8, 4.5, 9, 7, 6};
        m.resize(static_cast<std::size_t>(runs));
        d.resize(static_cast<std::size_t>(runs));
        const auto sample = crossing_runs(m, d);
        const auto report = at_equal_loss(sample.points, {sample.quantity}, 3.0, 0.01);
        const auto& result = report.quantities.at(0);
        QCOMPARE(result.correlation.has_value(), correlation);
        QCOMPARE(result.permutation_p.has_value(), test);
        QCOMPARE(result.holm_p.has_value(), test);
        QCOMPARE(result.interval_low.has_value(), interval);
        QCOMPARE(result.interval_high.has_value(), interval);
        QCOMPARE(result.interval_wide, interval && runs < 8);
        QVERIFY2(QString::fromStdString(result.reading).contains(reading), result.reading.c_str());
    }

    void quantities_are_ranked_and_corrected() {
        const std::vector<double> d{2, 1, 3, 5, 8, 4.5, 9, 7};
        const auto strong = crossing_runs({1, 2, 4, 5, 7, 6, 9, 8}, d);
        const auto weak = crossing_runs({5, 3, 1, 9, 4, 4, 5, 6}, d);
        auto missing = strong.quantity;
        missing.key = "missing";
        std::fill(missing.values.begin(), missing.values.end(), std::nan(""));
        const auto report = at_equal_loss(
            strong.points, {missing, {"weak", weak.quantity.values}, {"strong", strong.quantity.values}}, 3.0, 0.01);
        QCOMPARE(report.quantities_tried, 3);
        QCOMPARE(report.quantities[0].key, std::string("strong"));
        QCOMPARE(report.quantities[1].key, std::string("weak"));
        QCOMPARE(report.quantities[2].key, std::string("missing"));
        QCOMPARE(*report.quantities[0].holm_p, std::min(1.0, 3 * *report.quantities[0].permutation_p));
        QVERIFY(!report.quantities[2].correlation);
        QVERIFY(QString::fromStdString(report.quantities[2].reading).contains("too few runs"));
    }

    void noisy_loss_data() {
        QTest::addColumn<double>("error");
        QTest::addColumn<bool>("warned");
        QTest::addColumn<bool>("refused");
        QTest::newRow("exact") << 0.0 << false << false;
        QTest::newRow("good") << 0.01 << false << false;
        QTest::newRow("doubtful") << 0.03 << true << false;
        QTest::newRow("useless") << 0.1 << true << true;
    }

    void noisy_loss() {
        QFETCH(double, error);
        QFETCH(bool, warned);
        QFETCH(bool, refused);
        auto sample = crossing_runs({1, 2, 4, 3, 7, 6}, {2, 1, 3, 5, 8, 4.5});
        for (auto& one : sample.points)
            one.loss_error = error;
        const auto report = at_equal_loss(sample.points, {sample.quantity}, 3.0, 0.01);
        // The losses are 6 × 3.2 and 6 × 2.8: variance .48 / 11.
        QVERIFY(close(*report.reliability, 1 - error * error / (0.48 / 11)));
        QCOMPARE(!report.warning.empty(), warned);
        QCOMPARE(!report.quantities[0].correlation.has_value(), refused);
    }

    // Losses that differ by less than their errors leave nothing to take out inside the band.
    void alike_losses_have_no_partial() {
        auto sample = crossing_runs({1, 2, 4, 3, 7, 6}, {2, 1, 3, 5, 8, 4.5});
        const std::vector<double> offsets{-.002, -.001, 0, .0005, .001, .002}; // variance 1.020833e-5 / 5
        for (std::size_t run = 0; run < 6; ++run) {
            sample.points.push_back({run, 1.5, 3.0 + offsets[run], 1e-4, static_cast<double>(run * run)});
            sample.quantity.values.push_back(static_cast<double>(run % 4));
        }
        const auto exact = at_equal_loss(sample.points, {sample.quantity}, 3.0, .01);
        QVERIFY(close(*exact.band_reliability, 1 - 1e-8 / (1.0208333e-5 / 5)));
        QVERIFY(exact.quantities[0].partial.has_value());
        for (auto& point : sample.points)
            point.loss_error = .001;
        const auto noisy = at_equal_loss(sample.points, {sample.quantity}, 3.0, .01);
        QVERIFY(*noisy.band_reliability < least_reliability);
        QVERIFY(!noisy.quantities[0].partial.has_value());
        QVERIFY(noisy.quantities[0].correlation.has_value()); // the crossings are interpolated from wider apart
    }

    void readings_claim_no_cause() {
        Normal normal(5);
        const auto sample = without_effect(12, normal);
        const auto report = at_equal_loss(sample.points, {sample.quantity}, 2.5, 0.2);
        const QString reading = QString::fromStdString(report.quantities[0].reading);
        for (const char* word : {"cause", "make", "improve", "because", "lead", "explain"})
            QVERIFY2(!reading.contains(QLatin1String(word)), qPrintable(reading));
    }

    void same_seed_same_report() {
        Normal normal(6);
        const auto sample = without_effect(12, normal);
        const auto a = at_equal_loss(sample.points, {sample.quantity}, 2.5, 0.1, 9);
        const auto b = at_equal_loss(sample.points, {sample.quantity}, 2.5, 0.1, 9);
        QCOMPARE(a.quantities[0].permutation_p, b.quantities[0].permutation_p);
        QCOMPARE(a.quantities[0].interval_low, b.quantities[0].interval_low);
    }

    void false_positives_data() {
        QTest::addColumn<int>("runs");
        QTest::addColumn<int>("repeats");
        QTest::newRow("6 runs, every order") << 6 << 1500;
        QTest::newRow("12 runs, random orders") << 12 << 1000;
    }

    /// Without any effect the test over runs is right about one time in twenty; the t test over checkpoints is not.
    void false_positives() {
        QFETCH(int, runs);
        QFETCH(int, repeats);
        Normal normal(20);
        int over_runs = 0, over_checkpoints = 0;
        for (int repeat = 0; repeat < repeats; ++repeat) {
            const auto sample = without_effect(static_cast<std::size_t>(runs), normal);
            const auto report =
                at_equal_loss(sample.points, {sample.quantity}, 2.5, 0.01, static_cast<std::uint64_t>(repeat));
            over_runs += *report.quantities[0].permutation_p < 0.05;
            std::vector<double> losses, scores;
            for (const auto& one : sample.points) {
                losses.push_back(one.loss);
                scores.push_back(one.score);
            }
            over_checkpoints += partial_correlation(sample.quantity.values, scores, losses)->p < 0.05;
        }
        const double rate = static_cast<double>(over_runs) / repeats;
        const double naive_rate = static_cast<double>(over_checkpoints) / repeats;
        QVERIFY2(rate >= 0.04 && rate <= 0.07, qPrintable(QString::number(rate)));
        QVERIFY2(naive_rate > 0.3, qPrintable(QString::number(naive_rate)));
    }
};

QTEST_APPLESS_MAIN(EqualLossTest)
#include "tst_equal_loss.moc"
