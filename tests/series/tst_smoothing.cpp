#include "engine/series/smoothing.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace isoloss;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

} // namespace

Q_DECLARE_METATYPE(std::vector<double>)

class SmoothingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void debiased_data() {
        QTest::addColumn<std::vector<double>>("values");
        QTest::addColumn<double>("weight");
        QTest::addColumn<std::vector<double>>("expected");
        using V = std::vector<double>;
        // Expected values: the formula of FORMATS.md in Python, last = last·w + (1−w)·y, out = last / (1 − wⁿ).
        QTest::newRow("gaps stay and do not count")
            << V{1, 2, 4, gap, 3, 5, infinity, 2} << 0.6
            << V{1, 1.625, 2.8367346938775513, gap, 2.911764705882353, 3.8174878556557945, infinity, 3.054914070891515};
        QTest::newRow("constant is left alone") << V{0.1, 0.1, gap, 0.1} << 0.9 << V{0.1, 0.1, gap, 0.1};
        QTest::newRow("no smoothing") << V{3, 1, 2} << 0.0 << V{3, 1, 2};
        QTest::newRow("weight that is none") << V{3, 1, 2} << gap << V{3, 1, 2};
        QTest::newRow("only gaps") << V{gap, infinity} << 0.5 << V{gap, infinity};
        QTest::newRow("empty") << V{} << 0.5 << V{};
        QTest::newRow("half") << V{0, 1} << 0.5 << V{0, 2.0 / 3};
    }

    void debiased() {
        QFETCH(std::vector<double>, values);
        QFETCH(double, weight);
        QFETCH(std::vector<double>, expected);
        const auto smoothed = debiased_ema(values, weight);
        QCOMPARE(smoothed.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            if (std::isfinite(expected[i]))
                QVERIFY(std::abs(smoothed[i] - expected[i]) < 1e-14);
            else
                QVERIFY(smoothed[i] == expected[i] || (std::isnan(smoothed[i]) && std::isnan(expected[i])));
        }
    }
};

QTEST_APPLESS_MAIN(SmoothingTest)
#include "tst_smoothing.moc"
