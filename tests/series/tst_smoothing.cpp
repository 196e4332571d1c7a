#include "engine/series/smoothing.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

using V = std::vector<double>;

const V with_gaps{1, 2, 4, gap, 3, 5, infinity, 2};

bool same(double a, double b, double tolerance) {
    return std::isfinite(b) ? std::abs(a - b) <= tolerance : a == b || (std::isnan(a) && std::isnan(b));
}

// The definition itself: a weighted mean of what is finite and near.
double by_definition(const V& values, std::size_t i, const Smoothing& smoothing) {
    if (!std::isfinite(values[i])) return values[i];
    const auto reach = static_cast<double>(smoothing.reach());
    long double sum = 0, weights = 0;
    for (std::size_t j = 0; j < values.size(); ++j) {
        const double distance = static_cast<double>(j) - static_cast<double>(i);
        if (std::abs(distance) > reach || !std::isfinite(values[j])) continue;
        const double weight = smoothing.kind == SmoothingKind::gaussian
                                  ? std::exp(-distance * distance / (2 * smoothing.amount * smoothing.amount))
                                  : 1;
        sum += static_cast<long double>(weight) * static_cast<long double>(values[j]);
        weights += static_cast<long double>(weight);
    }
    return static_cast<double>(sum / weights);
}

} // namespace

Q_DECLARE_METATYPE(std::vector<double>)
Q_DECLARE_METATYPE(isoloss::Smoothing)

class SmoothingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void smoothed_values_data() {
        QTest::addColumn<V>("values");
        QTest::addColumn<Smoothing>("smoothing");
        QTest::addColumn<V>("expected");
        using enum SmoothingKind;
        // Expected values: the formula of FORMATS.md in Python, last = last·w + (1−w)·y, out = last / (1 − wⁿ).
        QTest::newRow("EMA: gaps stay and do not count")
            << with_gaps << Smoothing{ema, 0.6}
            << V{1, 1.625, 2.8367346938775513, gap, 2.911764705882353, 3.8174878556557945, infinity, 3.054914070891515};
        QTest::newRow("constant is left alone")
            << V{0.1, 0.1, gap, 0.1} << Smoothing{ema, 0.9} << V{0.1, 0.1, gap, 0.1};
        QTest::newRow("no smoothing") << V{3, 1, 2} << Smoothing{none, 0.9} << V{3, 1, 2};
        QTest::newRow("weight of nothing") << V{3, 1, 2} << Smoothing{ema, 0.0} << V{3, 1, 2};
        QTest::newRow("weight that is none") << V{3, 1, 2} << Smoothing{ema, gap} << V{3, 1, 2};
        QTest::newRow("only gaps") << V{gap, infinity} << Smoothing{gaussian, 2} << V{gap, infinity};
        QTest::newRow("empty") << V{} << Smoothing{running_mean, 5} << V{};
        QTest::newRow("half") << V{0, 1} << Smoothing{ema, 0.5} << V{0, 2.0 / 3};
        // Expected values: numpy, per finite y[i] over finite j in [i − int(4σ + ½), i + int(4σ + ½)] within the array
        // (g·y[j]).sum() / g.sum() with g = exp(−(j−i)²/2σ²), and the mean of the finite y[i − w//2 : i + w//2 + 1].
        QTest::newRow("Gaussian, narrow")
            << with_gaps << Smoothing{gaussian, 0.6}
            << V{1.2082239022677312, 2.1663785105699223, 3.5909835157812267, gap,
                 3.401023833040515,  4.592806578361505,  infinity,           2.011553097067791};
        QTest::newRow("Gaussian") << with_gaps << Smoothing{gaussian, 1.5}
                                  << V{1.9386831903976371, 2.369441770712043,  2.8710585459852447, gap,
                                       3.670939063363989,  3.7093267861909234, infinity,           2.8876309426821587};
        QTest::newRow("Gaussian wider than the series")
            << with_gaps << Smoothing{gaussian, 10}
            << V{2.8144119406680117, 2.827493085055284, 2.84019208272537, gap,
                 2.864378607241498,  2.875835199781509, infinity,         2.8974031413249155};
        const V mean_of_3{1.5, 7.0 / 3, 3, gap, 4, 4, infinity, 2};
        QTest::newRow("running mean of 3") << with_gaps << Smoothing{running_mean, 3} << mean_of_3;
        QTest::newRow("an even width is the next odd one") << with_gaps << Smoothing{running_mean, 2} << mean_of_3;
        QTest::newRow("running mean of 5")
            << with_gaps << Smoothing{running_mean, 5} << V{7.0 / 3, 7.0 / 3, 2.5, gap, 4, 10.0 / 3, infinity, 3.5};
        QTest::newRow("running mean wider than the series")
            << with_gaps << Smoothing{running_mean, 99}
            << V{17.0 / 6, 17.0 / 6, 17.0 / 6, gap, 17.0 / 6, 17.0 / 6, infinity, 17.0 / 6};
        QTest::newRow("a window of one point") << V{3, 1, 2} << Smoothing{running_mean, 1} << V{3, 1, 2};
        // What left the window is gone to the last digit.
        QTest::newRow("running mean past a spike")
            << V{1e30, 1, 2, 3, 4, 5} << Smoothing{running_mean, 3} << V{5e29, 1e30 / 3, 2, 3, 4, 4.5};
    }

    void smoothed_values() {
        QFETCH(V, values);
        QFETCH(Smoothing, smoothing);
        QFETCH(V, expected);
        const auto result = smoothed(values, smoothing);
        QCOMPARE(result.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(same(result[i], expected[i], 1e-14 * std::max(1.0, std::abs(expected[i]))));
    }

    /// Any part of a random series, averaged by itself, is what the definition says and the same bits as in the whole.
    void windows_data() {
        QTest::addColumn<Smoothing>("smoothing");
        for (const double deviation : {0.2, 1.0, 7.3, 150.0})
            QTest::addRow("Gaussian %g", deviation) << Smoothing{SmoothingKind::gaussian, deviation};
        for (const double width : {2.0, 9.0, 64.0, 1001.0})
            QTest::addRow("running mean %g", width) << Smoothing{SmoothingKind::running_mean, width};
    }

    void windows() {
        QFETCH(Smoothing, smoothing);
        std::mt19937_64 random(11);
        V values;
        for (int i = 0; i < 700; ++i)
            values.push_back(random() % 17 == 0 ? gap : static_cast<double>(random() % 10000) / 777 - 3);
        for (int repeat = 0; repeat < 20; ++repeat) {
            std::size_t begin = random() % values.size(), end = random() % (values.size() + 1);
            if (begin > end) std::swap(begin, end);
            const auto averages = window_averages(values, begin, end, smoothing);
            QCOMPARE(averages.size(), end - begin);
            for (std::size_t i = begin; i < end; ++i)
                QVERIFY(same(averages[i - begin], by_definition(values, i, smoothing), 1e-12));
        }
    }

    void words_data() {
        QTest::addColumn<Smoothing>("smoothing");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("formula");
        using enum SmoothingKind;
        QTest::newRow("none") << Smoothing{} << ""
                              << "";
        QTest::newRow("EMA") << Smoothing{ema, 0.9} << "EMA 0.9"
                             << "EMA w = 0.9, debiased: sᵢ = w·sᵢ₋₁ + (1−w)·yᵢ, yᵢ′ = sᵢ/(1−wⁿ)";
        QTest::newRow("Gaussian")
            << Smoothing{gaussian, 2.5} << "Gaussian σ 2.5"
            << "Gaussian σ = 2.5 points, cut at 4σ: yᵢ′ = Σⱼ gⱼ·yⱼ / Σⱼ gⱼ, gⱼ = exp(−(j−i)²/2σ²)";
        QTest::newRow("running mean") << Smoothing{running_mean, 10} << "running mean of 11"
                                      << "running mean of 11 points, centred: yᵢ′ = mean of yⱼ, |j−i| ≤ 5";
        QTest::newRow("cut to what there is") << Smoothing{ema, 2} << "EMA 0.999"
                                              << "EMA w = 0.999, debiased: sᵢ = w·sᵢ₋₁ + (1−w)·yᵢ, yᵢ′ = sᵢ/(1−wⁿ)";
    }

    void words() {
        QFETCH(Smoothing, smoothing);
        QFETCH(QString, name);
        QFETCH(QString, formula);
        QCOMPARE(QString::fromStdString(smoothing_name(smoothing)), name);
        QCOMPARE(QString::fromStdString(smoothing_formula(smoothing)), formula);
    }
};

QTEST_APPLESS_MAIN(SmoothingTest)
#include "tst_smoothing.moc"
