#include "widgets/column_blend.h"
#include "widgets/line_path.h"
#include "widgets/line_raster.h"

#include <QTest>
#include <cmath>
#include <random>

using namespace isoloss;

namespace {

constexpr int width = 400;
constexpr int height = 200;

LineStretch points(const std::vector<std::pair<double, double>>& values) {
    LineStretch stretch;
    for (const auto& [x, y] : values) {
        stretch.x_first.push_back(x);
        stretch.x_last.push_back(x);
        for (auto* column : {&stretch.min, &stretch.max, &stretch.first, &stretch.last})
            column->push_back(static_cast<float>(y));
    }
    return stretch;
}

/// Noise as the pyramid stores it: buckets of eight points.
LineStretch noisy_buckets(int buckets, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 0.12);
    LineStretch stretch;
    for (int b = 0; b < buckets; ++b) {
        float low = 1e9F, high = -1e9F, first = 0, last = 0;
        for (int i = 0; i < 8; ++i) {
            const auto y = static_cast<float>(0.5 + 0.2 * std::sin(b * 0.02) + noise(random));
            if (i == 0) first = y;
            last = y;
            low = std::min(low, y);
            high = std::max(high, y);
        }
        stretch.x_first.push_back(static_cast<double>(b) / buckets);
        stretch.x_last.push_back((b + 0.875) / buckets);
        stretch.min.push_back(low);
        stretch.max.push_back(high);
        stretch.first.push_back(first);
        stretch.last.push_back(last);
    }
    return stretch;
}

LineStretches shared(std::vector<LineStretch> stretches) {
    return std::make_shared<const std::vector<LineStretch>>(std::move(stretches));
}

} // namespace

class LineRasterTest : public QObject {
    Q_OBJECT

    static QImage draw(const std::vector<LineStretch>& stretches, bool reversed = false, double opacity = 1,
                       const QList<qreal>& dash = {}) {
        ChartAxis x_axis;
        x_axis.reversed = reversed;
        const AxisTransform x(x_axis, {0, 1}, 0, width);
        const AxisTransform y({}, {0, 1}, height, 0);
        const RasterLine line{shared(stretches), 0xff0072b2, opacity, 1.3, dash};
        return draw_lines({width, height}, x, y, {&line, 1});
    }

    static int alpha(const QImage& image, int x, int y) { return qAlpha(image.pixel(x, y)); }

    static double ink(const QImage& image, int x) {
        double sum = 0;
        for (int y = 0; y < image.height(); ++y)
            sum += alpha(image, x, y) / 255.0;
        return sum;
    }

private Q_SLOTS:

    void columns_cover_the_envelope_data() {
        QTest::addColumn<int>("buckets");
        QTest::addColumn<bool>("reversed");
        for (const int buckets : {400, 800, 3200})
            for (const bool reversed : {false, true})
                QTest::addRow("%d buckets%s", buckets, reversed ? ", reversed" : "") << buckets << reversed;
    }

    void columns_cover_the_envelope() {
        QFETCH(int, buckets);
        QFETCH(bool, reversed);
        const std::vector<LineStretch> stretches = {noisy_buckets(buckets, 1)};
        const QImage image = draw(stretches, reversed);
        const LineStretch& stretch = stretches.front();
        for (std::size_t b = 0; b < stretch.size(); ++b) {
            const double middle = (stretch.x_first[b] + stretch.x_last[b]) / 2;
            const int column = static_cast<int>((reversed ? 1 - middle : middle) * width);
            const double top = (1 - static_cast<double>(stretch.max[b])) * height;
            const double bottom = (1 - static_cast<double>(stretch.min[b])) * height;
            for (int y = std::max(0, static_cast<int>(std::ceil(top)));
                 y < std::min<double>(height, std::floor(bottom)); ++y)
                QVERIFY2(alpha(image, column, y) >= 250,
                         qPrintable(QStringLiteral("column %1, row %2").arg(column).arg(y)));
        }
    }

    /// A spike of one point among many is never lost.
    void extremes_are_drawn() {
        LineStretch stretch = noisy_buckets(3200, 2);
        for (std::size_t b = 0; b < stretch.size(); ++b)
            stretch.min[b] = stretch.max[b] = stretch.first[b] = stretch.last[b] = 0.2F;
        stretch.max[1234] = 0.9F;
        const QImage image = draw({stretch});
        const int column = 1234 * width / 3200;
        for (const double value : {0.85, 0.5, 0.25})
            QVERIFY(alpha(image, column, static_cast<int>((1 - value) * height)) > 250);
        QVERIFY(alpha(image, column, static_cast<int>((1 - 0.93) * height)) == 0);
    }

