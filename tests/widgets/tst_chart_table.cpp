#include "widgets/chart_accessible.h"
#include "widgets/chart_menu.h"
#include "widgets/chart_table_model.h"
#include "widgets/chart_table_window.h"
#include "widgets/chart_view.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFile>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <utility>

using namespace isoloss;

namespace {

LineStretch points(std::initializer_list<std::pair<double, float>> values) {
    LineStretch stretch;
    for (const auto& [x, y] : values) {
        stretch.x_first.push_back(x);
        stretch.x_last.push_back(x);
        for (auto* column : {&stretch.min, &stretch.max, &stretch.first, &stretch.last})
            column->push_back(y);
    }
    return stretch;
}

ChartLine line(const QString& name, std::vector<LineStretch> stretches) {
    ChartLine result;
    result.name = name;
    result.curve = std::make_shared<const std::vector<LineStretch>>(std::move(stretches));
    return result;
}

/// Two runs; the first has a gap between x = 3 and x = 5.
ChartData curves() {
    ChartData data;
    data.title = QStringLiteral("train/loss");
    data.x.title = QStringLiteral("step");
    data.y.title = QStringLiteral("loss, \"nats\"");
    data.lines = {line(QStringLiteral("=run\ta"), {points({{1, 3.5F}, {2, 3.25F}, {3, 0.1F}}), points({{5, 2.0F}})}),
                  line(QStringLiteral("run b"), {points({{1, -1.0F}, {9, 4.0F}})})};
    return data;
}

ChartData many_points(int count) {
    ChartData data;
    LineStretch stretch;
    for (int i = 0; i < count; ++i) {
        stretch.x_first.push_back(i);
        stretch.x_last.push_back(i);
        const auto y = static_cast<float>((static_cast<qint64>(i) * 7919) % count); // each value once
        for (auto* column : {&stretch.min, &stretch.max, &stretch.first, &stretch.last})
            column->push_back(y);
    }
    data.lines = {line(QStringLiteral("run"), {stretch})};
    return data;
}

constexpr ChartRange everything{{-1e9, 1e9}, {-1e9, 1e9}};

QStringList column(const QAbstractItemModel& model, int column) {
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row)
        texts << model.index(row, column).data().toString();
    return texts;
}

} // namespace

