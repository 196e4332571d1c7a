#include "engine/series/robust_range.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

using V = std::vector<double>;

double linear(double value) {
    return value;
}

double logarithmic(double value) {
    return std::log10(value);
}

double symlog(double value) {
    return std::asinh(value);
}

/// `count` values from `low` to `high`, evenly spread on the axis of `inverse`.
V spread(int count, double low, double high, double (*inverse)(double) = linear) {
    V values;
    for (int i = 0; i < count; ++i)
        values.push_back(inverse(low + (high - low) * i / (count - 1)));
    return values;
}

double ten_to(double exponent) {
    return std::pow(10, exponent);
}

V with(V values, const V& more) {
    values.insert(values.end(), more.begin(), more.end());
    return values;
}

} // namespace

Q_DECLARE_METATYPE(V)

class RobustRangeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void ranges_data() {
        QTest::addColumn<V>("values"); ///< buckets of one point each
        QTest::addColumn<int>("scale");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<bool>("cuts_low");
        QTest::addColumn<bool>("cuts_high");
        const auto row = [](const char* name, const V& values, int scale, double low, double high, bool cuts_low,
                            bool cuts_high) {
            QTest::newRow(name) << values << scale << low << high << cuts_low << cuts_high;
        };
        const V plain = spread(101, 2, 3);
        row("nothing extreme", plain, 0, 2, 3, false, false);
        row("a spike", with(plain, {1000}), 0, 2, 3, false, true);
        row("spikes on both sides", with(plain, {1000, -500}), 0, 2, 3, true, true);
        // The middle 96 % is about [2.02, 2.98], the fences [0.6, 4.4]: 4.3 is within, 4.6 is not.
        row("within the fences", with(plain, {4.3}), 0, 2, 4.3, false, false);
        row("a spike is left out, its neighbour is not", with(plain, {4.3, 1000}), 0, 2, 4.3, false, true);
        row("three times as long is little to gain", with(plain, {4.95}), 0, 2, 4.95, false, false);
        row("more is not", with(plain, {5.05}), 0, 2, 3, false, true);
        row("what takes a part of the picture stays", with(plain, spread(4, 500, 1000)), 0, 2, 1000, false, false);
        row("few buckets", with(spread(18, 2, 3), {1000}), 0, 2, 1000, false, false);
        row("just enough", with(spread(19, 2, 3), {1000}), 0, 2, 3, false, true);
        row("mostly equal: nothing to measure with", with(V(200, 0.0), {1}), 0, 0, 1, false, false);
        row("all equal", V(50, 7.0), 0, 7, 7, false, false);
        row("NaN and infinities are passed over", with(plain, {undefined, HUGE_VAL, -HUGE_VAL}), 0, 2, 3, false, false);
        row("negative", with(spread(101, -3, -2), {-1000}), 0, -3, -2, true, false);
        const V decades = spread(101, -6, 2, ten_to);
        row("eight decades, linear", decades, 0, 1e-6, 100, false, false);
        row("eight decades, logarithmic", decades, 1, 1e-6, 100, false, false);
        row("far up on a logarithmic axis", with(decades, {1e30}), 1, 1e-6, 100, false, true);
        row("far down on a logarithmic axis", with(decades, {1e-35}), 1, 1e-6, 100, true, false);
        row("no place on a logarithmic axis", with(decades, {0, -5}), 1, 1e-6, 100, false, false);
        row("gradients on a symlog axis", with(spread(101, -1, 1), {1e6}), 2, -1, 1, false, true);
    }

    void ranges() {
        QFETCH(V, values);
        QFETCH(int, scale);
        QFETCH(double, low);
        QFETCH(double, high);
        constexpr double (*positions[])(double) = {linear, logarithmic, symlog};
        RobustRange robust(positions[scale]);
        robust.add(values, values);
        const auto range = robust.range();
        QVERIFY(range.has_value());
        QVERIFY(std::abs(range->low - low) <= 1e-12 * std::abs(low));
        QVERIFY(std::abs(range->high - high) <= 1e-12 * std::abs(high));
        QTEST(range->cuts_low, "cuts_low");
        QTEST(range->cuts_high, "cuts_high");
    }

    void nothing() {
        RobustRange robust(logarithmic);
        QVERIFY(!robust.range());
        robust.add(V{0, undefined}, V{-1, 0});
        QVERIFY(!robust.range());
    }

    /// Buckets that hold a spike still say where their least value is; curves and bands count together.
    void buckets_of_several_curves() {
        std::mt19937_64 random(1);
        std::vector<float> least, greatest;
        for (int i = 0; i < 1600; ++i) {
            least.push_back(2 + static_cast<float>(random() % 100) / 1000);
            greatest.push_back(least.back() + 0.1f);
        }
        least[700] = 1.95f;
        greatest[700] = 4000;
        RobustRange robust(linear);
        robust.add(least, greatest);
        auto range = robust.range();
        QVERIFY(range->cuts_high && !range->cuts_low);
        QCOMPARE(range->low, static_cast<double>(1.95f));
        QVERIFY(range->high > 2.19 && range->high < 2.2);
        robust.add(V(400, 100), V(400, 101)); // a band elsewhere, a fifth of the picture
        range = robust.range();
        QVERIFY(range->cuts_high);
        QCOMPARE(range->high, 101.0);
    }

    /// The steep beginning of a loss, 11 to 3 within the first 1 % of the steps, does not leave the chart on a
    /// logarithmic axis.
    void the_beginning_of_a_loss() {
        V values;
        for (int i = 0; i < 1600; ++i)
            values.push_back(2.5 + 8.5 * std::exp(-i / 5.0) + 0.3 * std::exp(-i / 800.0));
        RobustRange on_logarithm(logarithmic);
        on_logarithm.add(values, values);
        QVERIFY(on_logarithm.range()->high < 11.3);
        QVERIFY(on_logarithm.range()->low >= 2.5);
        RobustRange on_line(linear);
        on_line.add(values, values);
        QVERIFY(on_line.range()->cuts_high);
        QVERIFY(!on_line.range()->cuts_low);
    }
};

QTEST_APPLESS_MAIN(RobustRangeTest)
#include "tst_robust_range.moc"
