#include "widgets/chart_figure.h"
#include "widgets/chart_view.h"

#include <QBuffer>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgGenerator>
#include <QTest>
#include <QWheelEvent>
#include <cmath>
#include <limits>

using namespace isoloss;

namespace {

/// A line through points with whole x from 0; a value that is not finite is a gap.
ChartLine line_of(const std::vector<float>& values) {
    auto stretches = std::make_shared<std::vector<LineStretch>>();
    bool open = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            open = false;
            continue;
        }
        if (!open) stretches->emplace_back();
        open = true;
        LineStretch& stretch = stretches->back();
        stretch.x_first.push_back(static_cast<double>(i));
        stretch.x_last.push_back(static_cast<double>(i));
        for (auto* column : {&stretch.min, &stretch.max, &stretch.first, &stretch.last})
            column->push_back(values[i]);
    }
    ChartLine line;
    line.id = 1;
    line.color = QColor(220, 0, 0);
    line.curve = stretches;
    return line;
}

bool is_ink(const QColor& pixel) {
    return pixel.red() - pixel.blue() > 30 && pixel.red() - pixel.green() > 30;
}

/// Pixels of the line's colour in a part of a picture.
int ink(const QImage& image, const QRectF& place) {
    int count = 0;
    const QRect part = place.toAlignedRect().intersected(image.rect());
    for (int y = part.top(); y <= part.bottom(); ++y)
        for (int x = part.left(); x <= part.right(); ++x)
            count += is_ink(image.pixelColor(x, y)) ? 1 : 0;
    return count;
}

QRectF around(QPointF at, double reach) {
    return {at - QPointF(reach, reach), at + QPointF(reach, reach)};
}

} // namespace

/// What is drawn along curves and beside them: a right axis, areas, marks, gaps, arrows, fixed cursors.
class ChartCurvesTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ChartView> m_view;

    ChartData two_axes() const {
        ChartData data;
        data.x.fixed = AxisRange{0, 10};
        data.y.fixed = AxisRange{0, 100};
        data.y2 = ChartAxis{};
        data.y2->title = QStringLiteral("lr");
        data.y2->fixed = AxisRange{0, 1};
        ChartLine right = line_of(std::vector<float>(11, 0.5F));
        right.side = YSide::right;
        data.lines = {right};
        return data;
    }

    void wheel(QPointF position, Qt::KeyboardModifiers modifiers = {}) {
        QWheelEvent event(position, m_view->mapToGlobal(position), {}, {0, 120}, Qt::NoButton, modifiers,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_view->viewport(), &event);
    }

