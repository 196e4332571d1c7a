#include "engine/series/series_cache.h"
#include "engine/series/series_view.h"
#include "engine/series/smoothing.h"
#include "engine/store/project.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

constexpr float gap = std::numeric_limits<float>::quiet_NaN();

PointColumns points_of(std::vector<std::int64_t> steps, std::vector<float> values, double first_time = 1000) {
    PointColumns points;
    for (const std::int64_t step : steps)
        points.wall_times.push_back(first_time + static_cast<double>(step));
    points.steps = std::move(steps);
    points.values = std::move(values);
    return points;
}

// A noisy curve with rare spikes and gaps.
PointColumns noisy(std::size_t count, std::uint64_t seed, std::int64_t first_step = 0, std::int64_t stride = 3) {
    std::mt19937_64 random(seed);
    std::vector<std::int64_t> steps;
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        steps.push_back(first_step + static_cast<std::int64_t>(i) * stride);
        const auto noise = static_cast<float>(random() % 1000) / 1000;
        values.push_back(random() % 5003 == 0 ? gap : random() % 997 == 0 ? 100 + noise : noise);
    }
    return points_of(std::move(steps), std::move(values));
}

SeriesId add_series(ProjectFixture& fixture, const std::vector<PointColumns>& attempts) {
    SeriesId id;
    const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
        ISOLOSS_TRY(id, session.ensure_series(run, "loss"));
        for (std::size_t i = 0; i < attempts.size(); ++i)
            ISOLOSS_TRY_VOID(session.append_points(id, static_cast<int>(i) + 1, attempts[i]));
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
    return id;
}

struct Envelope {
    double min = HUGE_VAL, max = -HUGE_VAL;

    void add(double low, double high) {
        min = std::min(min, low);
        max = std::max(max, high);
    }
};

// Over the buckets that touch [low, high].
Envelope envelope(const std::vector<CurveStretch>& stretches, double low, double high) {
    Envelope result;
    for (const auto& stretch : stretches)
        for (std::size_t i = 0; i < stretch.size(); ++i)
            if (stretch.x_last[i] >= low && stretch.x_first[i] <= high)
                result.add(static_cast<double>(stretch.min[i]), static_cast<double>(stretch.max[i]));
    return result;
}

Envelope envelope(const PointColumns& points, double low, double high) {
    Envelope result;
    const auto begin = std::lower_bound(points.steps.begin(), points.steps.end(), low,
                                        [](std::int64_t step, double x) { return static_cast<double>(step) < x; });
    for (auto i = static_cast<std::size_t>(begin - points.steps.begin());
         i < points.size() && static_cast<double>(points.steps[i]) <= high; ++i)
        if (std::isfinite(points.value(i))) result.add(points.value(i), points.value(i));
    return result;
}

std::size_t buckets_of(const SeriesView& view) {
    std::size_t count = 0;
    for (const auto& stretch : view.stretches)
        count += stretch.size();
    return count;
}

// One of each kind.
std::vector<Smoothing> kinds() {
    return {{SmoothingKind::ema, 0.9}, {SmoothingKind::gaussian, 200}, {SmoothingKind::running_mean, 101}};
}

std::vector<double> xs(const CurveStretch& stretch) {
    return stretch.x_first;
}

} // namespace

Q_DECLARE_METATYPE(isoloss::Smoothing)
Q_DECLARE_METATYPE(isoloss::CurveScale)

class SeriesViewTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void few_points_are_shown_as_they_are() {
        ProjectFixture fixture;
        const SeriesId id = add_series(fixture, {points_of({0, 1, 2, 3, 5}, {1, 4, gap, 2, 3})});
        const auto reader = fixture.reader();
        const auto view = value_of(series_view(*reader, {id, 7}));
        QCOMPARE(view->number, std::uint64_t(7));
        QCOMPARE(view->level, 0);
        QCOMPARE(view->points, 5);
        QCOMPARE(view->nonfinite, 1);
        QCOMPARE(view->stretches.size(), std::size_t(2)); // the gap ends the first
        QCOMPARE(view->stretches[0].last, (std::vector<float>{1, 4}));
        QCOMPARE(xs(view->stretches[1]), (std::vector<double>{3, 5}));
        QCOMPARE(view->x_min, 0.0);
        QCOMPARE(view->x_max, 5.0);
        QCOMPARE(view->y_min, 1.0);
        QCOMPARE(view->y_max, 4.0);
        QVERIFY(view->smoothed.empty());
        QVERIFY(view->restarts.empty());
    }

    void nothing_to_show() {
        ProjectFixture fixture;
        const SeriesId empty = add_series(fixture, {});
        const auto reader = fixture.reader();
        QVERIFY(value_of(series_view(*reader, {empty}))->stretches.empty());
        const SeriesId gaps = add_series(fixture, {points_of({1, 2}, {gap, gap})});
        SeriesRequest request{gaps};
        request.smoothing = {SmoothingKind::ema, 0.9};
        const auto view = value_of(series_view(*reader, request));
        QVERIFY(view->stretches.empty());
        QCOMPARE(view->nonfinite, 2);
    }

    void the_range_gets_a_neighbour_on_each_side() {
        ProjectFixture fixture;
        const SeriesId id = add_series(fixture, {points_of({0, 10, 20, 30, 40}, {9, 1, 2, 3, 8})});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.x_min = 15;
        request.x_max = 25;
        auto view = value_of(series_view(*reader, request));
        QCOMPARE(xs(view->stretches.at(0)), (std::vector<double>{10, 20, 30}));
        QCOMPARE(view->y_min, 2.0); // only what is seen
        QCOMPARE(view->y_max, 2.0);
        request.x_min = 12;
        request.x_max = 18; // between two points the line still runs through
        view = value_of(series_view(*reader, request));
        QCOMPARE(xs(view->stretches.at(0)), (std::vector<double>{10, 20}));
    }

    void levels_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("level");
        QTest::newRow("fewer points than eight a column") << 7000 << 1000 << 0;
        QTest::newRow("8 a column") << 9000 << 1000 << 1;
        QTest::newRow("64 a column") << 70000 << 1000 << 2;
        QTest::newRow("512 a column") << 600000 << 1000 << 3;
        QTest::newRow("4,096 a column") << 600000 << 100 << 4;
    }

    void levels() {
        QFETCH(int, points);
        QFETCH(int, width);
        QFETCH(int, level);
        ProjectFixture fixture;
        const PointColumns columns = noisy(static_cast<std::size_t>(points), 1);
        const SeriesId id = add_series(fixture, {columns});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.pixel_width = width;
        const auto view = value_of(series_view(*reader, request));
        QCOMPARE(view->level, level);
        QVERIFY(buckets_of(*view) >= static_cast<std::size_t>(width) * 9 / 10);
        QVERIFY(buckets_of(*view) <= static_cast<std::size_t>(width) * 9 + 4200);
        const Envelope all = envelope(columns, -1, 1e12);
        QCOMPARE(view->y_min, all.min);
        QCOMPARE(view->y_max, all.max);
    }

    void no_extreme_is_lost_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<CurveScale>("scale");
        for (const int width : {1, 10, 100, 1000}) {
            QTest::addRow("%d columns, linear", width) << width << CurveScale::linear;
            QTest::addRow("%d columns, logarithmic", width) << width << CurveScale::logarithmic;
            QTest::addRow("%d columns, symlog", width) << width << CurveScale::symlog;
        }
    }

    /// In random ranges the view's envelope covers every point in it, and nothing that is not a point beside it.
    void no_extreme_is_lost() {
        QFETCH(int, width);
        QFETCH(CurveScale, scale);
        ProjectFixture fixture;
        const PointColumns columns = noisy(100000, 2, 3);
        const SeriesId id = add_series(fixture, {columns});
        const auto reader = fixture.reader();
        SeriesCache cache;
        std::mt19937_64 random(3);
        for (int repeat = 0; repeat < 30; ++repeat) {
            double low = 1 + static_cast<double>(random() % 300000), high = 1 + static_cast<double>(random() % 300000);
            if (low > high) std::swap(low, high);
            SeriesRequest request{id};
            request.scale = scale;
            request.symlog_threshold = 1000;
            request.x_min = low;
            request.x_max = high;
            request.pixel_width = width;
            const auto view = value_of(cache.view(*reader, request));
            const Envelope shown = envelope(view->stretches, low, high);
            const Envelope wanted = envelope(columns, low, high);
            QVERIFY(shown.min <= wanted.min);
            QVERIFY(shown.max >= wanted.max);
            for (const auto& stretch : view->stretches)
                for (std::size_t i = 0; i < stretch.size(); ++i) {
                    const Envelope brute = envelope(columns, stretch.x_first[i], stretch.x_last[i]);
                    QCOMPARE(static_cast<double>(stretch.min[i]), brute.min);
                    QCOMPARE(static_cast<double>(stretch.max[i]), brute.max);
                    if (i > 0) QVERIFY(stretch.x_first[i] > stretch.x_last[i - 1]);
                }
        }
    }

    void a_logarithmic_axis_is_fine_where_it_is_wide() {
        ProjectFixture fixture;
        const SeriesId id = add_series(fixture, {noisy(600000, 4, 0, 1)});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.scale = CurveScale::logarithmic;
        request.pixel_width = 1000;
        const auto view = value_of(series_view(*reader, request));
        // Step 0 has no place; the first decades are single points.
        QCOMPARE(view->stretches.at(0).x_first.at(0), 1.0);
        QCOMPARE(view->stretches.at(0).x_last.at(0), 1.0);
        QCOMPARE(view->stretches.at(0).x_first.at(9), 10.0);
        QVERIFY(buckets_of(*view) < 20000);
    }

    void no_bucket_is_wider_than_a_column_data() {
        QTest::addColumn<CurveScale>("scale");
        QTest::addColumn<int>("width");
        for (const int width : {100, 900, 3000}) {
            QTest::addRow("linear, %d columns", width) << CurveScale::linear << width;
            QTest::addRow("logarithmic, %d columns", width) << CurveScale::logarithmic << width;
            QTest::addRow("symlog, %d columns", width) << CurveScale::symlog << width;
        }
    }

    void no_bucket_is_wider_than_a_column() {
        QFETCH(CurveScale, scale);
        QFETCH(int, width);
        constexpr double threshold = 50, last = 599999;
        ProjectFixture fixture;
        const SeriesId id = add_series(fixture, {noisy(600000, 7, 0, 1)});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.scale = scale;
        request.symlog_threshold = threshold;
        request.pixel_width = width;
        const auto view = value_of(series_view(*reader, request));
        // Where an axis puts x, from 0 to the number of columns.
        const auto column = [&](double x) {
            if (scale == CurveScale::linear) return width * x / last;
            if (scale == CurveScale::logarithmic) return width * std::log10(std::max(1.0, x)) / std::log10(last);
            return width * std::asinh(x / threshold) / std::asinh(last / threshold);
        };
        for (const CurveStretch& stretch : view->stretches)
            for (std::size_t i = 0; i < stretch.size(); ++i)
                QVERIFY(column(stretch.x_last[i]) - column(stretch.x_first[i]) <= 1);
        QVERIFY(buckets_of(*view) <= static_cast<std::size_t>(width) * 9 + 3 * 4096);
    }

    void gaps_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("width");
        QTest::newRow("points") << 900 << 1000;
        QTest::newRow("level 2") << 200000 << 1000;
        QTest::newRow("many gaps at full detail") << 60000 << 60000;
    }

    /// All points without a value in the range are counted, each within the x of its gap.
    void gaps() {
        QFETCH(int, points);
        QFETCH(int, width);
        ProjectFixture fixture;
        PointColumns columns = noisy(static_cast<std::size_t>(points), 8, 0, 1);
        auto& values = std::get<std::vector<float>>(columns.values);
        for (std::size_t i = 0; i < values.size(); ++i)
            if (i % 101 < 3 || i == 500) values[i] = i % 2 == 0 ? gap : std::numeric_limits<float>::infinity();
        const SeriesId id = add_series(fixture, {columns});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.pixel_width = width;
        const auto view = value_of(series_view(*reader, request));
        QVERIFY(view->gaps.size() <= SeriesView::most_gaps);
        std::vector<std::int64_t> left;
        for (const CurveGap& found : view->gaps)
            left.push_back(found.count);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (std::isfinite(values[i])) continue;
            const auto x = static_cast<double>(i);
            const auto of = std::find_if(view->gaps.begin(), view->gaps.end(), [&](const CurveGap& found) {
                return found.x_first <= x && found.x_last >= x;
            });
            QVERIFY(of != view->gaps.end());
            --left[static_cast<std::size_t>(of - view->gaps.begin())];
        }
        for (const std::int64_t count : left)
            QCOMPARE(count, 0);
        if (points == 900) {
            QCOMPARE(view->gaps.at(1).x_first, 101.0);
            QCOMPARE(view->gaps.at(1).x_last, 103.0);
            QCOMPARE(view->gaps.at(1).count, 3);
            request.x_min = 102;
            request.x_max = 300;
            const auto zoomed = value_of(series_view(*reader, request));
            QCOMPARE(zoomed->gaps.size(), std::size_t(2));
            QCOMPARE(zoomed->gaps.at(0).count, 2);
        }
    }

    void attempts_data() {
        QTest::addColumn<bool>("all");
        QTest::newRow("the last wins") << false;
        QTest::newRow("all") << true;
    }

    void attempts() {
        QFETCH(bool, all);
        ProjectFixture fixture;
        const SeriesId id =
            add_series(fixture, {points_of({0, 1, 2, 3, 4}, {5, 4, 3, 2, 1}), points_of({3, 4, 5}, {30, 40, 50}, 9000),
                                 points_of({4, 6}, {44, 66}, 20000)});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.attempts = all ? AttemptRule::all : AttemptRule::last_wins;
        auto view = value_of(series_view(*reader, request));
        QCOMPARE(view->restarts.size(), std::size_t(2));
        QCOMPARE(view->restarts[0].x, 3.0);
        QCOMPARE(view->restarts[1].attempt, 3);
        QCOMPARE(view->restarts[1].step, 4);
        QCOMPARE(view->stretches.size(), std::size_t(3));
        QCOMPARE(view->stretches[0].last, all ? (std::vector<float>{5, 4, 3, 2, 1}) : (std::vector<float>{5, 4, 3}));
        QCOMPARE(view->stretches[1].last, all ? (std::vector<float>{30, 40, 50}) : (std::vector<float>{30}));
        QCOMPARE(view->stretches[2].attempt, 3);
        QCOMPARE(view->stretches[2].last, (std::vector<float>{44, 66}));

        request.x = CurveX::relative_time;
        request.x_max = 3.0 / 3600;
        view = value_of(series_view(*reader, request));
        QCOMPARE(view->stretches[0].x_first.at(1), 1.0 / 3600);
        QCOMPARE(view->restarts.at(0).x, (9003.0 - 1000) / 3600);
        request.x = CurveX::wall_time;
        request.x_max = 1003;
        view = value_of(series_view(*reader, request));
        QCOMPARE(view->stretches[0].x_first.at(1), 1001.0);
    }

    /// A chunk that a later attempt cuts short is shown exactly up to there, at every level.
    void a_cut_is_exact() {
        ProjectFixture fixture;
        std::vector<std::int64_t> steps;
        std::vector<float> values;
        for (int i = 0; i < 10000; ++i) {
            steps.push_back(i);
            values.push_back(i < 5003 ? 1.0f : 1000.0f);
        }
        const SeriesId id = add_series(fixture, {points_of(steps, values), points_of({5003, 9999}, {2, 3})});
        const auto reader = fixture.reader();
        for (const int width : {1, 10, 100, 5000}) {
            SeriesRequest request{id};
            request.pixel_width = width;
            const auto view = value_of(series_view(*reader, request));
            QCOMPARE(view->y_max, 3.0);
            QCOMPARE(view->stretches.at(0).x_last.back(), 5002.0);
        }
    }

    void smoothing_is_that_of_all_points_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<Smoothing>("smoothing");
        for (const Smoothing& smoothing : kinds())
            for (const int width : {100000, 3000, 60})
                QTest::addRow("%s, %d columns", smoothing_name(smoothing).c_str(), width) << width << smoothing;
        QTest::newRow("over several chunks") << 60 << Smoothing{SmoothingKind::gaussian, 1100};
    }

    void smoothing_is_that_of_all_points() {
        QFETCH(int, width);
        QFETCH(Smoothing, smoothing);
        ProjectFixture fixture;
        const PointColumns columns = noisy(20000, 5, 0, 1);
        const SeriesId id = add_series(fixture, {columns});
        const auto reader = fixture.reader();
        std::vector<double> values;
        for (std::size_t i = 0; i < columns.size(); ++i)
            values.push_back(columns.value(i));
        PointColumns smooth = columns;
        const auto expected = smoothed(values, smoothing);
        smooth.values = std::vector<float>(expected.begin(), expected.end());

        SeriesCache cache;
        // The middle first, then all: an average goes on from where it stood, a window looks around.
        for (const auto& [low, high] : {std::pair(15000.0, 17000.0), std::pair(0.0, 19999.0)}) {
            SeriesRequest request{id};
            request.smoothing = smoothing;
            request.x_min = low;
            request.x_max = high;
            request.pixel_width = width;
            const auto view = value_of(cache.view(*reader, request));
            QVERIFY(!view->smoothed.empty());
            for (const auto& stretch : view->smoothed)
                for (std::size_t i = 0; i < stretch.size(); ++i) {
                    const Envelope brute = envelope(smooth, stretch.x_first[i], stretch.x_last[i]);
                    QCOMPARE(static_cast<double>(stretch.min[i]), brute.min);
                    QCOMPARE(static_cast<double>(stretch.max[i]), brute.max);
                }
        }
    }

    void smoothing_over_restarts_data() {
        QTest::addColumn<Smoothing>("smoothing");
        for (const Smoothing& smoothing : kinds())
            QTest::addRow("%s", smoothing_name(smoothing).c_str()) << smoothing;
    }

    void smoothing_over_restarts() {
        QFETCH(Smoothing, smoothing);
        ProjectFixture fixture;
        const SeriesId id = add_series(fixture, {points_of({0, 1, 2, 3}, {1, 2, 9, 9}), points_of({2, 3}, {4, 3})});
        const auto reader = fixture.reader();
        SeriesRequest request{id};
        request.smoothing = smoothing;
        const auto last_wins = value_of(series_view(*reader, request));
        const auto expected = smoothed(std::vector<double>{1, 2, 4, 3}, smoothing);
        QCOMPARE(last_wins->smoothed.at(1).last,
                 (std::vector<float>{static_cast<float>(expected[2]), static_cast<float>(expected[3])}));
        const auto anew = smoothed(std::vector<double>{4, 3}, smoothing);
        for (const AttemptRule rule : {AttemptRule::all, AttemptRule::split}) {
            request.attempts = rule;
            const auto all = value_of(series_view(*reader, request));
            QCOMPARE(all->smoothed.at(1).last,
                     (std::vector<float>{static_cast<float>(anew[0]), static_cast<float>(anew[1])}));
        }
    }

    /// A cache that is told of changes answers as a fresh one does.
    void a_live_series() {
        ProjectFixture fixture;
        SeriesCache cache;
        auto reader = fixture.reader();
        SeriesId id;
        for (int part = 0; part < 12; ++part) {
            id = add_series(fixture, {noisy(1500, static_cast<std::uint64_t>(part), part * 1500, 1)});
            cache.invalidate(id);
            for (const Smoothing& smoothing : kinds())
                for (const int width : {50, 1000}) {
                    SeriesRequest request{id};
                    request.smoothing = smoothing;
                    request.pixel_width = width;
                    const auto kept = value_of(cache.view(*reader, request));
                    const auto fresh = value_of(series_view(*reader, request));
                    QCOMPARE(kept->points, (part + 1) * 1500);
                    QCOMPARE(kept->stretches.size(), fresh->stretches.size());
                    for (std::size_t i = 0; i < kept->stretches.size(); ++i)
                        QCOMPARE(kept->stretches[i].max, fresh->stretches[i].max);
                    QCOMPARE(kept->smoothed.size(), fresh->smoothed.size());
                    for (std::size_t i = 0; i < kept->smoothed.size(); ++i)
                        QCOMPARE(kept->smoothed[i].max, fresh->smoothed[i].max);
                }
        }
    }

    void the_cache_is_bounded() {
        ProjectFixture fixture;
        const SeriesId id = add_series(fixture, {noisy(200000, 6, 0, 1)});
        const auto reader = fixture.reader();
        SeriesCache cache(1 << 20);
        for (int x = 0; x < 200000; x += 5000) {
            SeriesRequest request{id};
            request.x_min = x;
            request.x_max = x + 4000;
            const auto view = value_of(cache.view(*reader, request));
            QVERIFY(buckets_of(*view) >= 4000);
            QVERIFY(cache.bytes() <= (1 << 20));
        }
    }
};

QTEST_APPLESS_MAIN(SeriesViewTest)
#include "tst_series_view.moc"
