#include "engine/series/series_cache.h"
#include "tests/support/project_fixture.h"
#include "widgets/chart_painter.h"
#include "widgets/line_raster.h"

#include <QBuffer>
#include <QPainter>
#include <QRegularExpression>
#include <QSvgGenerator>
#include <QTest>
#include <cmath>
#include <limits>
#include <random>

using namespace isoloss;
using namespace isoloss::test;

namespace {

constexpr int points = 60'000;
constexpr int zooms = 20;
constexpr QSize plot_size(500, 300); ///< logical pixels
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct RawPoint {
    double x;
    float y;
};

/// A series as it is written, attempt by attempt.
struct Attempt {
    std::vector<std::int64_t> steps;
    std::vector<float> values;

    void add(std::int64_t step, double value) {
        steps.push_back(step);
        values.push_back(static_cast<float>(value));
    }
};

using Series = std::vector<Attempt>;

Series series_of(const QByteArray& shape, std::mt19937& random) {
    std::normal_distribution<double> noise(0, 0.1);
    std::uniform_real_distribution<double> even(0, 1);
    Series series(1);
    Attempt& first = series.front();
    if (shape == "noise") {
        for (int i = 0; i < points; ++i)
            first.add(i, 2 + 5 / std::sqrt(1 + i * 0.01) + noise(random));
    } else if (shape == "spikes") {
        for (int i = 0; i < points; ++i)
            first.add(i, even(random) < 0.001 ? 20 * (even(random) - 0.5) : 1.0);
    } else if (shape == "steps") {
        for (int i = 0; i < points; ++i)
            first.add(i, std::floor(i / 700.0) * ((i / 700) % 2 ? 1 : -1));
    } else if (shape == "gaps") {
        bool gap = false;
        for (int i = 0; i < points; ++i) {
            if (even(random) < 0.002) gap = !gap;
            const double hole = i % 3 ? nan : std::numeric_limits<double>::infinity();
            first.add(i, gap || (i > 20'000 && i < 26'000) ? hole : std::sin(i * 0.001) + noise(random));
        }
    } else if (shape == "single points between gaps") {
        for (int i = 0; i < points; ++i)
            first.add(i, i % 2 ? nan : std::sin(i * 0.001) + noise(random));
    } else if (shape == "restarts") {
        series.resize(3);
        const int begins[] = {0, 15'000, 40'000}, ends[] = {18'000, 55'000, points};
        for (std::size_t a = 0; a < 3; ++a)
            for (int i = begins[a]; i < ends[a]; ++i)
                series[a].add(i, 3 - 0.5 * static_cast<double>(a) + noise(random));
    } else if (shape == "uneven steps") {
        std::int64_t step = 1;
        for (int i = 0; i < points; ++i) {
            first.add(step, 1 + noise(random));
            step += 1 + static_cast<std::int64_t>(std::pow(10, 3 * even(random) * (i > 30'000 ? 1 : 0)));
        }
    } else if (shape == "decades") {
        for (int i = 1; i <= points; ++i)
            first.add(i, i % 5'000 == 7 ? 0.0 : std::pow(10, 4 * even(random) - 3));
    } else {
        qFatal("no such shape");
    }
    return series;
}

/// What is to be seen of a series: a later attempt hides the points of earlier ones from where it begins.
std::vector<RawPoint> visible_points(const Series& series) {
    std::vector<RawPoint> seen;
    for (std::size_t a = 0; a < series.size(); ++a)
        for (std::size_t i = 0; i < series[a].steps.size(); ++i) {
            bool hidden = false;
            for (std::size_t later = a + 1; later < series.size(); ++later)
                hidden = hidden || series[a].steps[i] >= series[later].steps.front();
            if (!hidden && std::isfinite(series[a].values[i]))
                seen.push_back({static_cast<double>(series[a].steps[i]), series[a].values[i]});
        }
    return seen;
}

/// Extremes of what is inside the view, by pixel column: heights in pixels.
struct Extremes {
    double top = 1e9, bottom = -1e9;
};

/// Polylines of the path elements of an SVG image, and its circles as polylines of one vertex.
std::vector<std::vector<QPointF>> svg_polylines(const QByteArray& svg) {
    static const QRegularExpression path(QStringLiteral("<path[^>]* d=\"([^\"]*)\""));
    static const QRegularExpression vertex(QStringLiteral("([ML])([-0-9.e+]+),([-0-9.e+]+)"));
    std::vector<std::vector<QPointF>> polylines;
    auto paths = path.globalMatch(QString::fromUtf8(svg));
    while (paths.hasNext()) {
        auto vertices = vertex.globalMatch(paths.next().captured(1));
        while (vertices.hasNext()) {
            const auto match = vertices.next();
            if (match.captured(1) == QStringLiteral("M")) polylines.emplace_back();
            polylines.back().emplace_back(match.captured(2).toDouble(), match.captured(3).toDouble());
        }
    }
    static const QRegularExpression circle(QStringLiteral("<circle cx=\"([-0-9.e+]+)\" cy=\"([-0-9.e+]+)\""));
    auto circles = circle.globalMatch(QString::fromUtf8(svg));
    while (circles.hasNext()) {
        const auto match = circles.next();
        polylines.push_back({{match.captured(1).toDouble(), match.captured(2).toDouble()}});
    }
    return polylines;
}

} // namespace

/// From the project file to the picture, whatever the zoom: every extreme of the points themselves lies under ink, on
/// the screen and on paper. What is drawn comes through the pyramid; what is expected does not.
class EnvelopeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void every_extreme_is_drawn_data() {
        QTest::addColumn<QByteArray>("shape");
        QTest::addColumn<AxisScale>("x_scale");
        QTest::addColumn<AxisScale>("y_scale");
        QTest::addColumn<bool>("reversed");
        const auto row = [](const char* shape, AxisScale x, AxisScale y, bool reversed = false) {
            const char* const names[] = {"linear", "log", "symlog"};
            QTest::addRow("%s, %s x%s, %s y", shape, names[static_cast<int>(x)], reversed ? " reversed" : "",
                          names[static_cast<int>(y)])
                << QByteArray(shape) << x << y << reversed;
        };
        for (const char* shape :
             {"noise", "spikes", "steps", "gaps", "single points between gaps", "restarts", "uneven steps", "decades"})
            row(shape, AxisScale::linear, AxisScale::linear);
        row("noise", AxisScale::linear, AxisScale::linear, true);
        row("spikes", AxisScale::linear, AxisScale::symlog);
        row("noise", AxisScale::log, AxisScale::linear);
        row("noise", AxisScale::log, AxisScale::log);
        row("uneven steps", AxisScale::log, AxisScale::linear);
        row("decades", AxisScale::linear, AxisScale::log);
        row("decades", AxisScale::log, AxisScale::log);
    }

    void every_extreme_is_drawn() {
        QFETCH(QByteArray, shape);
        QFETCH(AxisScale, x_scale);
        QFETCH(AxisScale, y_scale);
        QFETCH(bool, reversed);
        std::mt19937 random(7);
        const Series written = series_of(shape, random);
        const std::vector<RawPoint> seen = visible_points(written);

        ProjectFixture fixture;
        SeriesId id;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
            ISOLOSS_TRY(id, session.ensure_series(run, "loss"));
            for (std::size_t a = 0; a < written.size(); ++a) {
                PointColumns columns;
                columns.steps = written[a].steps;
                columns.values = written[a].values;
                columns.wall_times.assign(columns.steps.size(), 1.7e9);
                ISOLOSS_TRY_VOID(session.append_points(id, static_cast<int>(a) + 1, columns));
            }
            return {};
        }));
        const auto reader = fixture.reader();
        SeriesCache cache;
        std::uniform_real_distribution<double> even(0, 1);
        const double whole_low = x_scale == AxisScale::log ? std::max(1.0, seen.front().x) : seen.front().x;
        const double whole_high = seen.back().x;
        for (int zoom = 0; zoom < zooms; ++zoom) {
            // From the whole series (first) down to some thirty points, in the units of the axis.
            ChartAxis x_axis, y_axis;
            x_axis.scale = x_scale;
            x_axis.reversed = reversed;
            y_axis.scale = y_scale;
            AxisRange x_range{whole_low, whole_high};
            if (zoom > 0) {
                const double share = std::pow(10, -3.3 * even(random));
                const AxisTransform place(x_axis, x_range, 0, 1);
                const double begin = (1 - share) * even(random);
                const double a = place.value(begin), b = place.value(begin + share);
                x_range = {std::min(a, b), std::max(a, b)};
            }
            AxisRange y_range = range_of(seen, x_range, y_scale);
            if (zoom % 3 == 2) { // a part of the heights
                const AxisTransform place(y_axis, y_range, 0, 1);
                y_range = {place.value(0.2 * even(random)), place.value(0.7 + 0.3 * even(random))};
            }
            for (const double ratio : {1.0, 1.5, 2.0}) {
                SeriesRequest request;
                request.series = id;
                request.scale = x_scale == AxisScale::log ? CurveScale::logarithmic : CurveScale::linear;
                request.x_min = x_range.min;
                request.x_max = x_range.max;
                request.pixel_width = static_cast<int>(plot_size.width() * ratio);
                const auto view = value_of(cache.view(*reader, request));
                auto stretches = std::make_shared<std::vector<LineStretch>>();
                for (const CurveStretch& part : view->stretches)
                    stretches->push_back({part.x_first, part.x_last, part.min, part.max, part.first, part.last});
                const QByteArray place =
                    QByteArray("zoom ") + QByteArray::number(zoom) + " at " + QByteArray::number(ratio) + ": ";
                const QByteArray on_screen = missing_ink(stretches, seen, x_axis, y_axis, x_range, y_range, ratio);
                QVERIFY2(on_screen.isEmpty(), place + on_screen);
                if (ratio != 1.0) continue;
                const QByteArray on_paper = missing_path(stretches, seen, x_axis, y_axis, x_range, y_range);
                QVERIFY2(on_paper.isEmpty(), place + on_paper);
            }
        }
    }

private:
    static AxisRange range_of(const std::vector<RawPoint>& seen, const AxisRange& x, AxisScale scale) {
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (const RawPoint& point : seen) {
            const auto y = static_cast<double>(point.y);
            if (!x.contains(point.x) || (scale == AxisScale::log && y <= 0)) continue;
            low = std::min(low, y);
            high = std::max(high, y);
        }
        if (!(low <= high)) return {0.5, 2};
        const double margin = scale == AxisScale::log ? 0 : 0.05 * (high - low) + 0.01;
        return scale == AxisScale::log ? AxisRange{low / 1.3, high * 1.3} : AxisRange{low - margin, high + margin};
    }

