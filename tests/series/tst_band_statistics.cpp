#include "engine/series/band_statistics.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

struct At {
    double centre = 0, low = 0, high = 0;
    std::uint32_t n = 0;
};

template <typename Value>
std::vector<At> band_of(const std::vector<std::vector<Value>>& rows, BandCentre centre, BandSpread spread,
                        double percentile, bool complete) {
    std::vector<const Value*> pointers;
    for (const auto& row : rows)
        pointers.push_back(row.data());
    const std::size_t size = rows.empty() ? 0 : rows.front().size();
    BandColumns columns;
    columns.resize(size);
    BandStatistics(centre, spread, percentile, rows.size())
        .evaluate(ValueRows<Value>{pointers, size, complete}, columns, 0);
    std::vector<At> result;
    for (std::size_t i = 0; i < size; ++i)
        result.push_back({columns.centre[i], columns.low[i], columns.high[i], columns.n[i]});
    return result;
}

// Numpy's linear percentile of sorted values, written from its definition in extended precision.
double percentile_of(const std::vector<double>& sorted, long double share) {
    const long double place = share * static_cast<long double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const auto above = std::min(below + 1, sorted.size() - 1);
    const long double t = place - static_cast<long double>(below);
    return static_cast<double>((1 - t) * static_cast<long double>(sorted[below]) +
                               t * static_cast<long double>(sorted[above]));
}

// In two passes, in extended precision.
At expected_at(std::vector<double> values, BandCentre centre, BandSpread spread, double percentile) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    std::ranges::sort(values);
    const std::size_t n = values.size();
    if (n == 0) return {gap, gap, gap, 0};
    long double sum = 0, squares = 0;
    for (const double value : values)
        sum += static_cast<long double>(value);
    const long double mean = sum / static_cast<long double>(n);
    for (const double value : values)
        squares += (static_cast<long double>(value) - mean) * (static_cast<long double>(value) - mean);
    At at{centre == BandCentre::mean ? static_cast<double>(mean) : percentile_of(values, 0.5L), gap, gap,
          static_cast<std::uint32_t>(n)};
    if (spread == BandSpread::min_max) at.low = values.front(), at.high = values.back();
    if (spread == BandSpread::percentiles) {
        const long double share = static_cast<long double>(percentile) / 100;
        at.low = percentile_of(values, share);
        at.high = percentile_of(values, 1 - share);
    }
    if (spread == BandSpread::standard_deviation || spread == BandSpread::standard_error) {
        long double reach = n > 1 ? std::sqrt(squares / static_cast<long double>(n - 1)) : std::nanl("");
        if (spread == BandSpread::standard_error) reach /= std::sqrt(static_cast<long double>(n));
        at.low = static_cast<double>(mean - reach);
        at.high = static_cast<double>(mean + reach);
    }
    return at;
}

bool is_near(double a, double b, double tolerance) {
    return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

} // namespace

Q_DECLARE_METATYPE(std::vector<double>)
Q_DECLARE_METATYPE(BandCentre)
Q_DECLARE_METATYPE(BandSpread)

class BandStatisticsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void one_place_data() {
        QTest::addColumn<std::vector<double>>("values");
        QTest::addColumn<BandCentre>("centre");
        QTest::addColumn<BandSpread>("spread");
        QTest::addColumn<double>("percentile");
        QTest::addColumn<std::vector<double>>("expected"); ///< centre, low, high, n
        using V = std::vector<double>;
        using enum BandCentre;
        using enum BandSpread;
        const V five{2.5, 3.25, -1, 7.75, 4.5};
        // Of the five: numpy 1.24 mean, std(ddof=1), percentile; scipy 1.10 stats.t.interval(0.95, 4, …).
        const auto row = [](const char* name, const V& values, BandCentre centre, BandSpread spread, double percentile,
                            const V& expected) {
            QTest::newRow(name) << values << centre << spread << percentile << expected;
        };
        row("no spread", five, mean, none, 25, {3.4, gap, gap, 5});
        row("standard deviation", five, mean, standard_deviation, 25,
            {3.4, 3.4 - 3.175098423671304, 3.4 + 3.175098423671304, 5});
        row("standard error", five, mean, standard_error, 25,
            {3.4, 3.4 - 1.4199471821162926, 3.4 + 1.4199471821162926, 5});
        row("t interval", five, mean, t_interval, 25, {3.4, -0.542405403426188, 7.342405403426188, 5});
        row("quartiles", five, median, percentiles, 25, {3.25, 2.5, 4.5, 5});
        row("deciles", five, median, percentiles, 10, {3.25, 0.4, 6.45, 5});
        row("percentile 0 is the extremes", five, mean, percentiles, 0, {3.4, -1, 7.75, 5});
        row("percentile 50 is the median", five, mean, percentiles, 50, {3.4, 3.25, 3.25, 5});
        row("a percentile that is none", five, median, percentiles, gap, {3.25, -1, 7.75, 5});
        row("extremes", five, median, min_max, 25, {3.25, -1, 7.75, 5});
        row("about the mean though the line is the median", five, median, standard_deviation, 25,
            {3.25, 3.4 - 3.175098423671304, 3.4 + 3.175098423671304, 5});
        row("two", {1, 2}, median, percentiles, 25, {1.5, 1.25, 1.75, 2});
        row("one run has no deviation", {4}, mean, standard_deviation, 25, {4, gap, gap, 1});
        row("nor a standard error", {4}, mean, standard_error, 25, {4, gap, gap, 1});
        row("nor an interval", {4}, mean, t_interval, 25, {4, gap, gap, 1});
        row("one run has extremes", {4}, mean, min_max, 25, {4, 4, 4, 1});
        row("and percentiles", {4}, median, percentiles, 25, {4, 4, 4, 1});
        row("gaps do not count", {gap, 1, gap, 2}, mean, min_max, 25, {1.5, 1, 2, 2});
        row("one beside a gap", {gap, 1}, mean, standard_deviation, 25, {1, gap, gap, 1});
        row("only gaps", {gap, gap}, median, percentiles, 25, {gap, gap, gap, 0});
        row("only gaps have no extremes", {gap, gap}, mean, min_max, 25, {gap, gap, gap, 0});
        row("equal values", {0.1, 0.1, 0.1}, mean, standard_deviation, 25, {0.1, 0.1, 0.1, 3});
        // std(ddof=1) = 1.2909944487358056, whatever is added to all.
        row("a small deviation from a large mean", {1e8, 1e8 + 1, 1e8 + 2, 1e8 + 3}, mean, standard_deviation, 25,
            {1e8 + 1.5, 1e8 + 1.5 - 1.2909944487358056, 1e8 + 1.5 + 1.2909944487358056, 4});
        // The first value, which differences are taken from, lies far away: mean 2e5, s = √(Σd²/4) ≈ 4.4721e5.
        row("a first value that lies far away", {1e6, 0, 0, 0, 0}, mean, standard_deviation, 25,
            {2e5, 2e5 - std::sqrt(8e11 / 4), 2e5 + std::sqrt(8e11 / 4), 5});
    }

    void one_place() {
        QFETCH(std::vector<double>, values);
        QFETCH(BandCentre, centre);
        QFETCH(BandSpread, spread);
        QFETCH(double, percentile);
        QFETCH(std::vector<double>, expected);
        std::vector<std::vector<double>> rows;
        for (const double value : values)
            rows.push_back({value});
        const bool complete = std::ranges::none_of(values, [](double value) { return std::isnan(value); });
        for (const bool declared_complete : {false, complete}) {
            const At at = band_of(rows, centre, spread, percentile, declared_complete).front();
            QVERIFY(is_near(at.centre, expected[0], 1e-15));
            QVERIFY(is_near(at.low, expected[1], 1e-14));
            QVERIFY(is_near(at.high, expected[2], 1e-14));
            QCOMPARE(static_cast<double>(at.n), expected[3]);
        }
    }

    /// The narrow part of a band of values far from 0 is not lost: the deviation itself is right, not only the edges.
    void the_deviation_is_right_to_many_digits() {
        std::vector<std::vector<double>> rows;
        for (const double value : {3.0, 3.0 + 1e-9, 3.0 + 2e-9, 3.0 + 3e-9})
            rows.push_back({value});
        const At at = band_of(rows, BandCentre::mean, BandSpread::standard_deviation, 25, true).front();
        const At wanted = expected_at({3.0, 3.0 + 1e-9, 3.0 + 2e-9, 3.0 + 3e-9}, BandCentre::mean,
                                      BandSpread::standard_deviation, 25);
        QVERIFY(is_near(1e9 * (at.high - at.low), 1e9 * (wanted.high - wanted.low), 2e-6)); // ulps of 3.0
        QVERIFY(at.high - at.low > 2e-9);
    }

    void random_rows_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("places");
        QTest::addColumn<double>("gaps"); ///< share of values that are none
        for (const int rows : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 100, 129, 257})
            for (const double gaps : {0.0, 0.2, 0.9})
                QTest::addRow("%d rows, %g gaps", rows, gaps) << rows << (rows * 7) % 61 + 1 << gaps;
    }

    void random_rows() {
        QFETCH(int, rows);
        QFETCH(int, places);
        QFETCH(double, gaps);
        std::mt19937_64 random(static_cast<std::uint64_t>(rows));
        std::normal_distribution<double> noise(2, 0.5);
        std::bernoulli_distribution missing(gaps);
        std::vector<std::vector<float>> floats(static_cast<std::size_t>(rows));
        std::vector<std::vector<double>> doubles(floats.size());
        for (std::size_t r = 0; r < floats.size(); ++r)
            for (int i = 0; i < places; ++i) {
                // Few different values, so that there are ties.
                const double value = missing(random) ? gap : std::round(noise(random) * 64) / 64;
                floats[r].push_back(static_cast<float>(value));
                doubles[r].push_back(value);
            }
        for (const auto& [centre, spread] :
             {std::pair(BandCentre::mean, BandSpread::standard_deviation),
              std::pair(BandCentre::median, BandSpread::standard_error),
              std::pair(BandCentre::mean, BandSpread::min_max), std::pair(BandCentre::median, BandSpread::percentiles),
              std::pair(BandCentre::mean, BandSpread::percentiles)}) {
            const auto of_floats = band_of(floats, centre, spread, 15, gaps == 0);
            const auto of_doubles = band_of(doubles, centre, spread, 15, gaps == 0);
            for (std::size_t i = 0; i < of_floats.size(); ++i) {
                std::vector<double> values;
                for (const auto& row : doubles)
                    values.push_back(row[i]);
                const At expected = expected_at(values, centre, spread, 15);
                for (const At& at : {of_floats[i], of_doubles[i]}) {
                    QVERIFY(is_near(at.centre, expected.centre, 1e-14));
                    QVERIFY(is_near(at.low, expected.low, 1e-14));
                    QVERIFY(is_near(at.high, expected.high, 1e-14));
                    QCOMPARE(at.n, expected.n);
                }
            }
        }
    }
};

QTEST_APPLESS_MAIN(BandStatisticsTest)
#include "tst_band_statistics.moc"
