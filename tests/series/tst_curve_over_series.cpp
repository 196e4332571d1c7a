#include "engine/series/series_cache.h"
#include "engine/store/project.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

constexpr float gap = std::numeric_limits<float>::quiet_NaN();

struct Point {
    double x = 0;
    float y = 0;
    bool operator==(const Point&) const = default;
    auto operator<=>(const Point&) const = default;
};

/// What an attempt logs: y at some steps, x at others.
struct Attempt {
    std::vector<std::int64_t> steps, x_steps;
    std::vector<float> ys;
    std::vector<double> xs;
};

enum class Shape { rising, falling, hill, level_then_falling, saw, noise };

double shape_at(Shape shape, double share, std::mt19937_64& random) {
    switch (shape) {
    case Shape::rising:
        return 3 * share * share;
    case Shape::falling:
        return 2 - 2 * share;
    case Shape::hill: // a learning rate: up fast, down slowly
        return share < 0.1 ? share * 10 : 1 + 0.1 - share;
    case Shape::level_then_falling:
        return share < 0.5 ? 1 : 1.5 - share;
    case Shape::saw:
        return std::abs(std::remainder(share * 7, 1.0));
    case Shape::noise:
        return static_cast<double>(random() % 100000) / 100000 - 0.3;
    }
    return 0;
}

Attempt attempt_of(Shape shape, std::int64_t first_step, std::size_t count, std::int64_t x_stride, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Attempt attempt;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t step = first_step + 2 * static_cast<std::int64_t>(i);
        attempt.steps.push_back(step);
        attempt.ys.push_back(random() % 101 == 0 ? gap : static_cast<float>(random() % 1000) / 100);
    }
    const std::int64_t last_step = first_step + 2 * static_cast<std::int64_t>(count) - 9;
    for (std::int64_t step = first_step + 6; step < last_step; step += x_stride) {
        attempt.x_steps.push_back(step);
        attempt.xs.push_back(shape_at(
            shape, static_cast<double>(step - first_step) / static_cast<double>(last_step - first_step), random));
    }
    return attempt;
}

/// The points of an attempt by definition: x is known at `step` or lies on the line between its neighbours.
std::vector<Point> points_of(const Attempt& attempt) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < attempt.steps.size(); ++i) {
        double x = std::numeric_limits<double>::quiet_NaN();
        for (std::size_t k = 0; k < attempt.x_steps.size(); ++k) {
            const std::int64_t here = attempt.x_steps[k];
            if (here == attempt.steps[i]) x = attempt.xs[k];
            if (k > 0 && attempt.x_steps[k - 1] < attempt.steps[i] && attempt.steps[i] < here)
                x = std::lerp(attempt.xs[k - 1], attempt.xs[k],
                              static_cast<double>(attempt.steps[i] - attempt.x_steps[k - 1]) /
                                  static_cast<double>(here - attempt.x_steps[k - 1]));
        }
        points.push_back({x, attempt.ys[i]});
    }
    return points;
}

SeriesId store(ProjectFixture& fixture, const std::vector<Attempt>& attempts) {
    SeriesId loss;
    const auto times = [](const std::vector<std::int64_t>& steps) {
        std::vector<double> wall_times;
        for (const std::int64_t step : steps)
            wall_times.push_back(1e9 + static_cast<double>(step));
        return wall_times;
    };
    const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
        ISOLOSS_TRY(loss, session.ensure_series(run, "loss"));
        ISOLOSS_TRY(const SeriesId x, session.ensure_series(run, "x"));
        for (std::size_t i = 0; i < attempts.size(); ++i) {
            const Attempt& of = attempts[i];
            const int number = static_cast<int>(i) + 1;
            ISOLOSS_TRY_VOID(session.append_points(loss, number, PointColumns{of.steps, times(of.steps), of.ys}));
            ISOLOSS_TRY_VOID(session.append_points(x, number, PointColumns{of.x_steps, times(of.x_steps), of.xs}));
        }
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
    return loss;
}