    static std::vector<Extremes> extremes_of(const std::vector<RawPoint>& seen, const AxisTransform& x,
                                             const AxisTransform& y, QSize size) {
        std::vector<Extremes> columns(static_cast<std::size_t>(size.width()));
        for (const RawPoint& point : seen) {
            if (!x.range().contains(point.x) || !y.range().contains(static_cast<double>(point.y))) continue;
            const double at = x.position(point.x), height = y.position(static_cast<double>(point.y));
            if (!(at >= 0 && at < size.width() && height >= 0 && height < size.height())) continue;
            Extremes& column = columns[static_cast<std::size_t>(at)];
            column.top = std::min(column.top, height);
            column.bottom = std::max(column.bottom, height);
        }
        return columns;
    }

    /// Where an extreme has no ink within a pixel; empty when there is none such.
    static QByteArray missing_ink(const LineStretches& stretches, const std::vector<RawPoint>& seen,
                                  const ChartAxis& x_axis, const ChartAxis& y_axis, const AxisRange& x_range,
                                  const AxisRange& y_range, double ratio) {
        const QSize size = plot_size * ratio;
        const AxisTransform x(x_axis, x_range, 0, size.width()), y(y_axis, y_range, size.height(), 0);
        RasterLine line;
        line.stretches = stretches;
        line.color = 0xff0072b2;
        line.width = 1.3 * ratio;
        const QImage image = draw_lines(size, x, y, {&line, 1});
        const std::vector<Extremes> columns = extremes_of(seen, x, y, size);
        for (int c = 0; c < size.width(); ++c)
            for (const double height :
                 {columns[static_cast<std::size_t>(c)].top, columns[static_cast<std::size_t>(c)].bottom}) {
                if (std::abs(height) > 1e8) continue;
                int darkest = 0;
                const int row = static_cast<int>(height);
                for (int px = std::max(0, c - 1); px <= std::min(size.width() - 1, c + 1); ++px)
                    for (int py = std::max(0, row - 1); py <= std::min(size.height() - 1, row + 1); ++py)
                        darkest = std::max(darkest, qAlpha(image.pixel(px, py)));
                if (darkest < 64)
                    return QByteArray("no ink at column ") + QByteArray::number(c) + ", height " +
                           QByteArray::number(height) + ", alpha " + QByteArray::number(darkest);
            }
        return {};
    }