    void a_gap_stays_empty() {
        const std::vector<LineStretch> stretches = {points({{0, 0.5}, {0.4, 0.5}}), points({{0.6, 0.5}, {1, 0.5}})};
        const QImage image = draw(stretches);
        for (int x = static_cast<int>(0.4 * width) + 1; x < static_cast<int>(0.6 * width); ++x)
            QCOMPARE(ink(image, x), 0.0);
        QVERIFY(ink(image, width / 5) > 1);
        QVERIFY(ink(image, width * 4 / 5) > 1);
    }

    /// The ink of a column of a straight line is its vertical thickness, width · √(1 + slope²), wherever it lies
    /// between the pixels; its centre of gravity lies on the line.
    void slanted_lines_have_exact_ink_data() {
        QTest::addColumn<double>("rise");
        for (const double rise : {0.0, 0.1, 0.37, 0.8, -0.6})
            QTest::addRow("rise %g", rise) << rise;
    }

    void slanted_lines_have_exact_ink() {
        QFETCH(double, rise);
        const double start = rise >= 0 ? 0.1 : 0.9;
        const QImage image = draw({points({{0, start}, {1, start + rise}})});
        const double slope = rise * height / width;
        const double expected = 1.3 * std::sqrt(1 + slope * slope);
        double mean = 0;
        for (int x = 5; x < width - 5; ++x) {
            // Bytes round down: up to 1/255 per touched pixel.
            QVERIFY2(std::abs(ink(image, x) - expected) < 0.03, qPrintable(QString::number(ink(image, x))));
            double moment = 0;
            for (int y = 0; y < height; ++y)
                moment += (y + 0.5) * alpha(image, x, y) / 255.0;
            const double center = (1 - start - rise * (x + 0.5) / width) * height;
            // One column is off by what the pixels round; all columns together are not.
            const double off = moment / ink(image, x) - center;
            QVERIFY2(std::abs(off) < 0.15, qPrintable(QString::number(off)));
            mean += off / (width - 10);
        }
        if (rise != 0) QVERIFY2(std::abs(mean) < 0.01, qPrintable(QString::number(mean)));
    }

    void a_steep_sparse_spike_is_connected() {
        const QImage image = draw({points({{0, 0.1}, {0.5, 0.1}, {0.502, 0.9}, {0.504, 0.1}, {1, 0.1}})});
        for (int y = static_cast<int>(0.15 * height); y < static_cast<int>(0.85 * height); ++y) {
            int darkest = 0;
            for (int x = 195; x < 206; ++x)
                darkest = std::max(darkest, alpha(image, x, y));
            QVERIFY2(darkest > 200, qPrintable(QString::number(y)));
        }
    }

    void a_curve_does_not_cover_itself_twice() {
        const QImage image = draw({noisy_buckets(1600, 3)}, false, 0.7);
        int most = 0;
        for (int x = 0; x < width; ++x)
            for (int y = 0; y < height; ++y)
                most = std::max(most, alpha(image, x, y));
        QVERIFY(most <= static_cast<int>(0.7 * 255) + 1);
        QVERIFY(most >= static_cast<int>(0.7 * 255) - 1);
    }

    void values_outside_leave_no_ink_and_no_harm() {
        const float huge = 3e38F;
        LineStretch far_off = points({{0, 5}, {0.5, 7}, {1, 6}});
        QImage image = draw({far_off});
        for (int x = 0; x < width; ++x)
            QCOMPARE(ink(image, x), 0.0);
        far_off.max = {huge, huge, huge};
        far_off.min = {-huge, -huge, -huge};
        image = draw({far_off});
        QVERIFY(ink(image, width / 2) > height * 0.9);
    }

    void single_points_are_seen() {
        const QImage image = draw({points({{0.5, 0.5}})});
        QVERIFY(ink(image, width / 2) > 1);
        QCOMPARE(ink(image, width / 2 + 3), 0.0);
    }

    void dashes_leave_gaps_data() {
        QTest::addColumn<double>("begin"); // of the curve, as a share of the width
        QTest::addColumn<bool>("reversed");
        QTest::newRow("from the edge") << 0.0 << false;
        QTest::newRow("from inside") << 0.1 << false;
        QTest::newRow("from the left of the edge") << -0.35 << false;
        QTest::newRow("from the right") << 0.1 << true;
    }

