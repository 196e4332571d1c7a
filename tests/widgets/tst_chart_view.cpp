#include "widgets/chart_figure.h"
#include "widgets/chart_painter.h"
#include "widgets/chart_view.h"

#include <QApplication>
#include <QBuffer>
#include <QPainter>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSvgGenerator>
#include <QTest>
#include <QUndoStack>
#include <QWheelEvent>
#include <cmath>

using namespace isoloss;

namespace {

ChartLine line(qint64 id, double height) {
    auto stretches = std::make_shared<std::vector<LineStretch>>(1);
    for (int i = 0; i <= 1000; ++i) {
        stretches->front().x_first.push_back(i);
        stretches->front().x_last.push_back(i);
        const auto y = static_cast<float>(height + 0.1 * std::sin(i * 0.05));
        for (auto* column :
             {&stretches->front().min, &stretches->front().max, &stretches->front().first, &stretches->front().last})
            column->push_back(y);
    }
    ChartLine result;
    result.id = id;
    result.name = QStringLiteral("run %1").arg(id);
    result.color = Theme::light().series(static_cast<int>(id)).color;
    result.curve = stretches;
    return result;
}

ChartData curves() {
    ChartData data;
    data.title = QStringLiteral("loss");
    data.x.title = QStringLiteral("step");
    data.x.fixed = AxisRange{0, 1000};
    data.y.title = QStringLiteral("loss (nats/token)");
    data.y.fixed = AxisRange{0, 4};
    data.lines = {line(1, 1), line(2, 3)};
    data.lines[0].nonfinite = 3;
    data.legend = {{QStringLiteral("run 1"), data.lines[0].color, {}, {}}};
    return data;
}

ChartData plane() {
    ChartData data;
    data.x.title = QStringLiteral("loss");
    data.x.reversed = true;
    data.x.fixed = AxisRange{2, 4};
    data.y.fixed = AxisRange{0, 1};
    ChartPolyline run;
    run.id = 50;
    for (int i = 0; i < 5; ++i) {
        ChartPoint point;
        point.id = 100 + i;
        point.x = 3.8 - 0.4 * i;
        point.y = 0.1 + 0.2 * i;
        point.line = 50;
        point.label = QStringLiteral("checkpoint, %1").arg(i);
        point.color = Qt::red;
        run.points.emplace_back(point.x, point.y);
        data.points.push_back(point);
    }
    run.color = Qt::red;
    data.polylines = {run};
    data.band = ChartBand{3.0, 0.1};
    return data;
}

} // namespace

class ChartViewTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ChartView> m_view;

    QPoint at(double x, double y) const { return m_view->toWidget({x, y}).toPoint(); }

    void drag(QPoint from, QPoint to, Qt::MouseButton button = Qt::LeftButton, Qt::KeyboardModifiers modifiers = {}) {
        QTest::mousePress(m_view->viewport(), button, modifiers, from);
        QTest::mouseMove(m_view->viewport(), (from + to) / 2);
        QTest::mouseMove(m_view->viewport(), to);
        QTest::mouseRelease(m_view->viewport(), button, modifiers, to);
    }

    void wheel(QPoint position, int turn, Qt::KeyboardModifiers modifiers = {}) {
        QWheelEvent event(position, m_view->mapToGlobal(position), {}, {0, turn}, Qt::NoButton, modifiers,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_view->viewport(), &event);
    }

