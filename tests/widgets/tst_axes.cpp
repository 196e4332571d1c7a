#include "widgets/axis_ticks.h"
#include "widgets/axis_transform.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace isoloss;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct AxisCase {
    const char* name;
    AxisScale scale;
    AxisRange range;
};

const AxisCase cases[] = {
    {"linear", AxisScale::linear, {2.8, 3.7}},
    {"linear negative", AxisScale::linear, {-7, -3}},
    {"linear around zero", AxisScale::linear, {-1, 2}},
    {"tiny", AxisScale::linear, {1e-9, 3e-9}},
    {"tiny with offset", AxisScale::linear, {3.1400001, 3.1400009}},
    {"huge", AxisScale::linear, {0, 6e23}},
    {"steps", AxisScale::linear, {0, 143000}},
    {"log three decades", AxisScale::log, {1e-3, 1}},
    {"log less than a decade", AxisScale::log, {2.1, 3.9}},
    {"log one decade and a half", AxisScale::log, {20, 700}},
    {"log thirty decades", AxisScale::log, {1e-12, 1e18}},
    {"symlog", AxisScale::symlog, {-1000, 1000}},
    {"symlog inside the linear part", AxisScale::symlog, {-1, 1}},
};

} // namespace

class AxesTest : public QObject {
    Q_OBJECT

    static void axis_rows() {
        QTest::addColumn<int>("scale");
        QTest::addColumn<double>("min");
        QTest::addColumn<double>("max");
        for (const AxisCase& row : cases)
            QTest::newRow(row.name) << static_cast<int>(row.scale) << row.range.min << row.range.max;
    }

    static QStringList labels(const std::vector<AxisTick>& ticks) {
        QStringList list;
        for (const AxisTick& tick : ticks)
            if (!tick.label.isEmpty()) list << tick.label;
        return list;
    }

private Q_SLOTS:

    void transform_round_trip_data() { axis_rows(); }

    void transform_round_trip() {
        QFETCH(int, scale);
        QFETCH(double, min);
        QFETCH(double, max);
        for (const bool reversed : {false, true}) {
            ChartAxis axis;
            axis.scale = static_cast<AxisScale>(scale);
            axis.reversed = reversed;
            const AxisTransform transform(axis, {min, max}, 60, 860);
            QCOMPARE(transform.position(reversed ? max : min) - 60 + 1, 1.0);
            QCOMPARE(transform.position(reversed ? min : max), 860.0);
            for (double pixel = 60; pixel <= 860; pixel += 37)
                QVERIFY(std::abs(transform.position(transform.value(pixel)) - pixel) < 1e-4);
        }
    }

    void ticks_are_inside_rising_and_distinct_data() { axis_rows(); }

    void ticks_are_inside_rising_and_distinct() {
        QFETCH(int, scale);
        QFETCH(double, min);
        QFETCH(double, max);
        ChartAxis axis;
        axis.scale = static_cast<AxisScale>(scale);
        for (const int wanted : {3, 6, 12}) {
            const auto ticks = axis_ticks(axis, {min, max}, wanted);
            const QStringList texts = labels(ticks);
            QVERIFY2(texts.size() >= 2, qPrintable(texts.join(QLatin1Char(' '))));
            QVERIFY2(texts.size() <= 2 * wanted + 1, qPrintable(texts.join(QLatin1Char(' '))));
            QCOMPARE(QSet<QString>(texts.begin(), texts.end()).size(), texts.size());
            const double slack = (max - min) * 1e-6;
            double previous = -infinity;
            for (const AxisTick& tick : ticks) {
                QVERIFY(tick.value > previous);
                QVERIFY(tick.value >= min - slack && tick.value <= max + slack);
                previous = tick.value;
            }
        }
    }