    /// The same for the vector path: it passes within a column of each extreme, and as high or as low. Where a bucket
    /// is wider than a column (the beginning of a logarithmic axis), it does so somewhere in the bucket.
    static QByteArray missing_path(const LineStretches& stretches, const std::vector<RawPoint>& seen,
                                   const ChartAxis& x_axis, const ChartAxis& y_axis, const AxisRange& x_range,
                                   const AxisRange& y_range) {
        ChartData data;
        data.x = x_axis;
        data.y = y_axis;
        ChartLine line;
        line.curve = stretches;
        line.color = Qt::red;
        data.lines = {line};
        ChartLayout layout;
        layout.outer = layout.plot = QRectF(QPointF(0, 0), QSizeF(plot_size));
        layout.x = AxisTransform(x_axis, x_range, 0, plot_size.width());
        layout.y = AxisTransform(y_axis, y_range, plot_size.height(), 0);
        const Theme theme = Theme::light();
        const ChartStyle style = ChartStyle::paper(theme, 8, 0.8);
        QBuffer svg;
        QSvgGenerator generator;
        generator.setOutputDevice(&svg);
        generator.setResolution(72);
        generator.setSize(plot_size);
        generator.setViewBox(QRect(QPoint(0, 0), plot_size));
        QPainter painter(&generator);
        ChartPainter(data, layout, style, theme).lines(painter);
        painter.end();

        std::vector<Extremes> reached(static_cast<std::size_t>(plot_size.width()));
        const auto reach = [&reached](double at, double height) {
            for (int c = static_cast<int>(std::floor(at)) - 1; c <= static_cast<int>(std::floor(at)) + 1; ++c) {
                if (c < 0 || c >= plot_size.width()) continue;
                Extremes& column = reached[static_cast<std::size_t>(c)];
                column.top = std::min(column.top, height);
                column.bottom = std::max(column.bottom, height);
            }
        };
        for (const std::vector<QPointF>& polyline : svg_polylines(svg.data()))
            for (std::size_t i = 0; i < polyline.size(); ++i) {
                reach(polyline[i].x(), polyline[i].y());
                if (i == 0) continue;
                const QPointF from = polyline[i - 1], along = polyline[i] - from;
                const int pieces = 1 + static_cast<int>(std::abs(along.x()) * 4);
                for (int piece = 1; piece < pieces; ++piece) {
                    const QPointF at = from + along * piece / pieces;
                    reach(at.x(), at.y());
                }
            }
        for (const LineStretch& stretch : *stretches)
            for (std::size_t i = 0; i < stretch.size(); ++i) {
                const auto column = [&](double value) {
                    return std::clamp(static_cast<int>(layout.x.position(value)), 0, plot_size.width() - 1);
                };
                const auto [from, to] = std::minmax({column(stretch.x_first[i]), column(stretch.x_last[i])});
                Extremes whole;
                for (int c = from; c <= to; ++c) {
                    whole.top = std::min(whole.top, reached[static_cast<std::size_t>(c)].top);
                    whole.bottom = std::max(whole.bottom, reached[static_cast<std::size_t>(c)].bottom);
                }
                if (to - from > 1) std::fill(reached.begin() + from, reached.begin() + to + 1, whole);
            }
        const std::vector<Extremes> columns = extremes_of(seen, layout.x, layout.y, plot_size);
        constexpr double tolerance = 0.75; ///< points; the width of the line is more
        for (int c = 0; c < plot_size.width(); ++c) {
            const Extremes& expected = columns[static_cast<std::size_t>(c)];
            const Extremes& found = reached[static_cast<std::size_t>(c)];
            if (expected.top > 1e8) continue;
            if (found.top > expected.top + tolerance || found.bottom < expected.bottom - tolerance)
                return QByteArray("no path at column ") + QByteArray::number(c) + ": " +
                       QByteArray::number(expected.top) + " to " + QByteArray::number(expected.bottom) + ", path " +
                       QByteArray::number(found.top) + " to " + QByteArray::number(found.bottom);
        }
        return {};
    }
};

QTEST_MAIN(EnvelopeTest)
#include "tst_envelope.moc"