SeriesRequest over_x(SeriesId series, CurveScale scale, int width) {
    SeriesRequest request;
    request.series = series;
    request.x = CurveX::series;
    request.x_series = "x";
    request.scale = scale;
    request.symlog_threshold = 0.05;
    request.pixel_width = width;
    return request;
}

bool shown(const Point& point, CurveScale scale) {
    return std::isfinite(point.x) && (scale != CurveScale::logarithmic || point.x > 0);
}

} // namespace

Q_DECLARE_METATYPE(Shape)
Q_DECLARE_METATYPE(isoloss::CurveScale)

class CurveOverSeriesTest : public QObject {
    Q_OBJECT

    static void add_cases() {
        QTest::addColumn<Shape>("shape");
        QTest::addColumn<int>("x_stride");
        QTest::addColumn<CurveScale>("scale");
        const std::pair<const char*, Shape> shapes[] = {{"rising", Shape::rising}, {"falling", Shape::falling},
                                                        {"hill", Shape::hill},     {"level", Shape::level_then_falling},
                                                        {"saw", Shape::saw},       {"noise", Shape::noise}};
        for (const auto& [name, shape] : shapes)
            for (const int stride : {2, 7, 30})
                for (const CurveScale scale : {CurveScale::linear, CurveScale::logarithmic, CurveScale::symlog})
                    QTest::addRow("%s, x every %d steps, scale %d", name, stride, static_cast<int>(scale))
                        << shape << stride << scale;
    }

private Q_SLOTS:

    void every_line_is_drawn_once_data() { add_cases(); }

    /// At full detail the lines of the view are those between neighbouring points, in any order and direction.
    void every_line_is_drawn_once() {
        QFETCH(Shape, shape);
        QFETCH(int, x_stride);
        QFETCH(CurveScale, scale);
        ProjectFixture fixture;
        const std::vector<Attempt> attempts{attempt_of(shape, 0, 200, x_stride, 1),
                                            attempt_of(shape, 250, 150, x_stride, 2)};
        const SeriesId id = store(fixture, attempts);
        const auto reader = fixture.reader();
        for (const AttemptRule rule : {AttemptRule::all, AttemptRule::last_wins}) {
            SeriesRequest request = over_x(id, scale, 100'000'000);
            request.attempts = rule;
            const auto view = value_of(series_view(*reader, request));
            QVERIFY(!view->by_column);

            std::map<std::pair<Point, Point>, int> drawn, wanted;
            const auto line = [](auto& lines, const Point& a, const Point& b) {
                if (a.x != b.x || a.y != b.y) ++lines[std::minmax(a, b)];
            };
            for (const CurveStretch& stretch : view->stretches)
                for (std::size_t i = 1; i < stretch.size(); ++i) {
                    QVERIFY(stretch.x_first[i - 1] <= stretch.x_first[i]);
                    line(drawn, {stretch.x_first[i - 1], stretch.last[i - 1]}, {stretch.x_first[i], stretch.first[i]});
                }
            std::int64_t gaps = 0, gaps_found = 0;
            for (std::size_t a = 0; a < attempts.size(); ++a) {
                std::vector<Point> points = points_of(attempts[a]);
                if (rule == AttemptRule::last_wins && a == 0) points.resize(125); // steps below 250
                for (std::size_t i = 0; i < points.size(); ++i) {
                    if (!shown(points[i], scale)) continue;
                    gaps += std::isnan(points[i].y) ? 1 : 0;
                    if (i > 0 && shown(points[i - 1], scale) && std::isfinite(points[i].y) &&
                        std::isfinite(points[i - 1].y))
                        line(wanted, points[i - 1], points[i]);
                }
            }
            for (const CurveGap& found : view->gaps)
                gaps_found += found.count;
            QCOMPARE(gaps_found, gaps);
            QCOMPARE(drawn.size(), wanted.size());
            QVERIFY(drawn == wanted);
        }
    }