    void tick_labels_data() {
        QTest::addColumn<int>("scale");
        QTest::addColumn<int>("numbers");
        QTest::addColumn<double>("min");
        QTest::addColumn<double>("max");
        QTest::addColumn<int>("wanted");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char* name, AxisScale scale, AxisNumbers numbers, double min, double max, int wanted,
                            const char* expected) {
            QTest::newRow(name) << static_cast<int>(scale) << static_cast<int>(numbers) << min << max << wanted
                                << QString::fromUtf8(expected).split(QLatin1Char('|'));
        };
        const auto linear = AxisScale::linear;
        const auto real = AxisNumbers::real;
        row("losses", linear, real, 2.8, 3.7, 10, "2.8|2.9|3.0|3.1|3.2|3.3|3.4|3.5|3.6|3.7");
        row("accuracy", linear, real, 0.36, 0.57, 5, "0.40|0.45|0.50|0.55");
        row("zero has no decimals", linear, real, -0.5, 0.5, 4, "−0.50|−0.25|0|0.25|0.50");
        row("steps in thousands", linear, AxisNumbers::integer, 0, 143000, 4, "0|50k|100k");
        row("tokens in billions", linear, real, 0, 3e9, 3, "0|1B|2B|3B");
        row("small whole numbers", linear, AxisNumbers::integer, 0, 3, 12, "0|1|2|3");
        row("FLOPs", linear, real, 0, 2e21, 4, "0|0.5×10²¹|1.0×10²¹|1.5×10²¹|2.0×10²¹");
        row("learning rates", linear, real, 0, 6e-5, 3, "0|2×10⁻⁵|4×10⁻⁵|6×10⁻⁵");
        row("within a decade", AxisScale::log, real, 2.1, 3.9, 4, "2.5|3.0|3.5");
        row("decades", AxisScale::log, real, 1e-3, 10, 6, "0.001|0.01|0.1|1|10");
        row("1 2 5", AxisScale::log, real, 1, 100, 8, "1|2|5|10|20|50|100");
        row("powers", AxisScale::log, real, 1e15, 1e21, 8, "10¹⁵|10¹⁶|10¹⁷|10¹⁸|10¹⁹|10²⁰|10²¹");
        row("symlog", AxisScale::symlog, real, -100, 100, 8, "−100|−10|−1|0|1|10|100");
        row("hours", linear, AxisNumbers::hours, 0, 5, 5, "0|1|2|3|4|5");
        row("minutes", linear, AxisNumbers::hours, 0, 0.5, 4, "0:00|0:10|0:20|0:30");
        // 2023-11-14 22:13:20 UTC is 1.7e9.
        row("UTC", linear, AxisNumbers::utc, 1.7e9, 1.7e9 + 6 * 3600, 4, "Nov 15|02:00|04:00");
    }

    void tick_labels() {
        QFETCH(int, scale);
        QFETCH(int, numbers);
        QFETCH(double, min);
        QFETCH(double, max);
        QFETCH(int, wanted);
        QFETCH(QStringList, expected);
        ChartAxis axis;
        axis.scale = static_cast<AxisScale>(scale);
        axis.numbers = static_cast<AxisNumbers>(numbers);
        QCOMPARE(labels(axis_ticks(axis, {min, max}, wanted)), expected);
    }

    void ranges_become_drawable_data() {
        QTest::addColumn<int>("scale");
        QTest::addColumn<double>("min");
        QTest::addColumn<double>("max");
        const double nan = std::numeric_limits<double>::quiet_NaN();
        for (const auto scale : {AxisScale::linear, AxisScale::log, AxisScale::symlog}) {
            const auto row = [scale](const char* name, double min, double max) {
                QTest::addRow("%s, scale %d", name, static_cast<int>(scale)) << static_cast<int>(scale) << min << max;
            };
            row("equal", 3, 3);
            row("zero", 0, 0);
            row("swapped", 5, 2);
            row("NaN", nan, 1);
            row("infinite", -infinity, infinity);
            row("negative", -5, -2);
            row("around zero", -5, 2);
            row("largest", -1.7e308, 1.7e308);
            row("smallest", 5e-324, 1e-323);
            row("one ulp", 1, std::nextafter(1.0, 2.0));
        }
    }

    void ranges_become_drawable() {
        QFETCH(int, scale);
        QFETCH(double, min);
        QFETCH(double, max);
        ChartAxis axis;
        axis.scale = static_cast<AxisScale>(scale);
        const AxisRange range = drawable_range({min, max}, axis.scale);
        QVERIFY(std::isfinite(range.min) && std::isfinite(range.max) && range.min < range.max);
        if (axis.scale == AxisScale::log) QVERIFY(range.min > 0);
        const AxisTransform transform(axis, {min, max}, 0, 800);
        QVERIFY(std::abs(transform.position(range.max) - 800) < 1e-3);
        QVERIFY(axis_ticks(axis, {min, max}, 8).size() < 400);
    }

    void zoom_keeps_its_anchor_data() { axis_rows(); }

    void zoom_keeps_its_anchor() {
        QFETCH(int, scale);
        QFETCH(double, min);
        QFETCH(double, max);
        ChartAxis axis;
        axis.scale = static_cast<AxisScale>(scale);
        const AxisTransform before(axis, {min, max}, 0, 800);
        const double anchor = before.value(200);
        const AxisTransform after(axis, zoomed(before, 200, 0.5), 0, 800);
        QVERIFY(std::abs(after.position(anchor) - 200) < 0.01);
        QVERIFY(std::abs((after.warp(after.range().max) - after.warp(after.range().min)) /
                             (before.warp(before.range().max) - before.warp(before.range().min)) -
                         0.5) < 1e-3);
        // Panning by 100 pixels moves every value by 100 pixels.
        const AxisTransform moved(axis, panned(before, 100), 0, 800);
        QVERIFY(std::abs(moved.position(anchor) - 300) < 0.01);
    }

    void not_positive_has_no_place_on_a_log_axis() {
        ChartAxis axis;
        axis.scale = AxisScale::log;
        const AxisTransform transform(axis, {1, 100}, 0, 800);
        QVERIFY(std::isnan(transform.position(0)));
        QVERIFY(std::isnan(transform.position(-1)));
    }
};

QTEST_GUILESS_MAIN(AxesTest)
#include "tst_axes.moc"
