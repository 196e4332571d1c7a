#include "engine/series/band_cache.h"
#include "engine/series/group_band.h"
#include "engine/series/smoothing.h"
#include "engine/store/project.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

constexpr float gap = std::numeric_limits<float>::quiet_NaN();
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr int every_x = 1 << 28; ///< a screen so wide that no two x share a column

using V = std::vector<double>;
using N = std::vector<std::uint32_t>;

PointColumns points_of(std::vector<std::int64_t> steps, std::vector<float> values, double first_time = 1000) {
    PointColumns points;
    for (const std::int64_t step : steps)
        points.wall_times.push_back(first_time + static_cast<double>(step));
    points.steps = std::move(steps);
    points.values = std::move(values);
    return points;
}

/// Appends the attempts of one run, from `first_attempt` on.
SeriesId add_run(ProjectFixture& fixture, const std::string& name, const std::vector<PointColumns>& attempts,
                 int first_attempt = 1, const std::string& series = "loss") {
    SeriesId id;
    const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"test", name}, name));
        ISOLOSS_TRY(id, session.ensure_series(run, series));
        for (std::size_t i = 0; i < attempts.size(); ++i)
            ISOLOSS_TRY_VOID(session.append_points(id, static_cast<int>(i) + first_attempt, attempts[i]));
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
    return id;
}

BandRequest request_for(std::vector<SeriesId> series, BandSpread spread = BandSpread::min_max) {
    BandRequest request;
    request.series = std::move(series);
    request.spread = spread;
    request.pixel_width = every_x;
    return request;
}

/// All stretches one behind the other.
struct Flat {
    V x, centre, low, high;
    N n;
};

Flat flat(const BandView& view) {
    Flat all;
    for (const BandStretch& stretch : view.stretches) {
        all.x.insert(all.x.end(), stretch.x_first.begin(), stretch.x_first.end());
        all.centre.insert(all.centre.end(), stretch.centre_first.begin(), stretch.centre_first.end());
        all.low.insert(all.low.end(), stretch.low.begin(), stretch.low.end());
        all.high.insert(all.high.end(), stretch.high.begin(), stretch.high.end());
        all.n.insert(all.n.end(), stretch.n_most.begin(), stretch.n_most.end());
    }
    return all;
}

bool is_near(double a, double b, double tolerance = 1e-14) {
    return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

bool are_near(const V& a, const V& b, double tolerance = 1e-14) {
    return std::ranges::equal(a, b, [&](double left, double right) { return is_near(left, right, tolerance); });
}

/// One run as a chain of points: whether the line comes to each from the one before.
struct Line {
    V x, y;
    std::vector<bool> joins;

    void add(const PointColumns& points, std::int64_t cutoff = std::numeric_limits<std::int64_t>::max()) {
        for (std::size_t i = 0; i < points.size() && points.steps[i] < cutoff; ++i) {
            x.push_back(static_cast<double>(points.steps[i]));
            y.push_back(points.value(i));
            joins.push_back(i > 0);
        }
    }

    /// Slowly: every part of the line is looked at, the later counts.
    double at(double where) const {
        double value = undefined;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double run = joins[i] ? x[i] - x[i - 1] : 0;
            if (run != 0 && (x[i - 1] < where) == (where < x[i]) && where != x[i - 1] && where != x[i] &&
                std::isfinite(y[i] + y[i - 1]))
                value = (y[i - 1] * (x[i] - where) + y[i] * (where - x[i - 1])) / run;
            if (x[i] == where && std::isfinite(y[i])) value = y[i];
        }
        return value;
    }
};

} // namespace

Q_DECLARE_METATYPE(AttemptRule)

class GroupBandTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void runs_with_the_same_steps() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 1, 2, 3}, {1, 2, gap, 4})});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 1, 2, 3}, {3, 6, 9, 8})});
        const SeriesId c = add_run(fixture, "c", {points_of({0, 1}, {5, 7})});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b, c});
        request.number = 7;
        const auto view = value_of(group_band(*reader, request));
        QCOMPARE(view->number, std::uint64_t(7));
        QCOMPARE(view->stretches.size(), std::size_t(1));
        const Flat band = flat(*view);
        QCOMPARE(band.x, (V{0, 1, 2, 3}));
        QCOMPARE(band.centre, (V{3, 5, 9, 6}));
        QCOMPARE(band.low, (V{1, 2, 9, 4}));
        QCOMPARE(band.high, (V{5, 7, 9, 8}));
        QCOMPARE(band.n, (N{3, 3, 1, 2}));
        QCOMPARE(view->runs, std::size_t(3));
        QCOMPARE(view->nonfinite, 1);
        QCOMPARE(view->places, std::size_t(4));
        QCOMPARE(view->damaged_chunks, std::size_t(0));
        QVERIFY(!view->thinned);
        QCOMPARE(view->x_min, 0.0);
        QCOMPARE(view->x_max, 3.0);
        QCOMPARE(view->y_min, 1.0);
        QCOMPARE(view->y_max, 9.0);
    }

    void nothing_to_show() {
        ProjectFixture fixture;
        const SeriesId empty = add_run(fixture, "empty", {});
        const SeriesId gaps =
            add_run(fixture, "gaps", {points_of({1, 2}, {gap, std::numeric_limits<float>::infinity()})});
        const auto reader = fixture.reader();
        for (const auto& group : {std::vector<SeriesId>(), std::vector{empty}, std::vector{empty, gaps}}) {
            const auto view = value_of(group_band(*reader, request_for(group)));
            QVERIFY(view->stretches.empty());
            QCOMPARE(view->runs, std::size_t(0));
        }
        QCOMPARE(value_of(group_band(*reader, request_for({gaps})))->nonfinite, 2);
    }

    void the_deviation_of_one_run_is_undefined() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 1, 2}, {1, 2, 3})});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 1}, {3, 2})});
        const auto reader = fixture.reader();
        const Flat one = flat(*value_of(group_band(*reader, request_for({a}, BandSpread::standard_deviation))));
        QCOMPARE(one.centre, (V{1, 2, 3}));
        QVERIFY(are_near(one.low, {undefined, undefined, undefined}));
        const Flat two = flat(*value_of(group_band(*reader, request_for({a, b}, BandSpread::standard_deviation))));
        QVERIFY(are_near(two.low, {2 - std::sqrt(2), 2, undefined}));
        QVERIFY(are_near(two.high, {2 + std::sqrt(2), 2, undefined}));
    }

    void gaps_of_all_runs_break_the_band() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 1, 2, 3, 4}, {1, gap, 3, gap, 5})});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 1, 2, 3, 4}, {1, gap, 3, 4, 5})});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b});
        auto view = value_of(group_band(*reader, request));
        QCOMPARE(view->stretches.size(), std::size_t(2));
        QCOMPARE(view->stretches[0].x_first, (V{0}));
        QCOMPARE(view->stretches[1].x_first, (V{2, 3, 4}));
        QCOMPARE(view->nonfinite, 3);
        request.pixel_width = 1; // narrower than a pixel it does not show
        view = value_of(group_band(*reader, request));
        QCOMPARE(view->stretches.size(), std::size_t(1));
        QCOMPARE(view->stretches[0].size(), std::size_t(1));
        QCOMPARE(view->stretches[0].n_least, (N{1}));
        QCOMPARE(view->stretches[0].n_most, (N{2}));
    }

    /// Runs a, b, c that log at steps of their own, c with a gap at 25. Expected: numpy 1.24, np.interp of each run
    /// with left = right = NaN (c as two parts) at every step of any of them, then nanmean, nanstd(ddof=1), nanmedian,
    /// nanpercentile 20 and 80 over the runs.
    void runs_with_steps_of_their_own() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 10, 20, 30}, {1, 3, 2, 6})});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 7, 14, 21, 28}, {2, 2.5, 4, 3, 8})});
        const SeriesId c = add_run(fixture, "c", {points_of({5, 15, 25, 35, 45}, {0.5, 1.5, gap, 5, 7})});

        struct Expected {
            double x = 0;
            std::uint32_t n = 0;
            double mean = 0, deviation = 0, median = 0, low = 0, high = 0;
        };

        const std::vector<Expected> expected{
            {0, 2, 1.5, 0.7071067811865476, 1.5, 1.2, 1.8},
            {5, 3, 1.6190476190476193, 0.9854381945988037, 2.0, 1.1, 2.2142857142857144},
            {7, 3, 1.866666666666667, 1.011599393699568, 2.4000000000000004, 1.3800000000000001, 2.46},
            {10, 3, 2.380952380952381, 1.1980710119437261, 3.0, 1.8, 3.085714285714286},
            {14, 3, 2.6666666666666665, 1.3012814197295424, 2.6, 1.88, 3.4400000000000004},
            {15, 3, 2.619047619047619, 1.1830722141718901, 2.5, 1.9, 3.3142857142857145},
            {20, 2, 2.571428571428571, 0.8081220356417685, 2.571428571428571, 2.2285714285714286, 2.914285714285714},
            {21, 2, 2.7, 0.42426406871192857, 2.7, 2.52, 2.88},
            {25, 2, 4.928571428571429, 1.3131983079178744, 4.928571428571429, 4.371428571428572, 5.485714285714286},
            {28, 2, 6.6, 1.979898987322333, 6.6, 5.76, 7.44},
            {30, 1, 6.0, undefined, 6.0, 6.0, 6.0},
            {35, 1, 5.0, undefined, 5.0, 5.0, 5.0},
            {45, 1, 7.0, undefined, 7.0, 7.0, 7.0},
        };
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b, c}, BandSpread::standard_deviation);
        auto view = value_of(group_band(*reader, request));
        const Flat moments = flat(*view);
        QCOMPARE(view->stretches.size(), std::size_t(2)); // no line comes to 35
        QCOMPARE(view->stretches[1].x_first, (V{35, 45}));
        request.centre = BandCentre::median;
        request.spread = BandSpread::percentiles;
        request.percentile = 20;
        const Flat quantiles = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(moments.x.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QCOMPARE(moments.x[i], expected[i].x);
            QCOMPARE(moments.n[i], expected[i].n);
            QVERIFY(is_near(moments.centre[i], expected[i].mean));
            QVERIFY(is_near(moments.low[i], expected[i].mean - expected[i].deviation));
            QVERIFY(is_near(moments.high[i], expected[i].mean + expected[i].deviation));
            QVERIFY(is_near(quantiles.centre[i], expected[i].median));
            QVERIFY(is_near(quantiles.low[i], expected[i].low));
            QVERIFY(is_near(quantiles.high[i], expected[i].high));
        }
    }

    void attempts_data() {
        QTest::addColumn<AttemptRule>("rule");
        QTest::addColumn<V>("x");
        QTest::addColumn<V>("low");
        QTest::addColumn<V>("high");
        QTest::addColumn<N>("n");
        QTest::addColumn<int>("runs");
        // Run a: 0 … 4 at 10, again from 3 (30), which ends at 5. Run b: 0, 6 at 0.
        QTest::newRow("the last wins") << AttemptRule::last_wins << V{0, 1, 2, 3, 4, 5, 6} << V{0, 0, 0, 0, 0, 0, 0}
                                       << V{10, 10, 10, 30, 30, 30, 0} << N{2, 2, 2, 2, 2, 2, 1} << 2;
        QTest::newRow("all: the last that has a value")
            << AttemptRule::all << V{0, 1, 2, 3, 4, 5, 6} << V{0, 0, 0, 0, 0, 0, 0} << V{10, 10, 10, 30, 30, 30, 0}
            << N{2, 2, 2, 2, 2, 2, 1} << 2;
        QTest::newRow("split: each counts") << AttemptRule::split << V{0, 1, 2, 3, 4, 5, 6} << V{0, 0, 0, 0, 0, 0, 0}
                                            << V{10, 10, 10, 30, 30, 30, 0} << N{2, 2, 2, 3, 3, 2, 1} << 3;
    }

    void attempts() {
        QFETCH(AttemptRule, rule);
        ProjectFixture fixture;
        const SeriesId a = add_run(
            fixture, "a", {points_of({0, 1, 2, 3, 4}, {10, 10, 10, 10, 10}), points_of({3, 4, 5}, {30, 30, 30}, 9000)});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 6}, {0, 0})});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b});
        request.attempts = rule;
        const auto view = value_of(group_band(*reader, request));
        const Flat band = flat(*view);
        QTEST(band.x, "x");
        QTEST(band.low, "low");
        QTEST(band.high, "high");
        QTEST(band.n, "n");
        QFETCH(int, runs);
        QCOMPARE(view->runs, static_cast<std::size_t>(runs));
    }

    void a_longer_earlier_attempt() {
        ProjectFixture fixture;
        const SeriesId a =
            add_run(fixture, "a", {points_of({0, 2, 4, 6}, {1, 1, 1, 1}), points_of({2, 3}, {5, 5}, 9000)});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a});
        auto band = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(band.x, (V{0, 2, 3})); // what was logged from 2 on is hidden
        QCOMPARE(band.centre, (V{1, 5, 5}));
        request.attempts = AttemptRule::all;
        band = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(band.x, (V{0, 2, 3, 4, 6}));
        QCOMPARE(band.centre, (V{1, 5, 5, 1, 1}));
    }

    void no_line_over_a_restart() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 4}, {0, 4}), points_of({8, 12}, {8, 12}, 9000)});
        const SeriesId b = add_run(fixture, "b", {points_of({2, 6, 10}, {1, 1, 1})});
        const auto reader = fixture.reader();
        auto view = value_of(group_band(*reader, request_for({a, b})));
        QCOMPARE(flat(*view).n, (N{1, 2, 2, 1, 2, 2, 1})); // at 0, 2, 4, 6, 8, 10, 12
        QCOMPARE(view->stretches.size(), std::size_t(1));
        view = value_of(group_band(*reader, request_for({a})));
        QCOMPARE(view->stretches.size(), std::size_t(2));
    }

    void the_range_gets_a_neighbour_on_each_side() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 10, 20, 30, 40}, {9, 1, 2, 3, 8})});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 12, 24, 36}, {0, 0, 0, 0})});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b});
        request.x_min = 15;
        request.x_max = 23;
        auto view = value_of(group_band(*reader, request));
        QCOMPARE(flat(*view).x, (V{12, 20, 24}));
        QVERIFY(are_near(flat(*view).high, {1.2, 2, 2.4}));
        QCOMPARE(view->y_max, 2.0); // only what is seen
        QCOMPARE(view->x_min, 20.0);
        request.x_min = 13;
        request.x_max = 14; // between two points the band still runs through
        view = value_of(group_band(*reader, request));
        QCOMPARE(flat(*view).x, (V{12, 20}));
        QCOMPARE(view->runs, std::size_t(2));
        request.x_min = 100;
        request.x_max = 200;
        QCOMPARE(value_of(group_band(*reader, request))->nonfinite, 0);
        QVERIFY(flat(*value_of(group_band(*reader, request))).x.size() <= 1);
    }

    void a_logarithmic_axis_leaves_out_zero() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 2, 4, 1000}, {0, 2, 4, 6})});
        const SeriesId b = add_run(fixture, "b", {points_of({1, 4, 1000}, {5, 5, 5})});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b});
        request.scale = CurveScale::logarithmic;
        Flat band = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(band.x, (V{1, 2, 4, 1000}));
        QCOMPARE(band.low, (V{1, 2, 4, 5})); // a at 1 lies on the line from 0 to 2
        request.pixel_width = 3;             // 1 … 10 … 100 … 1000
        band = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(band.x, (V{1, 1000}));
    }

    void wall_times_and_hours() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 3600}, {0, 2}, 10000)});
        const SeriesId b = add_run(fixture, "b", {points_of({0, 3600}, {4, 8}, 11800)});
        const auto reader = fixture.reader();
        BandRequest request = request_for({a, b});
        request.x = CurveX::wall_time;
        Flat band = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(band.x, (V{10000, 11800, 13600, 15400}));
        QCOMPARE(band.centre, (V{0, 2.5, 4, 8}));
        QCOMPARE(band.n, (N{1, 2, 2, 1}));
        request.x = CurveX::relative_time; // each run from its own beginning
        band = flat(*value_of(group_band(*reader, request)));
        QCOMPARE(band.x, (V{0, 1}));
        QCOMPARE(band.centre, (V{2, 5}));
    }

    /// Over the learning rate, which falls: the band is that of the same points in the other direction.
    void x_that_falls() {
        ProjectFixture fixture;
        std::vector<SeriesId> group;
        for (int run = 0; run < 2; ++run) {
            const std::string name = std::to_string(run);
            group.push_back(
                add_run(fixture, name, {points_of({0, 1, 2, 3}, {1, 2, 3, static_cast<float>(4 + 2 * run)})}));
            add_run(fixture, name, {points_of({0, 1, 2, 3}, {8, 4, 2, run == 0 ? 1.0f : 0.0f})}, 1, "lr");
        }
        add_run(fixture, "2", {points_of({0, 1}, {1, 1})}); // has no learning rate
        group.push_back(add_run(fixture, "2", {}));
        const auto reader = fixture.reader();
        BandRequest request = request_for(group);
        request.x = CurveX::series;
        request.x_series = "lr";
        auto view = value_of(group_band(*reader, request));
        QCOMPARE(view->stretches.size(), std::size_t(1));
        const Flat band = flat(*view);
        QCOMPARE(band.x, (V{0, 1, 2, 4, 8}));
        QCOMPARE(band.low, (V{6, 4, 3, 2, 1}));
        QCOMPARE(band.high, (V{6, 4.5, 3, 2, 1})); // 4.5 is half way from 3 at 2 to 6 at 0
        QCOMPARE(band.n, (N{1, 2, 2, 2, 2}));
        QCOMPARE(view->runs, std::size_t(2));
        QCOMPARE(view->runs_without_x, std::size_t(1));
        QVERIFY(view->x.missing.empty());
        request.series = {group[2]};
        view = value_of(group_band(*reader, request));
        QVERIFY(view->stretches.empty());
        QVERIFY(!view->x.missing.empty());
    }

    void x_that_turns_data() {
        QTest::addColumn<int>("period"); ///< in points
        QTest::newRow("within chunks") << 3000;
        QTest::newRow("between chunks") << 4096;
        QTest::newRow("once, in the middle") << 12000;
        QTest::newRow("falls") << 24000;
        QTest::newRow("often") << 50;
    }

    /// Triangles: at an x that a run passes several times its last value there counts.
    void x_that_turns() {
        QFETCH(int, period);
        ProjectFixture fixture;
        std::mt19937_64 random(3);
        std::vector<SeriesId> group;
        std::vector<Line> lines;
        std::set<double> all_x;
        for (int run = 0; run < 2; ++run) {
            std::vector<std::int64_t> steps;
            std::vector<float> values, xs;
            for (int i = 0; i < 12000; ++i) {
                const int phase = i % period;
                steps.push_back(i);
                values.push_back(random() % 50 == 0 ? gap : static_cast<float>(random() % 1000));
                xs.push_back(static_cast<float>((2 + run) * std::abs(phase - period / 2)));
            }
            Line& line = lines.emplace_back();
            line.add(points_of(steps, values));
            line.x.assign(xs.begin(), xs.end());
            all_x.insert(xs.begin(), xs.end());
            const std::string name = std::to_string(run);
            add_run(fixture, name, {points_of(steps, std::move(xs))}, 1, "distance");
            group.push_back(add_run(fixture, name, {points_of(std::move(steps), std::move(values))}));
        }
        const auto reader = fixture.reader();
        BandCache cache;
        BandRequest request = request_for(group);
        request.x = CurveX::series;
        request.x_series = "distance";
        const double most = *all_x.rbegin();
        for (const auto& [low, high] :
             {std::pair(0.4 * most, 0.42 * most), std::pair(0.0, 30.0), std::pair(most - 50, most)}) {
            request.x_min = low;
            request.x_max = high;
            const Flat band = flat(*value_of(cache.band(*reader, request)));
            std::size_t found = 0;
            for (std::size_t i = 0; i < band.x.size(); ++i) {
                if (band.x[i] < low || band.x[i] > high) continue;
                ++found;
                V values;
                for (const Line& line : lines)
                    if (const double value = line.at(band.x[i]); std::isfinite(value)) values.push_back(value);
                QCOMPARE(band.n[i], static_cast<std::uint32_t>(values.size()));
                QVERIFY(is_near(band.low[i], std::ranges::min(values), 1e-11));
                QVERIFY(is_near(band.high[i], std::ranges::max(values), 1e-11));
            }
            const auto wanted = std::count_if(all_x.lower_bound(low), all_x.upper_bound(high), [&](double x) {
                return std::ranges::any_of(lines, [&](const Line& line) { return std::isfinite(line.at(x)); });
            });
            QCOMPARE(found, static_cast<std::size_t>(wanted));
        }
    }

    /// What serves as x grows later than the curves: then their ends get a place.
    void x_that_comes_later() {
        ProjectFixture fixture;
        const SeriesId a = add_run(fixture, "a", {points_of({0, 1, 2, 3}, {5, 6, 7, 8})});
        const SeriesId tokens = add_run(fixture, "a", {points_of({0, 2}, {0, 200})}, 1, "n");
        const auto reader = fixture.reader();
        BandCache cache;
        BandRequest request = request_for({a});
        request.x = CurveX::series;
        request.x_series = "n";
        QCOMPARE(flat(*value_of(cache.band(*reader, request))).x, (V{0, 100, 200}));
        add_run(fixture, "a", {points_of({3}, {300})}, 1, "n");
        cache.invalidate(tokens);
        const Flat band = flat(*value_of(cache.band(*reader, request)));
        QCOMPARE(band.x, (V{0, 100, 200, 300}));
        QCOMPARE(band.centre, (V{5, 6, 7, 8}));
    }

    void each_run_is_smoothed_first_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<double>("amount");
        QTest::newRow("EMA") << static_cast<int>(SmoothingKind::ema) << 0.9;
        QTest::newRow("Gaussian") << static_cast<int>(SmoothingKind::gaussian) << 5.0;
        QTest::newRow("running mean") << static_cast<int>(SmoothingKind::running_mean) << 11.0;
    }

    void each_run_is_smoothed_first() {
        QFETCH(int, kind);
        QFETCH(double, amount);
        const Smoothing smoothing{static_cast<SmoothingKind>(kind), amount};
        ProjectFixture fixture;
        std::mt19937_64 random(11);
        std::vector<SeriesId> group;
        std::vector<V> expected;
        for (int run = 0; run < 3; ++run) {
            std::vector<std::int64_t> steps;
            std::vector<float> values;
            for (int i = 0; i < 9000; ++i) {
                steps.push_back(2 * i);
                values.push_back(random() % 50 == 0 ? gap : static_cast<float>(random() % 1000));
            }
            expected.push_back(smoothed(V(values.begin(), values.end()), smoothing));
            group.push_back(add_run(fixture, std::to_string(run), {points_of(std::move(steps), std::move(values))}));
        }
        const auto reader = fixture.reader();
        BandCache cache;
        BandRequest request = request_for(group);
        request.smoothing = smoothing;
        // The middle first, then all.
        for (const auto& [low, high] : {std::pair(10000.0, 11000.0), std::pair(0.0, 17998.0)}) {
            request.x_min = low;
            request.x_max = high;
            const auto view = value_of(cache.band(*reader, request));
            const Flat band = flat(*view);
            QVERIFY(!band.x.empty());
            for (std::size_t i = 0; i < band.x.size(); ++i) {
                V values;
                for (const V& of_run : expected)
                    if (const double value = of_run[static_cast<std::size_t>(band.x[i]) / 2]; std::isfinite(value))
                        values.push_back(value);
                QCOMPARE(band.n[i], static_cast<std::uint32_t>(values.size()));
                QVERIFY(is_near(band.low[i], std::ranges::min(values), 1e-6)); // smoothed values are kept as floats
                QVERIFY(is_near(band.high[i], std::ranges::max(values), 1e-6));
            }
        }
    }

    void random_groups_data() {
        QTest::addColumn<int>("seed");
        QTest::addColumn<bool>("shared"); ///< all runs log at the same steps
        for (int seed = 0; seed < 8; ++seed)
            QTest::addRow("seed %d", seed) << seed << (seed % 2 == 0);
    }

    /// Runs of several chunks, of different length, with gaps and restarts, in random ranges: against a computation
    /// that looks at every part of every line.
    void random_groups() {
        QFETCH(int, seed);
        QFETCH(bool, shared);
        std::mt19937_64 random(static_cast<std::uint64_t>(seed));
        ProjectFixture fixture;
        std::vector<SeriesId> group;
        std::vector<Line> lines;
        std::set<double> all_x;
        for (int run = 0; run < 4; ++run) {
            std::vector<PointColumns> attempts;
            const int count = random() % 3 == 0 ? 2 : 1;
            std::int64_t restart = std::numeric_limits<std::int64_t>::max();
            for (int attempt = 0; attempt < count; ++attempt) {
                std::vector<std::int64_t> steps;
                std::vector<float> values;
                const std::int64_t stride = shared ? 6 : 2 + static_cast<std::int64_t>(random() % 9);
                std::int64_t step = attempt == 0 ? 0 : 6 * static_cast<std::int64_t>(random() % 4000);
                if (attempt == 1) restart = step;
                for (std::size_t points = 3000 + random() % 3000; points > 0; --points, step += stride) {
                    steps.push_back(step);
                    values.push_back(random() % 40 == 0 ? gap : static_cast<float>(random() % 4096) / 16);
                }
                attempts.push_back(points_of(std::move(steps), std::move(values), 1000 + 1e6 * attempt));
            }
            group.push_back(add_run(fixture, std::to_string(run), attempts));
            Line& line = lines.emplace_back();
            line.add(attempts[0], restart);
            if (count == 2) line.add(attempts[1]);
            all_x.insert(line.x.begin(), line.x.end());
        }
        const auto reader = fixture.reader();
        BandCache cache;
        for (int repeat = 0; repeat < 6; ++repeat) {
            BandRequest request =
                request_for(group, repeat % 2 == 0 ? BandSpread::standard_deviation : BandSpread::min_max);
            request.x_min = static_cast<double>(random() % 24000);
            request.x_max = *request.x_min + static_cast<double>(random() % 900);
            const Flat band = flat(*value_of(cache.band(*reader, request)));
            std::map<double, std::size_t> found;
            for (std::size_t i = 0; i < band.x.size(); ++i)
                found.emplace(band.x[i], i);
            QCOMPARE(found.size(), band.x.size());
            for (auto x = all_x.lower_bound(*request.x_min); x != all_x.end() && *x <= *request.x_max; ++x) {
                V values;
                for (const Line& line : lines)
                    if (const double value = line.at(*x); std::isfinite(value)) values.push_back(value);
                QCOMPARE(found.contains(*x), !values.empty());
                if (values.empty()) continue;
                const std::size_t i = found.at(*x);
                QCOMPARE(band.n[i], static_cast<std::uint32_t>(values.size()));
                double mean = 0, squares = 0;
                for (const double value : values)
                    mean += value / static_cast<double>(values.size());
                for (const double value : values)
                    squares += (value - mean) * (value - mean);
                const double deviation =
                    values.size() > 1 ? std::sqrt(squares / static_cast<double>(values.size() - 1)) : undefined;
                const bool moments = request.spread == BandSpread::standard_deviation;
                QVERIFY(is_near(band.centre[i], mean, 1e-12));
                QVERIFY(is_near(band.low[i], moments ? mean - deviation : std::ranges::min(values), 1e-11));
                QVERIFY(is_near(band.high[i], moments ? mean + deviation : std::ranges::max(values), 1e-11));
            }
        }
    }

    void pixel_columns_keep_extremes_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<bool>("logarithmic");
        for (const int width : {1, 7, 100, 1000})
            for (const bool logarithmic : {false, true})
                QTest::addRow("%d columns, %s", width, logarithmic ? "logarithmic" : "linear") << width << logarithmic;
    }

    void pixel_columns_keep_extremes() {
        QFETCH(int, width);
        QFETCH(bool, logarithmic);
        ProjectFixture fixture;
        std::mt19937_64 random(5);
        std::vector<SeriesId> group;
        for (int run = 0; run < 3; ++run) {
            std::vector<std::int64_t> steps;
            std::vector<float> values;
            for (int i = 0; i < 20000 - 5000 * run; ++i) {
                steps.push_back(i + 1);
                values.push_back(random() % 997 == 0 ? 500 : static_cast<float>(random() % 100));
            }
            group.push_back(add_run(fixture, std::to_string(run), {points_of(std::move(steps), std::move(values))}));
        }
        const auto reader = fixture.reader();
        BandCache cache;
        BandRequest request = request_for(group, BandSpread::standard_deviation);
        request.scale = logarithmic ? CurveScale::logarithmic : CurveScale::linear;
        request.x_min = 3;
        request.x_max = 19000;
        const Flat every = flat(*value_of(cache.band(*reader, request)));
        request.pixel_width = width;
        const auto view = value_of(cache.band(*reader, request));
        QCOMPARE(view->stretches.size(), std::size_t(1));
        const BandStretch& band = view->stretches.front();
        QVERIFY(band.size() <= static_cast<std::size_t>(width) + 2);
        std::size_t i = 0;
        for (std::size_t bucket = 0; bucket < band.size(); ++bucket) {
            QCOMPARE(band.x_first[bucket], every.x[i]);
            QCOMPARE(band.centre_first[bucket], every.centre[i]);
            double least = HUGE_VAL, most = -HUGE_VAL, low = undefined, high = undefined;
            std::uint32_t n_least = 9, n_most = 0;
            for (; i < every.x.size() && every.x[i] <= band.x_last[bucket]; ++i) {
                least = std::min(least, every.centre[i]);
                most = std::max(most, every.centre[i]);
                low = std::fmin(low, every.low[i]);
                high = std::fmax(high, every.high[i]);
                n_least = std::min(n_least, every.n[i]);
                n_most = std::max(n_most, every.n[i]);
            }
            QCOMPARE(band.centre_last[bucket], every.centre[i - 1]);
            QCOMPARE(band.centre_min[bucket], least);
            QCOMPARE(band.centre_max[bucket], most);
            QVERIFY(is_near(band.low[bucket], low, 0));
            QVERIFY(is_near(band.high[bucket], high, 0));
            QCOMPARE(band.n_least[bucket], n_least);
            QCOMPARE(band.n_most[bucket], n_most);
        }
        QCOMPARE(i, every.x.size());
    }

    /// More points than one window holds, and than the cache keeps: every step is there once, with the right values.
    void windows_meet_without_a_seam() {
        ProjectFixture fixture;
        constexpr int points = 1'000'000;
        std::vector<SeriesId> group;
        for (int run = 0; run < 3; ++run) {
            std::vector<std::int64_t> steps;
            std::vector<float> values;
            for (int i = 0; i < points; ++i) {
                steps.push_back(i);
                values.push_back(static_cast<float>(i % 1000 + run));
            }
            group.push_back(add_run(fixture, std::to_string(run), {points_of(std::move(steps), std::move(values))}));
        }
        const auto reader = fixture.reader();
        BandCache cache(std::size_t{2} << 20);
        for (int repeat = 0; repeat < 2; ++repeat) {
            const auto view = value_of(cache.band(*reader, request_for(group, BandSpread::standard_deviation)));
            QVERIFY(cache.bytes() <= (std::size_t{2} << 20));
            QVERIFY(!view->thinned);
            QCOMPARE(view->places, std::size_t(points));
            QCOMPARE(view->stretches.size(), std::size_t(1));
            const BandStretch& band = view->stretches.front();
            QCOMPARE(band.size(), std::size_t(points));
            for (int i = 0; i < points; ++i) {
                const auto at = static_cast<std::size_t>(i);
                const double mean = i % 1000 + 1;
                if (band.x_first[at] != i || band.centre_first[at] != mean || band.low[at] != mean - 1 ||
                    band.high[at] != mean + 1 || band.n_least[at] != 3)
                    QFAIL(qPrintable(QString("wrong at step %1").arg(i)));
            }
        }
    }

    /// So many x of their own that not all are looked at: those that are have the exact values.
    void too_many_places_are_thinned() {
        ProjectFixture fixture;
        constexpr int runs = 60, points = 10000;
        std::vector<SeriesId> group;
        for (int run = 0; run < runs; ++run) {
            std::vector<std::int64_t> steps;
            std::vector<float> values;
            for (int i = 0; i < points; ++i) {
                steps.push_back(std::int64_t{runs} * i + run);
                values.push_back(static_cast<float>(run)); // constant: interpolation changes nothing
            }
            group.push_back(add_run(fixture, std::to_string(run), {points_of(std::move(steps), std::move(values))}));
        }
        const auto reader = fixture.reader();
        BandCache cache;
        BandRequest request = request_for(group);
        request.pixel_width = 500;
        auto view = value_of(cache.band(*reader, request));
        QVERIFY(view->thinned);
        QVERIFY(view->places >= 8 * 500 - 1 && view->places <= 8 * 500 + 2);
        QCOMPARE(view->runs, std::size_t(runs));
        for (std::size_t i = 1; i + 1 < view->stretches.at(0).size(); ++i) {
            QCOMPARE(view->stretches[0].low[i], 0.0);
            QCOMPARE(view->stretches[0].high[i], 59.0);
            QCOMPARE(view->stretches[0].centre_min[i], 29.5);
            QCOMPARE(view->stretches[0].n_least[i], std::uint32_t(runs));
        }
        request.x_min = 1000;
        request.x_max = 9000; // a part of it is not too much
        view = value_of(cache.band(*reader, request));
        QVERIFY(!view->thinned);
        QCOMPARE(view->places, std::size_t(8003));
    }

    /// A request that is cancelled from the beginning reads nothing: it is answered only from what is kept.
    void what_was_read_is_kept() {
        ProjectFixture fixture;
        std::vector<SeriesId> group;
        for (int run = 0; run < 3; ++run) {
            std::vector<std::int64_t> steps;
            std::vector<float> values;
            for (int i = 0; i < 9000; ++i) {
                steps.push_back(i);
                values.push_back(static_cast<float>(i * run));
            }
            group.push_back(add_run(fixture, std::to_string(run), {points_of(std::move(steps), std::move(values))}));
        }
        const auto reader = fixture.reader();
        CancellationSource source;
        source.cancel();
        BandCache cache;
        BandRequest request = request_for(group);
        const auto refused = cache.band(*reader, request, source.token());
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().kind, ErrorKind::cancelled);
        REQUIRE_OK(cache.band(*reader, request));
        request.centre = BandCentre::median;
        request.spread = BandSpread::percentiles;
        request.x_min = 100;
        request.x_max = 5000;
        REQUIRE_OK(cache.band(*reader, request, source.token()));

        // A run grows in its last chunk: only that is read.
        add_run(fixture, "1", {points_of({9000}, {1})});
        cache.invalidate(group[1]);
        REQUIRE_OK(cache.band(*reader, request, source.token())); // which is not in this range
        request.x_max.reset();
        QVERIFY(!cache.band(*reader, request, source.token()).has_value());
        cache.clear();
        QCOMPARE(cache.bytes(), std::size_t(0));
        request.x_max = 5000;
        QVERIFY(!cache.band(*reader, request, source.token()).has_value());
    }

    /// A cache that is told of changes answers as a fresh one does.
    void a_live_group() {
        ProjectFixture fixture;
        std::mt19937_64 random(9);
        BandCache cache;
        const auto reader = fixture.reader();
        std::vector<std::int64_t> next(3, 0);
        for (int part = 0; part < 12; ++part) {
            std::vector<SeriesId> group;
            for (std::size_t run = 0; run < next.size(); ++run) {
                std::vector<std::int64_t> steps;
                std::vector<float> values;
                for (std::size_t count = random() % 2000; count > 0; --count) {
                    steps.push_back(next[run]++);
                    values.push_back(static_cast<float>(random() % 1000));
                }
                // In the middle a run begins anew, a little earlier.
                const int attempt = part >= 6 && run == 1 ? 2 : 1;
                if (part == 5 && run == 1) next[run] -= 700;
                group.push_back(
                    add_run(fixture, std::to_string(run), {points_of(std::move(steps), std::move(values))}, attempt));
                cache.invalidate(group.back());
            }
            for (const Smoothing& smoothing : {Smoothing(), Smoothing{SmoothingKind::ema, 0.8}})
                for (const int width : {50, every_x}) {
                    BandRequest request = request_for(group);
                    request.smoothing = smoothing;
                    request.pixel_width = width;
                    const Flat kept = flat(*value_of(cache.band(*reader, request)));
                    const Flat fresh = flat(*value_of(group_band(*reader, request)));
                    QCOMPARE(kept.x, fresh.x);
                    QCOMPARE(kept.low, fresh.low);
                    QCOMPARE(kept.high, fresh.high);
                    QCOMPARE(kept.n, fresh.n);
                }
        }
    }
};

QTEST_APPLESS_MAIN(GroupBandTest)
#include "tst_group_band.moc"