    void no_extreme_is_lost_data() { add_cases(); }

    /// In random ranges every point is covered by a bucket, and the extremes of every bucket are points in it.
    void no_extreme_is_lost() {
        QFETCH(Shape, shape);
        QFETCH(int, x_stride);
        QFETCH(CurveScale, scale);
        ProjectFixture fixture;
        const std::vector<Attempt> attempts{attempt_of(shape, 0, 9000, x_stride, 3)};
        const SeriesId id = store(fixture, attempts);
        std::vector<Point> points;
        // points_of() is quadratic; x at every step of y by one walk instead.
        std::size_t k = 0;
        const Attempt& of = attempts.front();
        for (std::size_t i = 0; i < of.steps.size(); ++i) {
            while (k + 1 < of.x_steps.size() && of.x_steps[k + 1] <= of.steps[i])
                ++k;
            if (of.steps[i] < of.x_steps.front() || of.steps[i] > of.x_steps.back() || std::isnan(of.ys[i])) continue;
            const double x = of.steps[i] == of.x_steps[k]
                                 ? of.xs[k]
                                 : std::lerp(of.xs[k], of.xs[k + 1],
                                             static_cast<double>(of.steps[i] - of.x_steps[k]) /
                                                 static_cast<double>(of.x_steps[k + 1] - of.x_steps[k]));
            if (shown({x, 0}, scale)) points.push_back({x, of.ys[i]});
        }
        std::sort(points.begin(), points.end());
        const auto reader = fixture.reader();
        SeriesCache cache;
        std::mt19937_64 random(4);
        for (int repeat = 0; repeat < 12; ++repeat) {
            SeriesRequest request = over_x(id, scale, repeat % 3 == 0 ? 20 : repeat % 3 == 1 ? 200 : 1500);
            double low = points[random() % points.size()].x, high = points[random() % points.size()].x;
            if (low > high) std::swap(low, high);
            if (low == high) continue;
            if (repeat > 2) {
                request.x_min = low;
                request.x_max = high;
            } else {
                low = points.front().x;
                high = points.back().x;
            }
            const auto view = value_of(cache.view(*reader, request));

            struct Box {
                double first, last;
                float min, max;
            };

            std::vector<Box> boxes;
            for (const CurveStretch& stretch : view->stretches)
                for (std::size_t i = 0; i < stretch.size(); ++i)
                    boxes.push_back({stretch.x_first[i], stretch.x_last[i], stretch.min[i], stretch.max[i]});
            QVERIFY(boxes.size() <= 40 * static_cast<std::size_t>(request.pixel_width) + 4200);
            std::sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.first < b.first; });
            double widest = 0;
            for (const Box& box : boxes)
                widest = std::max(widest, box.last - box.first);
            const auto begin_at = [&](double x) {
                return std::lower_bound(boxes.begin(), boxes.end(), x,
                                        [](const Box& box, double value) { return box.first < value; });
            };
            for (const Point& point : points) {
                if (point.x < low || point.x > high) continue;
                bool covered = false;
                for (auto box = begin_at(point.x - widest); box != boxes.end() && box->first <= point.x; ++box)
                    covered = covered || (box->last >= point.x && box->min <= point.y && box->max >= point.y);
                QVERIFY2(covered, qPrintable(QString::number(point.x, 'g', 17)));
            }
            for (const Box& box : boxes) {
                if (box.last < low || box.first > high) continue;
                const auto first = std::lower_bound(points.begin(), points.end(), Point{box.first, -1e30F});
                bool has_min = false, has_max = false;
                for (auto point = first; point != points.end() && point->x <= box.last; ++point) {
                    has_min = has_min || point->y == box.min;
                    has_max = has_max || point->y == box.max;
                }
                QVERIFY(has_min && has_max);
            }
        }
    }
};

QTEST_APPLESS_MAIN(CurveOverSeriesTest)
#include "tst_curve_over_series.moc"