/// What every chart can do besides being looked at: the table of its numbers, its menu, its words for a screen reader.
class ChartTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void rows_are_what_is_drawn_data() {
        QTest::addColumn<ChartRange>("range");
        QTest::addColumn<QStringList>("expected"); ///< "line x y"
        QTest::newRow("everything") << everything << QStringList{"=run\ta 1 3.5", "=run\ta 2 3.25", "=run\ta 3 0.1",
                                                                 "=run\ta 5 2",   "run b 1 -1",     "run b 9 4"};
        QTest::newRow("a part of x") << ChartRange{{2, 5}, {0, 1}}
                                     << QStringList{"=run\ta 2 3.25", "=run\ta 3 0.1", "=run\ta 5 2"};
        QTest::newRow("nothing") << ChartRange{{6, 8}, {0, 1}} << QStringList{};
    }

    void rows_are_what_is_drawn() {
        QFETCH(ChartRange, range);
        QFETCH(QStringList, expected);
        const ChartTable table(curves(), range);
        QStringList found;
        for (qsizetype row = 0; row < table.rows(); ++row)
            found << table.text(row, 0) + u' ' + table.text(row, 1) + u' ' + table.text(row, 3);
        QCOMPARE(found, expected);
    }

    void bands_and_raw_curves_follow_their_lines() {
        ChartData data = curves();
        data.lines[0].id = 7;
        data.lines[0].raw = line({}, {points({{2, 4.0F}})}).curve;
        LineStretch edges = points({{2, 3.0F}});
        edges.max = edges.last = {3.5F};
        data.areas.push_back({7, {}, std::make_shared<const std::vector<LineStretch>>(1, edges), YSide::left});
        data.lines[1].raw = std::exchange(data.lines[1].curve, nullptr); // a member of a group: faint only
        data.y2 = ChartAxis{QStringLiteral("lr")};
        const ChartTable table(data, {{2, 2}, {-1e9, 1e9}});
        QStringList found;
        for (qsizetype row = 0; row < table.rows(); ++row)
            found << table.text(row, 0) + u' ' + table.text(row, 5) + u' ' + table.text(row, 6);
        QCOMPARE(found,
                 (QStringList{QStringLiteral("=run\ta 3.25 3.25"), QStringLiteral("=run\ta · before smoothing 4 4"),
                              QStringLiteral("=run\ta · band 3 3.5")}));
        QCOMPARE(table.columns()[3], QStringLiteral("loss, \"nats\" | lr"));
        const ChartTable all(data, everything);
        QCOMPARE(all.text(all.rows() - 1, 0), QStringLiteral("run b"));
    }

    void csv_is_quoted_and_is_no_formula() {
        const QStringList lines = ChartTable(curves(), everything).csv().split(u'\n');
        QCOMPARE(lines.size(), 8);
        QCOMPARE(lines[0], QStringLiteral("line,step,x_last,\"loss, \"\"nats\"\"\",last,min,max"));
        QCOMPARE(lines[1], QStringLiteral("'=run\ta,1,1,3.5,3.5,3.5,3.5"));
        QCOMPARE(lines[5], QStringLiteral("run b,1,1,-1,-1,-1,-1"));
    }

    void a_million_rows_are_written_only_when_looked_at() {
        ChartTableModel model(ChartTable(many_points(1'000'000), everything));
        QCOMPARE(model.rowCount(), 1'000'000);
        QCOMPARE(model.index(999'999, 1).data().toString(), QStringLiteral("999999"));
        QSignalSpy sorted(&model, &QAbstractItemModel::layoutChanged);
        const QPersistentModelIndex kept = model.index(5, 3);
        const QString value = kept.data().toString();
        model.sort(3, Qt::DescendingOrder);
        QVERIFY(sorted.wait());
        for (const int row : {0, 1, 500'000, 999'999})
            QCOMPARE(model.index(row, 3).data().toInt(), 999'999 - row);
        QCOMPARE(kept.data().toString(), value);
    }

    void sorting_data() {
        QTest::addColumn<int>("by");
        QTest::addColumn<Qt::SortOrder>("order");
        QTest::addColumn<QStringList>("expected"); ///< x of the rows
        QTest::newRow("the chart's") << -1 << Qt::AscendingOrder << QStringList{"1", "2", "3", "5", "1", "9"};
        QTest::newRow("y up") << 3 << Qt::AscendingOrder << QStringList{"1", "3", "5", "2", "1", "9"};
        QTest::newRow("y down") << 3 << Qt::DescendingOrder << QStringList{"9", "1", "2", "5", "3", "1"};
        QTest::newRow("name down") << 0 << Qt::DescendingOrder << QStringList{"1", "9", "1", "2", "3", "5"};
    }

    void sorting() {
        QFETCH(int, by);
        QFETCH(Qt::SortOrder, order);
        QFETCH(QStringList, expected);
        ChartTableModel model(ChartTable(curves(), everything));
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy sorted(&model, &QAbstractItemModel::layoutChanged);
        model.sort(2, Qt::DescendingOrder); // an answer to this is stale
        model.sort(by, order);
        QTRY_VERIFY(!sorted.isEmpty());
        QCOMPARE(column(model, 1), expected);
        QTest::qWait(20);
        QCOMPARE(column(model, 1), expected);
    }

    void missing_errors_are_empty_and_come_last() {
        ChartData data;
        for (int i = 0; i < 3; ++i) {
            ChartPoint point;
            point.x = i;
            point.label = QString::number(i);
            if (i != 1) point.y_error = 0.5 * i;
            data.points.push_back(point);
        }
        ChartTableModel model(ChartTable(data, everything));
        QSignalSpy sorted(&model, &QAbstractItemModel::layoutChanged);
        for (const auto& [order, expected] : {std::pair(Qt::AscendingOrder, QStringList{"0", "1", ""}),
                                              std::pair(Qt::DescendingOrder, QStringList{"1", "0", ""})}) {
            model.sort(4, order);
            QVERIFY(sorted.wait());
            QCOMPARE(column(model, 4), expected);
        }
    }

    void the_window_copies_and_saves() {
        ChartTableWindow window(ChartTable(curves(), everything), QStringLiteral("loss"), nullptr);
        window.setAttribute(Qt::WA_DeleteOnClose, false);
        window.show();
        QSignalSpy copied(&window, &ChartTableWindow::copied), saved(&window, &ChartTableWindow::saved);
        window.copy();
        QVERIFY(copied.wait());
        QCOMPARE(QGuiApplication::clipboard()->text().count(u'\n'), 7);
        window.view()->selectRow(1);
        window.copy();
        QVERIFY(copied.wait());
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QStringLiteral("line\tstep\tx_last\tloss, \"nats\"\tlast\tmin\tmax\n"
                                "'=run a\t2\t2\t3.25\t3.25\t3.25\t3.25\n"));
        const QTemporaryDir folder;
        window.save(folder.filePath(QStringLiteral("table.csv")));
        QVERIFY(saved.wait());
        QCOMPARE(saved.last().first().toString(), QString());
        QFile file(folder.filePath(QStringLiteral("table.csv")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(file.readAll()), ChartTable(curves(), everything).csv());
        window.save(folder.filePath(QStringLiteral("none/table.csv")));
        QVERIFY(saved.wait());
        QVERIFY(!saved.last().first().toString().isEmpty());
    }

    void keys_open_and_copy_the_table() {
        ChartView chart;
        chart.resize(500, 300);
        chart.setData(curves());
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
        QTest::keyClick(&chart, Qt::Key_T, Qt::ControlModifier);
        auto* window = chart.findChild<ChartTableWindow*>();
        QVERIFY(window && window->isVisible() && !window->isModal());
        QCOMPARE(window->model().rowCount(), 6);
        QSignalSpy copied(&chart, &ChartView::tableCopied);
        QTest::keyClick(&chart, Qt::Key_C, Qt::ControlModifier);
        QVERIFY(copied.wait());
        QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("line\tstep\t")));
        QTest::keyClick(&chart, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(QGuiApplication::clipboard()->image().size(), chart.size() * chart.devicePixelRatio());
    }

    void the_menu_acts_as_the_user() {
        ChartView chart;
        chart.resize(500, 300);
        chart.setData(curves());
        chart.setRange({{2, 3}, {0, 1}});
        QMenu menu;
        add_chart_actions(menu, chart);
        const auto trigger = [](const QMenu& in, const QString& text) {
            for (QAction* action : in.actions())
                if (action->text() == text) {
                    action->trigger();
                    return true;
                }
            return false;
        };
        QSignalSpy moved(&chart, &ChartView::rangeChanged), scaled(&chart, &ChartView::axisScaleChanged);
        QVERIFY(trigger(menu, QStringLiteral("Fit")));
        QVERIFY(!chart.isZoomed());
        QCOMPARE(moved.size(), 1);
        const QList<QMenu*> axes = menu.findChildren<QMenu*>();
        QCOMPARE(axes.size(), 2);
        QVERIFY(trigger(*axes[0], QStringLiteral("Logarithmic")));
        QVERIFY(trigger(*axes[1], QStringLiteral("Symmetric logarithmic")));
        QCOMPARE(chart.data().x.scale, AxisScale::log);
        QCOMPARE(chart.data().y.scale, AxisScale::symlog);
        QCOMPARE(scaled.size(), 2);
    }

    void the_menu_key_asks_for_the_menu_over_the_plot() {
        ChartView chart;
        chart.resize(500, 300);
        chart.show();
        QSignalSpy asked(&chart, &ChartView::contextMenuRequested);
        QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(0, 0), chart.mapToGlobal(QPoint(0, 0)));
        QCoreApplication::sendEvent(chart.viewport(), &event);
        QCOMPARE(asked.size(), 1);
        const QPoint at = chart.viewport()->mapFromGlobal(asked[0][0].toPoint());
        QVERIFY(chart.plotRect().contains(at));
    }

    void a_screen_reader_is_told_the_numbers() {
        ChartView chart;
        chart.resize(500, 300);
        chart.setData(curves());
        chart.setRange({{1, 4}, {0, 5}});
        QAccessibleInterface* words = QAccessible::queryAccessibleInterface(&chart);
        QVERIFY(words);
        QCOMPARE(words->role(), QAccessible::Chart);
        QCOMPARE(words->text(QAccessible::Name), QStringLiteral("train/loss"));
        QVERIFY(!words->text(QAccessible::Description).isEmpty());
        QCOMPARE(words->text(QAccessible::Value), QStringLiteral("step from 1 to 4; loss, \"nats\" from 0 to 5; "
                                                                 "=run\ta: last 0.1, smallest 0.1, largest 3.5; "
                                                                 "run b: last -1, smallest -1, largest -1"));
        ChartData many;
        many.empty_text = QStringLiteral("No run");
        QVERIFY(chart_summary(many, {{0, 1}, {0, 1}}).endsWith(QStringLiteral("No run")));
        for (int i = 0; i < 15; ++i)
            many.lines.push_back(line(QString::number(i), {points({{0, 1.0F}})}));
        QVERIFY(chart_summary(many, {{0, 1}, {0, 1}}).endsWith(QStringLiteral("and 3 more curves")));
    }

    void focus_by_key_is_seen() {
        QWidget window;
        auto* chart = new ChartView(&window);
        chart->setGeometry(0, 0, 500, 300);
        auto* other = new QWidget(&window);
        other->setFocusPolicy(Qt::StrongFocus);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        other->setFocus();
        const QImage without = chart->grab().toImage();
        chart->setFocus(Qt::TabFocusReason);
        QVERIFY(chart->grab().toImage() != without);
        other->setFocus(Qt::TabFocusReason);
        QCOMPARE(chart->grab().toImage(), without);
        chart->setFocus(Qt::MouseFocusReason);
        QCOMPARE(chart->grab().toImage(), without);
    }
};

QTEST_MAIN(ChartTableTest)
#include "tst_chart_table.moc"