private Q_SLOTS:

    void init() {
        m_view = std::make_unique<ChartView>();
        m_view->resize(640, 400);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }

    void cleanup() { m_view.reset(); }

    void lines_of_the_right_axis_have_its_heights() {
        m_view->setData(two_axes());
        const QImage image = m_view->grab().toImage();
        const QRectF plot = m_view->plotRect();
        QVERIFY(ink(image, around(plot.center(), 3)) > 3); // half way up the right axis
        QCOMPARE(ink(image, QRectF(plot.left(), plot.bottom() - 20, plot.width(), 20)),
                 0);                                  // not at 0.5 of the left one
        QVERIFY(m_view->width() - plot.right() > 40); // room for its labels
    }

    void both_y_axes_zoom_together_and_each_alone() {
        m_view->setData(two_axes());
        const QRectF plot = m_view->plotRect();
        wheel(plot.center());
        const ChartRange together = m_view->range();
        QVERIFY(together.y.span() < 100 && together.y2.span() < 1);
        QVERIFY(std::abs(together.y.span() / 100 - together.y2.span()) < 1e-9);
        wheel({plot.right() + 20, plot.center().y()});
        const ChartRange right = m_view->range();
        QCOMPARE(right.y, together.y);
        QCOMPARE(right.x, together.x);
        QVERIFY(right.y2.span() < together.y2.span());
        wheel({plot.left() - 20, plot.center().y()});
        QCOMPARE(m_view->range().y2, right.y2);
        QVERIFY(m_view->range().y.span() < right.y.span());
    }

    void panning_moves_both_y_axes() {
        m_view->setData(two_axes());
        const QPoint middle = m_view->plotRect().center().toPoint();
        QTest::mousePress(m_view->viewport(), Qt::MiddleButton, {}, middle);
        QTest::mouseMove(m_view->viewport(), middle + QPoint(0, 40));
        QTest::mouseRelease(m_view->viewport(), Qt::MiddleButton, {}, middle + QPoint(0, 40));
        const ChartRange moved = m_view->range();
        QVERIFY(moved.y.min > 1);
        QVERIFY(std::abs(moved.y.min / 100 - moved.y2.min) < 1e-9);
    }

    void the_range_of_each_axis_fits_its_own_lines() {
        ChartData data = two_axes();
        data.y.fixed.reset();
        data.y2->fixed.reset();
        data.lines.push_back(line_of({10, 20}));
        m_view->setData(data);
        QVERIFY(m_view->range().y.contains(10) && m_view->range().y.contains(20));
        QVERIFY(!m_view->range().y.contains(0.5));
        QVERIFY(m_view->range().y2.contains(0.5) && m_view->range().y2.max < 1);
    }

    void hover_reads_the_axis_of_the_line() {
        m_view->setData(two_axes());
        QSignalSpy hovered(m_view.get(), &ChartView::hovered);
        QTest::mouseMove(m_view->viewport(), m_view->plotRect().center().toPoint());
        QTRY_VERIFY(!hovered.isEmpty());
        const auto rows = hovered.last()[0].value<QList<HoverRow>>();
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows[0].y, 0.5);
        QCOMPARE(rows[0].side, YSide::right);
        QCOMPARE(rows[0].line, 0);
    }

    void fixed_cursors_by_key() {
        m_view->setData(two_axes());
        QSignalSpy changed(m_view.get(), &ChartView::fixedCursorsChanged);
        QTest::mouseMove(m_view->viewport(), m_view->toWidget({2, 50}).toPoint());
        QTest::keyClick(m_view.get(), Qt::Key_C);
        QTest::mouseMove(m_view->viewport(), m_view->toWidget({7, 50}).toPoint());
        QTest::keyClick(m_view.get(), Qt::Key_C);
        QCOMPARE(m_view->fixedCursors().size(), std::size_t{2});
        QVERIFY(std::abs(m_view->fixedCursors()[0] - 2) < 0.05);
        QVERIFY(std::abs(m_view->fixedCursors()[1] - 7) < 0.05);
        QCOMPARE(changed.size(), 2);
        QTest::keyClick(m_view.get(), Qt::Key_C);
        QVERIFY(m_view->fixedCursors().empty());
        QCOMPARE(changed.size(), 3);
    }

    void fixed_cursors_are_dragged() {
        m_view->setData(two_axes());
        m_view->setFixedCursors({2, 7});
        const ChartRange before = m_view->range();
        QTest::mousePress(m_view->viewport(), Qt::LeftButton, {}, m_view->toWidget({7, 20}).toPoint());
        QTest::mouseMove(m_view->viewport(), m_view->toWidget({5, 30}).toPoint());
        QTest::mouseRelease(m_view->viewport(), Qt::LeftButton, {}, m_view->toWidget({5, 30}).toPoint());
        QCOMPARE(m_view->fixedCursors()[0], 2.0);
        QVERIFY(std::abs(m_view->fixedCursors()[1] - 5) < 0.05);
        QCOMPARE(m_view->range(), before); // no zoom
    }

    void arrows_where_a_curve_leaves_the_range_data() {
        QTest::addColumn<bool>("marked");
        QTest::addColumn<bool>("above");
        QTest::newRow("above") << true << true;
        QTest::newRow("below") << true << false;
        QTest::newRow("an axis that does not ask") << false << true;
    }

    void arrows_where_a_curve_leaves_the_range() {
        QFETCH(bool, marked);
        QFETCH(bool, above);
        ChartData data;
        data.x.fixed = AxisRange{-1, 9};
        data.y.fixed = AxisRange{0, 10};
        data.y.marks_off_scale = marked;
        // One point far off; without it and its neighbours nothing is drawn near the edge.
        const float far = above ? 1e6F : -1e6F;
        constexpr float nan = std::numeric_limits<float>::quiet_NaN();
        data.lines = {line_of({5, 5, nan, nan, far, nan, nan, 5, 5})};
        m_view->setData(data);
        const QImage image = m_view->grab().toImage();
        const QRectF plot = m_view->plotRect();
        const QRectF edge(m_view->toWidget({4, 0}).x() - 10, above ? plot.top() : plot.bottom() - 8, 20, 8);
        QCOMPARE(ink(image, edge) > 8, marked);
        const QRectF other(plot.left(), above ? plot.bottom() - 8 : plot.top(), plot.width(), 8);
        QCOMPARE(ink(image, other), 0);
    }

    void extremes_are_marked() {
        ChartData data;
        data.x.fixed = AxisRange{0, 4};
        data.y.fixed = AxisRange{0, 10};
        data.lines = {line_of({8, 2, 9, 5})};
        m_view->setData(data);
        const QPointF at = m_view->toWidget({1, 2});
        const int without = ink(m_view->grab().toImage(), around(at, 6));
        data.lines[0].marks = {{LineMark::Kind::min, 1, 2}};
        m_view->setData(data);
        QVERIFY(ink(m_view->grab().toImage(), around(at, 6)) > without + 8);
    }

    void gaps_are_ticked_at_the_foot() {
        ChartData data;
        data.x.fixed = AxisRange{0, 10};
        data.y.fixed = AxisRange{0, 10};
        constexpr float nan = std::numeric_limits<float>::quiet_NaN();
        data.lines = {line_of({8, 8, 8, nan, nan, nan, 8, 8, 8, 8, 8})};
        data.lines[0].gaps = {{3, 5, 3}};
        m_view->setData(data);
        const QImage image = m_view->grab().toImage();
        const QRectF plot = m_view->plotRect();
        const double left = m_view->toWidget({3, 0}).x(), right = m_view->toWidget({5, 0}).x();
        QVERIFY(ink(image, QRectF(left, plot.bottom() - 4, right - left, 3)) > right - left);
        QCOMPARE(ink(image, QRectF(plot.left(), plot.bottom() - 6, left - plot.left() - 3, 6)), 0);
    }

    void hover_counts_the_values_of_a_gap() {
        ChartData data;
        data.x.fixed = AxisRange{0, 10};
        data.y.fixed = AxisRange{0, 10};
        constexpr float nan = std::numeric_limits<float>::quiet_NaN();
        data.lines = {line_of({8, 8, 8, nan, nan, nan, 8, 8, 8, 8, 8}), line_of(std::vector<float>(11, 2))};
        data.lines[0].gaps = {{3, 5, 3}};
        m_view->setData(data);
        QSignalSpy hovered(m_view.get(), &ChartView::hovered);
        QTest::mouseMove(m_view->viewport(), m_view->toWidget({4, 5}).toPoint());
        QTRY_VERIFY(!hovered.isEmpty());
        auto rows = hovered.last()[0].value<QList<HoverRow>>();
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows[0].y, 2.0);
        QCOMPARE(rows[1].gap, 3);
        QVERIFY(std::isnan(rows[1].y));
        QTest::mouseMove(m_view->viewport(), m_view->toWidget({8, 5}).toPoint());
        QTRY_COMPARE(hovered.last()[0].value<QList<HoverRow>>().size(), 2);
        rows = hovered.last()[0].value<QList<HoverRow>>();
        QCOMPARE(rows[0].gap + rows[1].gap, 0);
    }

    void areas_fill_from_edge_to_edge_data() {
        QTest::addColumn<AxisScale>("scale");
        QTest::addColumn<double>("low");
        QTest::newRow("linear") << AxisScale::linear << 2.0;
        QTest::newRow("logarithmic") << AxisScale::log << 2.0;
        QTest::newRow("logarithmic, down to nothing") << AxisScale::log << -1.0;
    }

    void areas_fill_from_edge_to_edge() {
        QFETCH(AxisScale, scale);
        QFETCH(double, low);
        ChartData data;
        data.x.fixed = AxisRange{0, 10};
        data.y.scale = scale;
        data.y.fixed = AxisRange{1, 10};
        LineStretch stretch;
        for (int x = 0; x <= 10; ++x) {
            stretch.x_first.push_back(x);
            stretch.x_last.push_back(x);
            stretch.min.push_back(static_cast<float>(low));
            stretch.max.push_back(5);
            stretch.first.push_back(3);
            stretch.last.push_back(3);
        }
        ChartArea area;
        area.color = QColor(220, 0, 0);
        area.stretches = std::make_shared<const std::vector<LineStretch>>(1, stretch);
        data.areas = {area};
        m_view->setData(data);
        const auto check = [&](const QImage& image, const auto& place) {
            const auto filled = [&](double y) { return is_ink(image.pixelColor(place(5.0, y).toPoint())); };
            QVERIFY(filled(4.9) && filled(2.1));
            QVERIFY(!filled(5.3));
            QCOMPARE(filled(1.5), low < 1.5);
        };
        check(m_view->grab().toImage(), [&](double x, double y) { return m_view->toWidget({x, y}); });

        // On paper the same, at another size.
        QImage paper(600, 400, QImage::Format_ARGB32_Premultiplied);
        QPainter painter(&paper);
        paint_figure(painter, QSizeF(600, 400), data, data_range(data), {});
        painter.end();
        const QColor middle = paper.pixelColor(300, 260);
        QVERIFY(is_ink(middle));
    }
};

QTEST_MAIN(ChartCurvesTest)
#include "tst_chart_curves.moc"