private Q_SLOTS:

    void init() {
        m_view = std::make_unique<ChartView>();
        m_view->resize(800, 500);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        m_view->setData(curves());
    }

    void cleanup() { m_view.reset(); }

    void fits_its_data() {
        QCOMPARE(m_view->range().x, (AxisRange{0, 1000}));
        QVERIFY(!m_view->isZoomed());
        QVERIFY(QRectF(m_view->rect()).contains(m_view->plotRect()));
        const QPointF round_trip = m_view->toValue(m_view->toWidget({250, 1.5}));
        QVERIFY(std::abs(round_trip.x() - 250) < 1e-6 && std::abs(round_trip.y() - 1.5) < 1e-9);
    }

    void box_zoom_and_undo() {
        QUndoStack stack;
        m_view->setUndoStack(&stack);
        QSignalSpy changed(m_view.get(), &ChartView::xRangeChanged);
        QSignalSpy interrupted(m_view.get(), &ChartView::followInterrupted);
        const ChartRange before = m_view->range();
        drag(at(200, 1.5), at(600, 2.5));
        QVERIFY(std::abs(m_view->range().x.min - 200) < 3 && std::abs(m_view->range().x.max - 600) < 3);
        QVERIFY(std::abs(m_view->range().y.min - 1.5) < 0.03 && std::abs(m_view->range().y.max - 2.5) < 0.03);
        QVERIFY(m_view->isZoomed());
        QCOMPARE(changed.size(), 1);
        QCOMPARE(interrupted.size(), 1);
        QCOMPARE(stack.count(), 1);
        stack.undo();
        QCOMPARE(m_view->range(), before);
        QVERIFY(!m_view->isZoomed());
        stack.redo();
        QVERIFY(std::abs(m_view->range().x.min - 200) < 3);
    }

    void level_drag_zooms_x_alone() {
        const AxisRange y = m_view->range().y;
        drag(at(200, 2), at(600, 2) + QPoint(0, 3));
        QCOMPARE(m_view->range().y, y);
        QVERIFY(std::abs(m_view->range().x.max - 600) < 3);
    }

    void pan_data() {
        QTest::addColumn<int>("button");
        QTest::addColumn<int>("modifiers");
        QTest::newRow("middle") << int(Qt::MiddleButton) << int(Qt::NoModifier);
        QTest::newRow("shift") << int(Qt::LeftButton) << int(Qt::ShiftModifier);
    }

    void pan() {
        QFETCH(int, button);
        QFETCH(int, modifiers);
        const QPoint from = at(500, 2);
        const QPointF grabbed = m_view->toValue(from);
        drag(from, from + QPoint(60, 40), Qt::MouseButton(button), Qt::KeyboardModifiers(modifiers));
        const QPointF now = m_view->toValue(from + QPoint(60, 40));
        QVERIFY(std::abs(now.x() - grabbed.x()) < 0.5 && std::abs(now.y() - grabbed.y()) < 0.01);
        QVERIFY(std::abs(m_view->range().x.span() - 1000) < 1e-6);
    }

    void wheel_keeps_the_value_under_the_cursor() {
        const QPoint position = at(300, 1);
        const QPointF before = m_view->toValue(position);
        wheel(position, 240);
        const QPointF after = m_view->toValue(position);
        QVERIFY(std::abs(after.x() - before.x()) < 1 && std::abs(after.y() - before.y()) < 0.01);
        QVERIFY(m_view->range().x.span() < 700);
        const AxisRange y = m_view->range().y;
        wheel(position, 120, Qt::ControlModifier);
        QCOMPARE(m_view->range().y, y);
        const AxisRange x = m_view->range().x;
        wheel(QPoint(10, position.y()), 120, Qt::ControlModifier);
        QCOMPARE(m_view->range().x, x);
        QVERIFY(m_view->range().y.span() < y.span());
    }

    void wheel_turns_are_one_undo_step() {
        QUndoStack stack;
        m_view->setUndoStack(&stack);
        const ChartRange before = m_view->range();
        for (int i = 0; i < 5; ++i)
            wheel(at(300, 1), 120);
        QCOMPARE(stack.count(), 1);
        stack.undo();
        QCOMPARE(m_view->range(), before);
    }

    void double_click_fits() {
        m_view->setRange({{100, 200}, {1, 2}});
        QTest::mouseDClick(m_view->viewport(), Qt::LeftButton, {}, at(150, 1.5));
        QCOMPARE(m_view->range().x, (AxisRange{0, 1000}));
    }

    void setters_are_silent() {
        QSignalSpy x(m_view.get(), &ChartView::xRangeChanged), range(m_view.get(), &ChartView::rangeChanged),
            cursor(m_view.get(), &ChartView::cursorMoved), detail(m_view.get(), &ChartView::detailWanted);
        m_view->setXRange({100, 300});
        m_view->setLinkedCursor(200);
        m_view->fit();
        QCOMPARE(x.size() + range.size() + cursor.size(), 0);
        QVERIFY(detail.wait(500)); // but detail is asked for, once
        QCOMPARE(detail.size(), 1);
    }

    void new_data_keeps_a_zoomed_range() {
        m_view->setRange({{100, 200}, {1, 2}});
        ChartData more = curves();
        more.x.fixed = AxisRange{0, 5000};
        m_view->setData(more);
        QCOMPARE(m_view->range().x, (AxisRange{100, 200}));
        m_view->fit();
        m_view->setData(curves());
        QCOMPARE(m_view->range().x, (AxisRange{0, 1000}));
    }

    void x_follows_the_data_while_only_y_is_zoomed() {
        ChartData data = curves();
        data.x.fixed.reset();
        m_view->setData(data);
        const double end = m_view->range().x.max;
        wheel(QPoint(static_cast<int>(m_view->plotRect().left()) - 20, m_view->rect().center().y()), 120);
        QVERIFY(m_view->isZoomed(Qt::Vertical) && !m_view->isZoomed(Qt::Horizontal));
        const AxisRange y = m_view->range().y;
        data.lines.push_back(line(3, 1));
        auto longer = *data.lines[2].curve;
        longer.front().x_last.back() = longer.front().x_first.back() = 2000;
        data.lines[2].curve = std::make_shared<const std::vector<LineStretch>>(longer);
        m_view->setData(data);
        QVERIFY(m_view->range().x.max > end + 900);
        QCOMPARE(m_view->range().y, y);
        m_view->setXRange({0, 10});
        m_view->setData(data);
        QCOMPARE(m_view->range().x, (AxisRange{0, 10}));
        m_view->fit(Qt::Horizontal);
        QVERIFY(m_view->range().x.max > end + 900);
        QCOMPARE(m_view->range().y, y);
    }

    void keys() {
        m_view->setFocus();
        QTest::keyClick(m_view.get(), Qt::Key_Plus);
        QVERIFY(m_view->range().x.span() < 900);
        const AxisRange before = m_view->range().x;
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QVERIFY(m_view->range().x.min > before.min);
        QTest::keyClick(m_view.get(), Qt::Key_0);
        QCOMPARE(m_view->range().x, (AxisRange{0, 1000}));
        QSignalSpy scale(m_view.get(), &ChartView::axisScaleChanged);
        QTest::keyClick(m_view.get(), Qt::Key_L);
        QCOMPARE(m_view->data().y.scale, AxisScale::log);
        QTest::keyClick(m_view.get(), Qt::Key_L, Qt::ShiftModifier);
        QCOMPARE(m_view->data().x.scale, AxisScale::log);
        QCOMPARE(scale.size(), 2);
    }

    void clicks_name_what_is_under_them() {
        QSignalSpy clicked(m_view.get(), &ChartView::lineClicked), isolated(m_view.get(), &ChartView::isolateRequested);
        const double y = 3 + 0.1 * std::sin(500 * 0.05);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, at(500, y));
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toLongLong(), 2);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::AltModifier, at(500, y));
        QCOMPARE(isolated.size(), 1);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, at(500, 2));
        QCOMPARE(clicked.size(), 1);
        m_view->setData(plane(), ChartView::RangePolicy::fit);
        QSignalSpy points(m_view.get(), &ChartView::pointClicked);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, at(3.4, 0.3));
        QCOMPARE(points.size(), 1);
        QCOMPARE(points[0][0].toLongLong(), 101);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::AltModifier, at(3.4, 0.3));
        QCOMPARE(isolated[1][0].toLongLong(), 50); // the run of the point
    }

    void hover_lists_the_nearest_line_first() {
        QSignalSpy cursor(m_view.get(), &ChartView::cursorMoved);
        QSignalSpy hovered(m_view.get(), &ChartView::hovered);
        QTest::mouseMove(m_view->viewport(), at(500, 2.8));
        QVERIFY(!cursor.isEmpty() && !hovered.isEmpty());
        QVERIFY(std::abs(cursor.last()[0].toDouble() - 500) < 2);
        const auto rows = hovered.last()[0].value<QList<HoverRow>>();
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows[0].id, 2);
        QCOMPARE(rows[1].name, QStringLiteral("run 1"));
    }

    void band_by_mouse() {
        m_view->setData(plane(), ChartView::RangePolicy::fit);
        QSignalSpy moved(m_view.get(), &ChartView::bandChanged);
        const ChartRange range = m_view->range();
        drag(at(3.0, 0.8), at(3.2, 0.8));
        QVERIFY(!moved.isEmpty());
        QVERIFY(std::abs(m_view->band()->center - 3.2) < 0.01);
        QCOMPARE(m_view->band()->half_width, 0.1);
        drag(at(3.3, 0.8), at(3.5, 0.8));
        QVERIFY(std::abs(m_view->band()->half_width - 0.3) < 0.01);
        QVERIFY(std::abs(moved.last()[1].toDouble() - 0.3) < 0.01);
        QCOMPARE(m_view->range(), range);
    }

    void band_keeps_its_proportion_on_a_logarithmic_axis() {
        ChartData data = plane();
        data.x.scale = AxisScale::log;
        m_view->setData(data, ChartView::RangePolicy::fit);
        const ChartBand before = *m_view->band();
        drag(at(3.0, 0.8), at(3.4, 0.8));
        const ChartBand after = *m_view->band();
        QVERIFY(std::abs(after.center - 3.4) < 0.01);
        QVERIFY(std::abs(after.half_width / after.center - before.half_width / before.center) < 1e-9);
    }

    void band_by_keys() {
        m_view->setData(plane(), ChartView::RangePolicy::fit);
        QTest::keyClick(m_view.get(), Qt::Key_B);
        QTest::keyClick(m_view.get(), Qt::Key_Right); // to the right is to smaller losses here
        QVERIFY(std::abs(m_view->band()->center - 2.95) < 1e-9);
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
        QVERIFY(std::abs(m_view->band()->half_width - 0.11) < 1e-9);
        QTest::keyClick(m_view.get(), Qt::Key_Escape);
        const double center = m_view->band()->center;
        QTest::keyClick(m_view.get(), Qt::Key_Right); // the range moves again
        QCOMPARE(m_view->band()->center, center);
    }

    void band_text_has_the_digits_of_its_width_data() {
        QTest::addColumn<double>("center");
        QTest::addColumn<double>("half_width");
        QTest::addColumn<QString>("expected");
        QTest::newRow("as in the picture") << 3.14 << 0.02 << QStringLiteral("3.14 ± .02");
        QTest::newRow("wide") << 12.0 << 5.0 << QStringLiteral("12 ± 5");
        QTest::newRow("narrow") << 2.71828 << 0.0005 << QStringLiteral("2.7183 ± .0005");
    }

    void band_text_has_the_digits_of_its_width() {
        QFETCH(double, center);
        QFETCH(double, half_width);
        QFETCH(QString, expected);
        QCOMPARE((ChartBand{center, half_width}).text(), expected);
    }

    void ink_stays_inside_the_plot() {
        m_view->setRange({{200, 300}, {2.95, 3.05}}); // the curve leaves the plot above and below
        const QImage image = m_view->grab().toImage();
        const QColor color = curves().lines[1].color;
        int inside = 0, outside = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) {
                const QColor pixel = image.pixelColor(x, y);
                const bool ink = std::abs(pixel.hslHue() - color.hslHue()) < 8 && pixel.hslSaturation() > 100;
                (m_view->plotRect().adjusted(-1, -1, 1, 1).contains(x, y) ? inside : outside) += ink;
            }
        QVERIFY2(inside > 100, qPrintable(QString::number(inside)));
        QCOMPARE(outside, 0);
    }

    void lone_values_are_dots() {
        ChartData data;
        data.x.fixed = AxisRange{0, 10};
        data.y.fixed = AxisRange{0, 10};
        m_view->setData(data);
        const QImage empty = m_view->grab().toImage();
        ChartLine single;
        single.id = 1;
        single.color = Qt::red;
        single.curve = std::make_shared<const std::vector<LineStretch>>(1, LineStretch{{5}, {5}, {5}, {5}, {5}, {5}});
        data.lines = {single};
        m_view->setData(data);
        const QImage drawn = m_view->grab().toImage();
        int red = 0;
        for (int y = 0; y < drawn.height(); ++y)
            for (int x = 0; x < drawn.width(); ++x)
                red += drawn.pixel(x, y) != empty.pixel(x, y) ? 1 : 0;
        QVERIFY2(red >= 12 && red < 120, qPrintable(QString::number(red))); // a disc of five pixels, no line
    }

    void themes_change_the_ground() {
        m_view->setTheme(Theme::dark());
        const QPoint middle = m_view->plotRect().center().toPoint() + QPoint(3, 3);
        QVERIFY(m_view->grab().toImage().pixelColor(middle).lightness() < 80);
        m_view->setTheme(Theme::light());
        QVERIFY(m_view->grab().toImage().pixelColor(middle).lightness() > 200);
    }

    void tables_hold_what_is_shown() {
        m_view->setRange({{100, 109.5}, {0, 4}});
        const ChartTable table = m_view->chartTable();
        QCOMPARE(table.rows(), qsizetype{20});
        m_view->setData(plane(), ChartView::RangePolicy::fit);
        const QString csv = m_view->chartTable().csv();
        QVERIFY(csv.startsWith(QStringLiteral("point,loss,y,x_error,y_error\n")));
        QVERIFY(csv.contains(QStringLiteral("\"checkpoint, 1\",3.4,0.3")));
    }

    void points_that_are_not_finite_are_not_drawn() {
        ChartData data = plane();
        data.points[2].y = std::nan("");
        data.points[3].x = INFINITY;
        data.points[3].y_error = std::nan("");
        data.polylines[0].points[2].setY(std::nan(""));
        QTest::failOnWarning(QRegularExpression(QStringLiteral("NaN")));
        m_view->setData(data, ChartView::RangePolicy::fit);
        QVERIFY(!m_view->grab().isNull());
        const QPoint middle = m_view->plotRect().center().toPoint();
        QVERIFY(m_view->hitAt(middle).kind != ChartHit::Kind::point);
    }

    void marks_stretch_the_range_a_little_data() {
        QTest::addColumn<bool>("logarithmic");
        QTest::addColumn<double>("mark");
        QTest::addColumn<bool>("held");
        // Points from 2.2 to 3.8: 15 % of the span are 0.24, and of its logarithm a factor of 1.0854.
        QTest::newRow("inside") << false << 3.0 << true;
        QTest::newRow("a little below") << false << 1.97 << true;
        QTest::newRow("far below") << false << 1.95 << false;
        QTest::newRow("a little above") << false << 4.03 << true;
        QTest::newRow("a little below, logarithmic") << true << 2.03 << true;
        QTest::newRow("far below, logarithmic") << true << 2.02 << false;
        QTest::newRow("no logarithm") << true << -1.0 << false;
        QTest::newRow("not a number") << false << std::nan("") << false;
    }

    void marks_stretch_the_range_a_little() {
        QFETCH(bool, logarithmic);
        QFETCH(double, mark);
        QFETCH(bool, held);
        ChartData data = plane();
        data.x.fixed.reset();
        data.x.scale = logarithmic ? AxisScale::log : AxisScale::linear;
        const ChartRange before = data_range(data);
        data.marks.push_back({Qt::Vertical, mark, QStringLiteral("floor"), {}});
        const ChartRange after = data_range(data);
        QCOMPARE(after.x.contains(mark), held);
        if (!held || before.x.contains(mark)) QCOMPARE(after.x, before.x);
        QCOMPARE(after.y, before.y);
    }

    void labels_of_marks_keep_clear_of_the_band() {
        const Theme theme = Theme::light();
        const ChartStyle style = ChartStyle::screen(theme);
        ChartData data = plane();
        const auto place = [&](double centre) {
            data.band = ChartBand{centre, 0.02};
            const ChartLayout layout = layout_chart(data, data_range(data), {0, 0, 600, 400}, style);
            const ChartPainter painter(data, layout, style, theme);
            const auto label = painter.mark_label_place(data.marks.front(), {painter.band_pill()});
            const double line = layout.x.position(centre);
            return std::pair(label, line < label.rect.left() || line > label.rect.right());
        };
        data.marks.push_back({Qt::Vertical, 2.03, QStringLiteral("entropy floor 2.0300"), {}});
        const auto [across, far] = place(3.5);
        QVERIFY(!across.turned && far);
        // The band stands where the label would: it turns along its line.
        const auto [along, clear] = place(2.1);
        QVERIFY(along.turned && clear);
        QVERIFY(along.rect.height() > along.rect.width());
    }

    void small_points_lie_above_large_ones() {
        ChartData data = plane();
        data.points[1].x = data.points[0].x + 0.01;
        data.points[1].y = data.points[0].y;
        data.points[0].size = 6;
        data.points[1].size = 16;
        m_view->setData(data, ChartView::RangePolicy::fit);
        const QPointF small = m_view->toWidget({data.points[0].x, data.points[0].y});
        QCOMPARE(m_view->hitAt(small).id, 101); // the later one
        data.sized = true;
        m_view->setData(data, ChartView::RangePolicy::fit);
        QCOMPARE(m_view->hitAt(small).id, 100);
        const QPointF beside = m_view->toWidget({data.points[1].x, data.points[1].y}) + QPointF(0, 7);
        QCOMPARE(m_view->hitAt(beside).id, 101); // inside the large one alone
    }

    void the_band_enlarges_points_whose_size_means_nothing() {
        ChartData data = plane();
        const ChartPoint& inside = data.points[2];
        QVERIFY(data.band->contains(inside.x));
        QVERIFY(drawn_diameter(data, inside) > inside.size);
        QCOMPARE(drawn_diameter(data, data.points[0]), data.points[0].size);
        data.sized = true;
        QCOMPARE(drawn_diameter(data, inside), inside.size);
    }

    void has_a_name_for_those_who_do_not_see_it() {
        QCOMPARE(m_view->accessibleName(), QStringLiteral("loss"));
        QVERIFY(m_view->accessibleDescription().contains(QStringLiteral("step")));
    }

    void figures_are_vectors_data() {
        QTest::addColumn<bool>("points");
        QTest::newRow("curves") << false;
        QTest::newRow("plane") << true;
    }

    void figures_are_vectors() {
        QFETCH(bool, points);
        const ChartData data = points ? plane() : curves();
        const QSizeF size = figure_points({84, 60});
        QBuffer svg;
        {
            QSvgGenerator generator;
            generator.setOutputDevice(&svg);
            generator.setResolution(72);
            generator.setSize(size.toSize());
            generator.setViewBox(QRectF(QPointF(), size));
            QPainter painter(&generator);
            paint_figure(painter, size, data, data_range(data), {});
        }
        const QString text = QString::fromUtf8(svg.data());
        QVERIFY(text.contains(QStringLiteral("<text")));
        QVERIFY(text.contains(QStringLiteral("<path")));
        QVERIFY(!text.contains(QStringLiteral("<image")));
        QVERIFY(text.contains(data.x.title));
        QVERIFY(!text.contains(QStringLiteral("nan")));

        QBuffer pdf;
        pdf.open(QIODevice::WriteOnly);
        {
            QPdfWriter writer(&pdf);
            writer.setResolution(72);
            writer.setPageSize(QPageSize(size, QPageSize::Point));
            writer.setPageMargins({});
            QPainter painter(&writer);
            paint_figure(painter, size, data, data_range(data), {});
        }
        QVERIFY(pdf.data().startsWith("%PDF"));
        QVERIFY(pdf.data().size() > 3000);
        QVERIFY(!pdf.data().contains("/Subtype /Image"));
    }
};

QTEST_MAIN(ChartViewTest)
#include "tst_chart_view.moc"
