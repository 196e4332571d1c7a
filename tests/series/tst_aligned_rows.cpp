#include "engine/series/aligned_rows.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

using namespace isoloss;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr CurveAxis::Interval everywhere{-infinity, infinity};

using V = std::vector<double>;

/// Points of one run. Begins of pieces are places in x; those in `joining` go on from the piece before.
struct Points {
    V x, y;
    std::vector<std::size_t> begins = {0};
    std::set<std::size_t> joining = {};

    Row row() const {
        Row row;
        for (std::size_t i = 0; i < begins.size(); ++i) {
            const std::size_t begin = begins[i], end = i + 1 < begins.size() ? begins[i + 1] : x.size();
            RowPiece piece;
            piece.x = std::span(x).subspan(begin, end - begin);
            const auto values = std::span(y).subspan(begin, end - begin);
            piece.values = values;
            piece.complete = std::ranges::none_of(values, [](double value) { return std::isnan(value); });
            piece.joins = joining.contains(begin);
            row.push_back(piece);
        }
        return row;
    }
};

/// One row at these x, NaN where it has none.
V aligned(const Row& row, const V& x, V* arrives = nullptr) {
    const std::vector<Row> rows{row};
    RowAligner aligner(rows);
    V result(x.size(), gap);
    std::visit(
        [&](const auto& values) {
            if (!values.rows.empty()) std::copy_n(values.rows.front(), x.size(), result.begin());
        },
        aligner.align(x));
    if (arrives != nullptr) arrives->assign(aligner.arrives().begin(), aligner.arrives().end());
    return result;
}

bool same(const V& a, const V& b, double tolerance = 0) {
    return std::ranges::equal(a, b, [&](double left, double right) {
        return (std::isnan(left) && std::isnan(right)) || std::abs(left - right) <= tolerance;
    });
}

} // namespace

Q_DECLARE_METATYPE(Points)
Q_DECLARE_METATYPE(V)

class AlignedRowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void one_row_data() {
        QTest::addColumn<Points>("points");
        QTest::addColumn<V>("x");
        QTest::addColumn<V>("expected");
        QTest::addColumn<V>("arrives"); ///< whether a line comes to each x
        const auto row = [](const char* name, const Points& points, const V& x, const V& expected, const V& arrives) {
            QTest::newRow(name) << points << x << expected << arrives;
        };
        row("its own x", {{0, 1, 2}, {5, 6, 7}}, {0, 1, 2}, {5, 6, 7}, {0, 1, 1});
        row("some of its x", {{0, 1, 2, 3}, {5, 6, 7, 8}}, {1, 2}, {6, 7}, {1, 1});
        row("between points", {{0, 4}, {0, 8}}, {0, 1, 3, 4}, {0, 2, 6, 8}, {0, 1, 1, 1});
        row("never beyond the first and last", {{1, 2}, {5, 6}}, {0, 1, 1.5, 2, 3}, {gap, 5, 5.5, 6, gap},
            {0, 0, 1, 1, 0});
        row("not over a gap", {{0, 1, 2, 3}, {1, gap, 3, 4}}, {0, 0.5, 1, 1.5, 2, 2.5}, {1, gap, gap, gap, 3, 3.5},
            {0, 0, 0, 0, 0, 1});
        row("a gap at its own x", {{0, 1, 2}, {1, gap, 3}}, {0, 1, 2}, {1, gap, 3}, {0, 0, 0});
        row("a single point", {{1}, {5}}, {0, 1, 2}, {gap, 5, gap}, {0, 0, 0});
        row("a piece that goes on", {{0, 1, 3, 4}, {0, 1, 5, 6}, {0, 2}, {2}}, {0, 1, 2, 3, 4}, {0, 1, 3, 5, 6},
            {0, 1, 1, 1, 1});
        row("x only between two pieces", {{0, 1, 3, 4}, {0, 1, 5, 6}, {0, 2}, {2}}, {1.5, 2}, {2, 3}, {1, 1});
        row("a restart", {{0, 1, 3, 4}, {0, 1, 5, 6}, {0, 2}}, {0, 1, 2, 3, 4}, {0, 1, gap, 5, 6}, {0, 1, 0, 0, 1});
        row("a gap at the end of a piece", {{0, 1, 2, 3}, {0, gap, 5, 6}, {0, 2}, {2}}, {0, 1, 1.5, 2, 3},
            {0, gap, gap, 5, 6}, {0, 0, 0, 0, 1});
        row("the later of two pieces", {{0, 1, 2, 3, 1, 2}, {0, 1, 2, 3, 11, 12}, {0, 4}}, {0, 1, 1.5, 2, 3},
            {0, 11, 11.5, 12, 3}, {0, 1, 1, 1, 1});
        row("the earlier where the later has a gap", {{0, 1, 2, 0, 1, 2}, {0, 1, 2, 10, gap, 12}, {0, 3}}, {0, 1, 2},
            {10, 1, 12}, {0, 1, 1});
        row("the last of several at one x", {{0, 1, 1, 1, 2}, {0, 4, 5, 6, 8}}, {0, 0.5, 1, 1.5, 2}, {0, 2, 6, 7, 8},
            {0, 1, 1, 1, 1});
        row("the last finite one", {{0, 1, 1, 2}, {0, 4, gap, 8}}, {0, 1, 1.5, 2}, {0, 4, gap, 8}, {0, 1, 0, 0});
        row("two at the first x are no line", {{0, 0, 1}, {3, 4, 5}}, {0, 1}, {4, 5}, {0, 1});
        row("the same x at the end of one piece and the beginning of the next",
            {{0, 1, 1, 2}, {0, 4, 5, 6}, {0, 2}, {2}}, {0, 1, 2}, {0, 5, 6}, {0, 1, 1});
    }

    void one_row() {
        QFETCH(Points, points);
        QFETCH(V, x);
        QFETCH(V, expected);
        QFETCH(V, arrives);
        V arrived;
        QVERIFY(same(aligned(points.row(), x, &arrived), expected));
        QCOMPARE(arrived, arrives);
        // The same in two parts, as another tile would ask.
        for (std::size_t cut = 1; cut < x.size(); ++cut) {
            V left_arrived, right_arrived;
            V both = aligned(points.row(), V(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(cut)), &left_arrived);
            const V right =
                aligned(points.row(), V(x.begin() + static_cast<std::ptrdiff_t>(cut), x.end()), &right_arrived);
            both.insert(both.end(), right.begin(), right.end());
            left_arrived.insert(left_arrived.end(), right_arrived.begin(), right_arrived.end());
            QVERIFY(same(both, expected));
            QCOMPARE(left_arrived, arrives);
        }
    }

    void stored_floats_are_not_copied() {
        const V x{0, 1, 2, 3};
        const std::vector<float> a{1, 2, 3, 4}, b{5, 6, 7, 8};
        const auto row_of = [&](const std::vector<float>& values) {
            RowPiece piece;
            piece.x = x;
            piece.values = std::span(values);
            piece.complete = true;
            return Row{piece};
        };
        const std::vector<Row> rows{row_of(a), row_of(b)};
        RowAligner aligner(rows);
        const auto& values = std::get<ValueRows<float>>(aligner.align(std::span(x).subspan(1, 2)));
        QCOMPARE(values.rows.size(), std::size_t(2));
        QCOMPARE(values.rows[0], a.data() + 1);
        QCOMPARE(values.rows[1], b.data() + 1);
        QVERIFY(values.complete);
        QCOMPARE(values.size, std::size_t(2));
    }

    void a_row_elsewhere_is_left_out() {
        const Points here{{0, 1}, {1, 2}}, elsewhere{{5, 6}, {1, 2}};
        const std::vector<Row> rows{here.row(), elsewhere.row(), Row()};
        RowAligner aligner(rows);
        QCOMPARE(std::get<ValueRows<double>>(aligner.align(here.x)).rows.size(), std::size_t(1));
        QVERIFY(std::ranges::equal(aligner.has_value(), std::vector<std::uint8_t>{1, 0, 0}));
    }

    void every_x_of_any_row_data() {
        QTest::addColumn<std::vector<V>>("columns");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<V>("expected");
        const auto row = [](const char* name, const std::vector<V>& columns, double low, double high,
                            const V& expected) { QTest::newRow(name) << columns << low << high << expected; };
        row("nothing", {}, -infinity, infinity, {});
        row("equal", {{0, 1, 2}, {0, 1, 2}}, -infinity, infinity, {0, 1, 2});
        row("interleaved", {{0, 2, 4}, {1, 2, 3}, {9}}, -infinity, infinity, {0, 1, 2, 3, 4, 9});
        row("repeated", {{0, 1, 1, 2}, {1, 1}}, -infinity, infinity, {0, 1, 2});
        row("one more on each side", {{0, 10, 20, 30, 40}}, 15, 25, {10, 20, 30});
        row("the nearest of all on each side", {{0, 10, 20, 30}, {12, 28}}, 15, 25, {12, 20, 28});
        row("nothing within", {{0, 10}, {2, 8}}, 4, 5, {2, 8});
        row("all to the left", {{0, 1}, {2}}, 4, 5, {2});
    }

    void every_x_of_any_row() {
        QFETCH(std::vector<V>, columns);
        QFETCH(double, low);
        QFETCH(double, high);
        QFETCH(V, expected);
        std::vector<Points> points;
        for (const V& x : columns)
            points.push_back({x, V(x.size(), 1)});
        std::vector<Row> rows;
        for (const Points& of : points)
            rows.push_back(of.row());
        QCOMPARE(union_of_x(rows, {low, high}), expected);
    }

    /// Random runs against a slow computation that looks through all points for every x.
    void random_rows_data() {
        QTest::addColumn<int>("seed");
        for (int seed = 0; seed < 40; ++seed)
            QTest::addRow("seed %d", seed) << seed;
    }

    void random_rows() {
        QFETCH(int, seed);
        std::mt19937_64 random(static_cast<std::uint64_t>(seed));
        const auto below = [&](std::uint64_t bound) { return static_cast<std::size_t>(random() % bound); };
        std::vector<Points> all(1 + below(4));
        std::vector<std::vector<std::pair<std::size_t, std::size_t>>> lines(all.size()); // joined neighbours
        for (std::size_t r = 0; r < all.size(); ++r) {
            Points& points = all[r];
            points.begins.clear();
            double x = static_cast<double>(below(5));
            for (std::size_t i = 0, count = 1 + below(40); i < count; ++i) {
                const bool begins = i == 0 || below(6) == 0, goes_on = i > 0 && below(2) == 0;
                if (begins) points.begins.push_back(i);
                if (begins && goes_on) points.joining.insert(i);
                if (begins && !goes_on && i > 0 && below(3) == 0) x = std::max(0.0, x - static_cast<double>(below(9)));
                if (i > 0 && (!begins || goes_on)) lines[r].emplace_back(i - 1, i);
                points.x.push_back(x);
                points.y.push_back(below(8) == 0 ? gap : static_cast<double>(below(1000)));
                x += static_cast<double>(below(4));
            }
        }
        std::vector<Row> rows;
        std::set<double> wanted_x;
        for (const Points& points : all) {
            rows.push_back(points.row());
            wanted_x.insert(points.x.begin(), points.x.end());
        }
        const V x = union_of_x(rows, everywhere);
        QCOMPARE(x, V(wanted_x.begin(), wanted_x.end()));
        for (std::size_t r = 0; r < all.size(); ++r) {
            const Points& points = all[r];
            V expected(x.size(), gap), arrives(x.size(), 0);
            // Piece by piece, the later over the earlier: lines first, then the points themselves.
            for (std::size_t piece = 0; piece < points.begins.size(); ++piece) {
                const std::size_t begin = points.begins[piece];
                const std::size_t end = piece + 1 < points.begins.size() ? points.begins[piece + 1] : points.x.size();
                for (std::size_t u = 0; u < x.size(); ++u)
                    for (std::size_t i = begin; i < end; ++i) {
                        const bool line = std::ranges::find(lines[r], std::pair(i - 1, i)) != lines[r].end();
                        const double slope =
                            line ? (points.y[i] - points.y[i - 1]) / (points.x[i] - points.x[i - 1]) : gap;
                        if (line && points.x[i - 1] < x[u] && x[u] < points.x[i] && std::isfinite(slope))
                            expected[u] = points.y[i - 1] + slope * (x[u] - points.x[i - 1]);
                        if (points.x[i] == x[u] && std::isfinite(points.y[i])) expected[u] = points.y[i];
                        if (line && points.x[i - 1] < x[u] && x[u] <= points.x[i] &&
                            std::isfinite(points.y[i - 1] + points.y[i]))
                            arrives[u] = 1;
                    }
            }
            V arrived;
            QVERIFY(same(aligned(rows[r], x, &arrived), expected, 1e-10));
            QCOMPARE(arrived, arrives);
        }
    }
};

QTEST_APPLESS_MAIN(AlignedRowsTest)
#include "tst_aligned_rows.moc"