    void dashes_leave_gaps() {
        QFETCH(double, begin);
        QFETCH(bool, reversed);
        const QImage image = draw({points({{begin, 0.5}, {1, 0.5}})}, reversed, 1, {5, 3});
        // Everywhere along the curve, not only on the whole.
        constexpr int window = 52; // five periods
        const int first = reversed ? 0 : static_cast<int>(std::ceil(std::max(begin, 0.0) * width));
        const int last = reversed ? static_cast<int>((1 - begin) * width) : width;
        for (int from = first; from + window <= last; from += window) {
            int empty = 0;
            for (int x = from; x < from + window; ++x)
                empty += ink(image, x) == 0;
            const double share = static_cast<double>(empty) / window;
            QVERIFY2(std::abs(share - 3.0 / 8) < 0.1, qPrintable(QStringLiteral("%1 at %2").arg(share).arg(from)));
        }
    }

    void colours_stay_premultiplied() {
        std::vector<RasterLine> lines;
        for (unsigned seed = 0; seed < 30; ++seed)
            lines.push_back({shared({noisy_buckets(1600, seed)}), 0xffd55e00, 0.7, 1.3, {}});
        const QImage image = draw_lines({width, height}, AxisTransform({}, {0, 1}, 0, width),
                                        AxisTransform({}, {0, 1}, height, 0), lines);
        for (int y = 0; y < height; ++y) {
            const auto* row = reinterpret_cast<const QRgb*>(image.constScanLine(y));
            for (int x = 0; x < width; ++x)
                QVERIFY(qRed(row[x]) <= qAlpha(row[x]) && qGreen(row[x]) <= qAlpha(row[x]) &&
                        qBlue(row[x]) <= qAlpha(row[x]));
        }
    }

    /// Vector code and plain code give the same pixels, whatever lies above and below the strip.
    void vector_code_gives_the_pixels_of_plain_code_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<double>("opacity");
        for (const int rows : {1, 7, 8, 9, 301})
            for (const double opacity : {0.03, 0.5, 0.7, 1.0})
                QTest::addRow("%d rows at %g", rows, opacity) << rows << opacity;
    }

    void vector_code_gives_the_pixels_of_plain_code() {
        QFETCH(int, rows);
        QFETCH(double, opacity);
        constexpr int columns = 64;
        ColumnBlender vectors(columns, rows), plain(columns, rows, ColumnBlender::Code::plain);
        std::mt19937 random(11);
        std::uniform_real_distribution<float> height(-0.2F * static_cast<float>(rows), 1.2F * static_cast<float>(rows));
        std::uniform_real_distribution<float> even(0, 1);
        for (int curve = 0; curve < 40; ++curve) {
            StripInk ink;
            for (int c = 0; c < columns; ++c) {
                ink.low.push_back(height(random));
                ink.high.push_back(even(random) < 0.2F ? ink.low.back() - 1 : ink.low.back() + 20 * even(random));
                for (int piece = 0; piece < c % 3; ++piece) {
                    const float from = height(random), to = even(random) < 0.2F ? from : height(random);
                    ink.slants.push_back({c, from, to, 0.3F + 5 * even(random), 0.05F + 0.95F * even(random),
                                          std::min(from, to) - 2, std::max(from, to) + 2});
                }
            }
            const QRgb color = qRgb(curve * 6, 255 - curve * 5, curve * 37 % 256);
            vectors.blend(ink, 0, columns - 1, color, opacity);
            plain.blend(ink, 0, columns - 1, color, opacity);
        }
        for (int c = 0; c < columns; ++c)
            for (int y = 0; y < rows; ++y)
                QCOMPARE(vectors.column(c)[y], plain.column(c)[y]);
    }

    void log_axes_skip_what_they_cannot_show() {
        ChartAxis axis;
        axis.scale = AxisScale::log;
        const RasterLine line{shared({points({{0, 10}, {1, 10}, {10, 10}, {100, 10}})}), 0xff0072b2, 1, 1.3, {}};
        const QImage image = draw_lines({width, height}, AxisTransform(axis, {0.1, 100}, 0, width),
                                        AxisTransform(axis, {1, 100}, height, 0), {&line, 1});
        QCOMPARE(ink(image, width / 6), 0.0); // left of x = 1 there is no point but the one at zero
        QVERIFY(ink(image, width * 2 / 3) > 1);
    }

    /// Paper shows the same envelope: every bucket's extremes are vertices of the path.
    void paths_keep_extremes() {
        const LineStretch stretch = noisy_buckets(100, 5);
        const AxisTransform x({}, {0, 1}, 0, 100), y({}, {0, 1}, 100, 0);
        const auto path = line_path(stretch, x, y, 0.5);
        for (std::size_t b = 0; b < stretch.size(); ++b)
            for (const float value : {stretch.min[b], stretch.max[b]}) {
                const double position = y.position(static_cast<double>(value));
                QVERIFY(std::any_of(path.begin(), path.end(), [position](QPointF p) { return p.y() == position; }));
            }
    }
};

QTEST_GUILESS_MAIN(LineRasterTest)
#include "tst_line_raster.moc"
