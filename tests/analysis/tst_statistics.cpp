#include "engine/analysis/distributions.h"
#include "engine/analysis/resampling.h"
#include "engine/analysis/statistics.h"
#include "engine/base/random.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace isoloss;

namespace {

using Column = std::vector<double>;

bool close(double actual, double expected, double tolerance) {
    return std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

bool relatively_close(double actual, double expected, double tolerance) {
    return std::abs(actual - expected) <= tolerance * std::abs(expected);
}

} // namespace

Q_DECLARE_METATYPE(Column)

class StatisticsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void correlations_data() {
        QTest::addColumn<Column>("a");
        QTest::addColumn<Column>("b");
        QTest::addColumn<double>("r");
        QTest::addColumn<double>("rho");
        QTest::addColumn<double>("tau");
        // METRICS.md 9 and ANALYSES.md D.
        QTest::newRow("with ties") << Column{1, 2, 2, 4, 5} << Column{1, 3, 2, 2, 5} << .762444 << .763158 << .666667;
        QTest::newRow("without ties") << Column{1, 2, 3, 4, 5, 6} << Column{1.2, 1.9, 3.2, 3.8, 5.5, 5.2} << .971837
                                      << .942857 << .866667;
    }

    void correlations() {
        QFETCH(Column, a);
        QFETCH(Column, b);
        QFETCH(double, r);
        QFETCH(double, rho);
        QFETCH(double, tau);
        QVERIFY(close(*pearson(a, b), r, 5e-7));
        QVERIFY(close(*spearman(a, b), rho, 5e-7));
        QVERIFY(close(*kendall_tau_b(a, b), tau, 5e-7));
    }

    void correlation_of_nothing_is_undefined_data() {
        QTest::addColumn<Column>("a");
        QTest::addColumn<Column>("b");
        QTest::newRow("empty") << Column{} << Column{};
        QTest::newRow("one pair") << Column{1} << Column{2};
        QTest::newRow("constant") << Column{1, 2, 3} << Column{4, 4, 4};
        QTest::newRow("constant up to rounding") << Column{1, 2, 3} << Column{0.1, 0.1, 0.1};
        QTest::newRow("lengths differ") << Column{1, 2, 3} << Column{1, 2};
    }

    void correlation_of_nothing_is_undefined() {
        QFETCH(Column, a);
        QFETCH(Column, b);
        QVERIFY(!pearson(a, b));
        QVERIFY(!spearman(a, b));
        QVERIFY(!kendall_tau_b(a, b));
    }

    void ranks() { QCOMPARE(average_ranks(Column{5, 1, 5, 5, 0}), (Column{4, 2, 4, 4, 1})); }

    void student_t_data() {
        QTest::addColumn<double>("t");
        QTest::addColumn<double>("degrees");
        QTest::addColumn<double>("p");
        // scipy 1.10: 2·stats.t.sf(|t|, degrees)
        QTest::newRow("0") << 0.0 << 5.0 << 1.0;
        QTest::newRow("cauchy") << 1.0 << 1.0 << 0.5;
        QTest::newRow("2.5") << 2.5 << 3.0 << 0.08770664700806555;
        QTest::newRow("worked example") << -4.67137 << 3.0 << 0.018525019806008867;
        QTest::newRow("tail") << 12.0 << 30.0 << 5.580185415199261e-13;
        QTest::newRow("half a degree") << 0.1 << 0.5 << 0.9463316211286064;
        QTest::newRow("far tail") << 40.0 << 10.0 << 2.2808577430857475e-12;
        QTest::newRow("infinite") << HUGE_VAL << 3.0 << 0.0;
    }

    void student_t() {
        QFETCH(double, t);
        QFETCH(double, degrees);
        QFETCH(double, p);
        QVERIFY(relatively_close(student_t_two_sided(t, degrees), p, 1e-10));
        QVERIFY(relatively_close(student_t_two_sided(-t, degrees), p, 1e-10));
    }

    void normal() {
        // scipy 1.10: 2·stats.norm.sf(z)
        QVERIFY(relatively_close(normal_two_sided(1), 0.31731050786291415, 1e-12));
        QVERIFY(relatively_close(normal_two_sided(-1.96), 0.04999579029644087, 1e-12));
        QVERIFY(relatively_close(normal_two_sided(5), 5.733031437583866e-07, 1e-12));
    }

    void mcnemar_data() {
        QTest::addColumn<int>("a");
        QTest::addColumn<int>("b");
        QTest::addColumn<double>("p");
        // scipy 1.10: stats.binomtest(min, a + b, 0.5).pvalue
        QTest::newRow("5 against 15") << 5 << 15 << 0.04138946533203125;
        QTest::newRow("0 against 6") << 6 << 0 << 0.03125;
        QTest::newRow("even") << 3 << 3 << 1.0;
        QTest::newRow("one") << 1 << 0 << 1.0;
        QTest::newRow("nothing changed") << 0 << 0 << 1.0;
        QTest::newRow("40 against 70") << 40 << 70 << 0.005447429511444476;
        QTest::newRow("hundreds") << 200 << 320 << 1.5983000553156478e-07;
    }

    void mcnemar() {
        QFETCH(int, a);
        QFETCH(int, b);
        QFETCH(double, p);
        QVERIFY(relatively_close(mcnemar_exact(a, b), p, 1e-9));
    }

    void holm_steps_down() {
        // By hand: sorted .01 .02 .03 .04 × 4 3 2 1 → .04 .06 .06 .06 with a running maximum.
        const auto adjusted = holm(Column{.03, .01, .04, .02}, 4);
        const Column expected{.06, .04, .06, .06};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(close(adjusted[i], expected[i], 1e-15));
        QVERIFY(close(holm(Column{.01}, 7)[0], .07, 1e-15));
        QCOMPARE(holm(Column{.5}, 7)[0], 1.0);
    }

    void exact_permutation() {
        // All 720 orders in Python: 32 reach |r| = .826472.
        const Column a{1, 2, 4, 3, 7, 6}, b{2, 1, 3, 5, 8, 4.5};
        const PermutationTest test(6, 0);
        QVERIFY(test.exact());
        QVERIFY(close(test.test(a, b)->p, 32.0 / 720, 1e-12));
        QVERIFY(!test.test(a, Column(6, 1.0)));
    }

    void permutation_is_the_same_for_a_seed() {
        Column a, b;
        RandomSource random(3);
        for (int i = 0; i < 12; ++i) {
            a.push_back(static_cast<double>(random.below(1000)));
            b.push_back(static_cast<double>(random.below(1000)));
        }
        QCOMPARE(PermutationTest(12, 1).test(a, b)->p, PermutationTest(12, 1).test(a, b)->p);
        // Two seeds estimate the same p: 10,000 orders have a standard error of at most .005.
        QVERIFY(std::abs(PermutationTest(12, 1).test(a, b)->p - PermutationTest(12, 2).test(a, b)->p) < .03);
    }

    void quantiles() {
        const Column sorted{1, 2, 4, 8};
        QCOMPARE(quantile(sorted, 0), 1.0);
        QCOMPARE(quantile(sorted, 0.5), 3.0);
        QCOMPARE(quantile(sorted, 1), 8.0);
    }
};

QTEST_APPLESS_MAIN(StatisticsTest)
#include "tst_statistics.moc"
