#include "engine/series/series_cache.h"
#include "engine/store/project.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Points with a loss and, over the same steps, an x.
struct Logged {
    int attempt = 1;
    std::int64_t step = 0;
    double x = 0, value = 0;
};

using Columns = PointColumns;

Columns columns_of(const std::vector<Logged>& points, int attempt, bool of_x, bool as_float) {
    Columns columns;
    std::vector<double> values;
    for (const Logged& point : points) {
        if (point.attempt != attempt) continue;
        columns.steps.push_back(point.step);
        columns.wall_times.push_back(5000 * attempt + static_cast<double>(point.step));
        values.push_back(of_x ? point.x : point.value);
    }
    if (as_float)
        columns.values = std::vector<float>(values.begin(), values.end());
    else
        columns.values = std::move(values);
    return columns;
}

SeriesId store(ProjectFixture& fixture, const std::vector<Logged>& points, int attempts, bool as_float) {
    SeriesId loss;
    const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
        ISOLOSS_TRY(loss, session.ensure_series(run, "loss"));
        ISOLOSS_TRY(const SeriesId x, session.ensure_series(run, "x"));
        for (int attempt = 1; attempt <= attempts; ++attempt) {
            ISOLOSS_TRY_VOID(session.append_points(loss, attempt, columns_of(points, attempt, false, as_float)));
            ISOLOSS_TRY_VOID(session.append_points(x, attempt, columns_of(points, attempt, true, false)));
        }
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
    return loss;
}

/// The definition: one walk over all points.
RangeStatistics by_definition(const std::vector<Logged>& points, double low, double high) {
    RangeStatistics statistics;
    for (const Logged& logged : points) {
        if (!(logged.x >= low && logged.x <= high)) continue;
        if (!std::isfinite(logged.value)) {
            ++statistics.nonfinite;
            continue;
        }
        const CurvePoint point{logged.attempt, logged.step, logged.x, logged.value};
        ++statistics.finite;
        if (!statistics.start) statistics.start = point;
        statistics.end = point;
        if (!statistics.min || point.value < statistics.min->value) statistics.min = point;
        if (!statistics.max || point.value > statistics.max->value) statistics.max = point;
    }
    return statistics;
}

bool same(const std::optional<CurvePoint>& a, const std::optional<CurvePoint>& b) {
    if (!a || !b) return !a && !b;
    return a->attempt == b->attempt && a->step == b->step && a->x == b->x && a->value == b->value;
}

bool same(const RangeStatistics& a, const RangeStatistics& b) {
    return a.finite == b.finite && a.nonfinite == b.nonfinite && same(a.start, b.start) && same(a.end, b.end) &&
           same(a.min, b.min) && same(a.max, b.max);
}

std::vector<Logged> of_attempt(std::vector<Logged> points, int attempt) {
    std::erase_if(points, [&](const Logged& point) { return point.attempt != attempt; });
    return points;
}

} // namespace

class RangeStatisticsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void a_few_points() {
        ProjectFixture fixture;
        const std::vector<Logged> points{{1, 0, 0, gap}, {1, 1, 1, 5}, {1, 2, 2, 0.1},     {1, 3, 3, 7},
                                         {1, 4, 4, 0.1}, {1, 5, 5, 7}, {1, 6, 6, infinity}};
        SeriesRequest request;
        request.series = store(fixture, points, 1, false);
        const auto reader = fixture.reader();
        SeriesCache cache;
        const auto statistics = value_of(cache.statistics(*reader, request));
        QCOMPARE(statistics.raw.size(), std::size_t(1));
        QVERIFY(statistics.smoothed.empty());
        const RangeStatistics& of = statistics.raw.front();
        QVERIFY(!of.attempt);
        QCOMPARE(of.finite, 5);
        QCOMPARE(of.nonfinite, 2);
        QVERIFY(same(of.start, CurvePoint{1, 1, 1, 5}));
        QVERIFY(same(of.end, CurvePoint{1, 5, 5, 7}));
        QVERIFY(same(of.min, CurvePoint{1, 2, 2, 0.1})); // the first of two
        QVERIFY(same(of.max, CurvePoint{1, 3, 3, 7}));
        QCOMPARE(*of.change(), 2.0);
        request.x_min = 5.5;
        const auto undefined = value_of(cache.statistics(*reader, request)).raw.at(0);
        QCOMPARE(undefined.nonfinite, 1);
        QVERIFY(!undefined.start && !undefined.max && !undefined.change());
        request.x_min = 7;
        QVERIFY(value_of(cache.statistics(*reader, request)).raw.empty());
    }

    void any_range_data() {
        QTest::addColumn<int>("shape");
        QTest::addColumn<bool>("over_series");
        QTest::addColumn<bool>("as_float");
        for (const bool as_float : {false, true}) {
            const char* type = as_float ? "float" : "double";
            QTest::addRow("steps, %s", type) << 0 << false << as_float;
            QTest::addRow("rising x, %s", type) << 1 << true << as_float;
            QTest::addRow("x up and down, %s", type) << 2 << true << as_float;
            QTest::addRow("x anywhere, %s", type) << 3 << true << as_float;
        }
    }

    /// In random ranges, with every rule for attempts, the same as a walk over all points, to the last digit.
    void any_range() {
        QFETCH(int, shape);
        QFETCH(bool, over_series);
        QFETCH(bool, as_float);
        std::mt19937_64 random(21);
        std::vector<Logged> points;
        for (const auto& [attempt, first_step, count] : {std::tuple(1, 0, 30000), std::tuple(2, 20000, 12000)})
            for (int i = 0; i < count; ++i) {
                const int step = first_step + i;
                const double x = shape < 2    ? step
                                 : shape == 2 ? std::abs(step - 11000.5)
                                              : static_cast<double>(random() % 1000000);
                const double value = static_cast<double>(random() % 1000000007) / 1e6;
                points.push_back({attempt, step, x,
                                  random() % 101 == 0 ? gap
                                  : as_float          ? static_cast<double>(static_cast<float>(value))
                                                      : value});
            }
        std::vector<Logged> shown = points;
        std::erase_if(shown, [](const Logged& point) { return point.attempt == 1 && point.step >= 20000; });
        ProjectFixture fixture;
        SeriesRequest request;
        request.series = store(fixture, points, 2, as_float);
        request.x = over_series ? CurveX::series : CurveX::step;
        request.x_series = "x";
        const auto reader = fixture.reader();
        SeriesCache cache;
        for (int repeat = 0; repeat < 8; ++repeat) {
            double low = points[random() % points.size()].x, high = points[random() % points.size()].x;
            if (low > high) std::swap(low, high);
            if (repeat > 0) {
                request.x_min = low;
                request.x_max = high;
            } else {
                low = -infinity;
                high = infinity;
            }
            request.attempts = AttemptRule::last_wins;
            QVERIFY(same(value_of(cache.statistics(*reader, request)).raw.at(0), by_definition(shown, low, high)));
            request.attempts = AttemptRule::all;
            QVERIFY(same(value_of(cache.statistics(*reader, request)).raw.at(0), by_definition(points, low, high)));
            request.attempts = AttemptRule::split;
            const auto split = value_of(cache.statistics(*reader, request)).raw;
            for (const RangeStatistics& of : split)
                QVERIFY(same(of, by_definition(of_attempt(points, of.attempt.value()), low, high)));
        }
    }

    /// The statistics of the smoothed curve are those of the values that smoothing gives.
    void of_the_smoothed_curve() {
        std::mt19937_64 random(22);
        std::vector<Logged> points;
        std::vector<double> values;
        for (int step = 0; step < 9000; ++step) {
            values.push_back(static_cast<double>(static_cast<float>(random() % 1000) / 10));
            points.push_back({1, step, static_cast<double>(step), values.back()});
        }
        ProjectFixture fixture;
        SeriesRequest request;
        request.series = store(fixture, points, 1, true);
        request.x_min = 3000;
        request.x_max = 8000;
        const auto reader = fixture.reader();
        SeriesCache cache;
        for (const Smoothing& smoothing : {Smoothing{SmoothingKind::ema, 0.97}, Smoothing{SmoothingKind::gaussian, 30},
                                           Smoothing{SmoothingKind::running_mean, 9}}) {
            request.smoothing = smoothing;
            const auto averages = smoothed(values, smoothing);
            for (std::size_t i = 0; i < points.size(); ++i)
                points[i].value = static_cast<double>(static_cast<float>(averages[i]));
            QVERIFY(
                same(value_of(cache.statistics(*reader, request)).smoothed.at(0), by_definition(points, 3000, 8000)));
        }
    }
};

QTEST_APPLESS_MAIN(RangeStatisticsTest)
#include "tst_range_statistics.moc"
