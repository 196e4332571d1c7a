#include "tests/ui/page_fixture.h"
#include "ui/pages/chart_sections.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curve_tool_bar.h"
#include "ui/pages/curves_page.h"

#include <QJsonObject>
#include <QTest>

using namespace isoloss;
using namespace isoloss::test;

/// Curves over a small project: cards by metric, lines by run, settings shared, new points drawn.
class TestCurvesPage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sections_data();
    void sections();
    void linesAreTheShownRuns();
    void chartsOffTheScreenDoNotExist();
    void smoothingKeepsTheRawCurve();
    void newPointsAppear();
    void fullSizeAndBack();
    void zoomIsLinked();
    void followsTheNewestPoints();
    void stateReadsBack();
    void collectionsReadBack();
    void metricsFindTheirAxis_data();
    void metricsFindTheirAxis();
    void severalMetricsInOneChart();
    void chartsOnTopAreTakenBack();
};

void TestCurvesPage::sections_data() {
    QTest::addColumn<QStringList>("metrics");
    QTest::addColumn<QString>("search");
    QTest::addColumn<QStringList>("expected");
    const QStringList metrics{"val/loss", "train/loss", "train/acc", "lr", "layer10/norm", "layer2/norm"};
    QTest::newRow("all") << metrics << QString()
                         << QStringList{"Metrics: lr", "layer2: layer2/norm", "layer10: layer10/norm",
                                        "train: train/acc train/loss", "val: val/loss"};
    QTest::newRow("every word") << metrics << QStringLiteral("LOSS tr") << QStringList{"train: train/loss"};
    QTest::newRow("nothing") << metrics << QStringLiteral("gradient") << QStringList{};
}

void TestCurvesPage::sections() {
    QFETCH(QStringList, metrics);
    QFETCH(QString, search);
    QFETCH(QStringList, expected);
    std::vector<std::string> names;
    for (const QString& metric : metrics)
        names.push_back(metric.toStdString());
    QStringList found;
    for (const ChartSection& section : chart_sections(names, {}, search)) {
        QString line = section.title + u':';
        for (const CurveChart& chart : section.charts)
            line += u' ' + QString::fromStdString(chart.id);
        found << line;
    }
    QCOMPARE(found, expected);
}

namespace {

CurveCard* loaded_card(CurvesPage& page) {
    page.resize(1000, 700);
    page.show();
    if (!QTest::qWaitFor([&] {
            const std::vector<CurveCard*> cards = page.cards();
            return !cards.empty() && cards.front()->chart() != nullptr &&
                   cards.front()->chart()->data().lines.size() == SmallStudy::runs;
        }))
        return nullptr;
    return page.cards().front();
}

} // namespace

void TestCurvesPage::linesAreTheShownRuns() {
    PageFixture fixture;
    CurvesPage page(fixture.services());
    CurveCard* card = loaded_card(page);
    QVERIFY(card != nullptr);
    const ChartData& chart = card->chart()->data();
    for (int run = 0; run < SmallStudy::runs; ++run) {
        const ChartLine& line = chart.lines[static_cast<std::size_t>(run)];
        QCOMPARE(line.id, fixture.study().run_id(run).value);
        QVERIFY(line.curve && line.curve->size() == 1);
        QCOMPARE(line.curve->front().last, SmallStudy::curve(run)); // forty points are drawn one by one
        QVERIFY(!line.raw);
    }
    const auto all = fixture.services().selection().shownRuns();
    fixture.services().selection().setShownRuns(
        std::make_shared<const std::vector<RunRecord>>(std::vector<RunRecord>{all->front()}), {});
    QTRY_COMPARE(card->chart()->data().lines.size(), std::size_t{1});
}

void TestCurvesPage::chartsOffTheScreenDoNotExist() {
    PageFixture fixture;
    fixture.services().bridge().write([id = fixture.study().run_id(0)](WriteSession& session) -> Expected<void> {
        for (int i = 0; i < 120; ++i) {
            ISOLOSS_TRY(const SeriesId series, session.ensure_series(id, "many/metric" + std::to_string(i)));
            ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points({1, 2, 3})));
        }
        return {};
    });
    CurvesPage page(fixture.services());
    page.resize(1000, 700);
    page.show();
    QTRY_COMPARE(page.cards().size(), std::size_t{121});
    QTest::qWait(50);
    const auto made = [&] {
        const std::vector<CurveCard*> cards = page.cards();
        return std::count_if(cards.begin(), cards.end(), [](const CurveCard* card) { return card->chart(); });
    };
    QTRY_VERIFY(made() > 0);
    QVERIFY(made() < 30);
}

void TestCurvesPage::smoothingKeepsTheRawCurve() {
    PageFixture fixture;
    CurvesPage page(fixture.services());
    CurveCard* card = loaded_card(page);
    QVERIFY(card != nullptr);
    FigureSpec smoothed = page.settings();
    smoothed.smoothing = {SmoothingKind::ema, 0.6};
    page.setSettings(smoothed);
    QTRY_VERIFY(card->chart()->data().lines.front().raw);
    const ChartLine& line = card->chart()->data().lines.front();
    QCOMPARE(line.raw->front().last, SmallStudy::curve(0));
    QVERIFY(line.curve->front().last.back() > line.raw->front().last.back()); // it lags behind a falling curve
    QVERIFY(card->picture()->chart.note.contains(QStringLiteral("0.6")));
}

void TestCurvesPage::newPointsAppear() {
    PageFixture fixture;
    CurvesPage page(fixture.services());
    CurveCard* card = loaded_card(page);
    QVERIFY(card != nullptr);
    fixture.services().bridge().write([series = fixture.study().series_id(1)](WriteSession& session) {
        return session.append_points(series, 1, counted_points({0.5F, 0.25F}, 40));
    });
    QTRY_COMPARE(card->chart()->data().lines[1].curve->front().size(), std::size_t{42});
    QCOMPARE(card->chart()->data().lines[1].curve->front().last.back(), 0.25F);
}

void TestCurvesPage::fullSizeAndBack() {
    PageFixture fixture;
    CurvesPage page(fixture.services());
    CurveCard* card = loaded_card(page);
    QVERIFY(card != nullptr);
    page.showFull("train/loss");
    QCOMPARE(page.fullCard(), card);
    QVERIFY(card->chart() != nullptr);
    page.showGrid();
    QVERIFY(page.fullCard() == nullptr);
    QCOMPARE(page.cards().size(), std::size_t{1});
}

void TestCurvesPage::zoomIsLinked() {
    PageFixture fixture;
    fixture.services().bridge().write([id = fixture.study().run_id(0)](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(id, "train/acc"));
        return session.append_points(series, 1, counted_points(std::vector<float>(40, 1)));
    });
    CurvesPage page(fixture.services());
    page.resize(1000, 700);
    page.show();
    QTRY_VERIFY(page.cards().size() == 2 && page.cards()[0]->chart() && page.cards()[1]->chart() &&
                !page.cards()[1]->chart()->data().lines.empty());
    ChartView* first = page.cards()[0]->chart();
    ChartView* second = page.cards()[1]->chart();
    first->setRange({{10, 20}, {0, 1}});
    Q_EMIT first->rangeChanged(first->range());
    QCOMPARE(second->range().x, (AxisRange{10, 20}));
}

void TestCurvesPage::followsTheNewestPoints() {
    PageFixture fixture;
    CurvesPage page(fixture.services());
    CurveCard* card = loaded_card(page);
    QVERIFY(card != nullptr);
    ChartView* chart = card->chart();
    chart->setRange({{5, 15}, {0, 4}});
    Q_EMIT chart->rangeChanged(chart->range());
    const auto append = [&](int from, int count) {
        fixture.services().bridge().write([series = fixture.study().series_id(1), from, count](WriteSession& session) {
            return session.append_points(series, 1,
                                         counted_points(std::vector<float>(static_cast<std::size_t>(count), 1), from));
        });
    };
    const auto shows = [chart](double first, double last) {
        return std::abs(chart->range().x.min - first) < 1e-9 && std::abs(chart->range().x.max - last) < 1e-9;
    };
    Q_EMIT page.toolBar().followToggled(true);
    QTRY_VERIFY(shows(29, 39)); // the last step is 39
    QCOMPARE(chart->range().y, (AxisRange{0, 4}));
    append(40, 100);
    QTRY_VERIFY(shows(129, 139));
    QTRY_VERIFY(card->picture()->chart.lines[1].curve->back().x_last.back() == 139);
    Q_EMIT chart->rangeChanged(chart->range()); // the user moves it
    append(140, 10);
    QTest::qWait(200);
    QVERIFY(shows(129, 139));
}

void TestCurvesPage::stateReadsBack() {
    PageFixture fixture;
    CurvesPage page(fixture.services()), other(fixture.services());
    QVERIFY(loaded_card(page) != nullptr);
    QVERIFY(loaded_card(other) != nullptr);
    FigureSpec settings = page.settings();
    settings.smoothing = {SmoothingKind::ema, 0.9};
    settings.y_scale = AxisScale::log;
    page.setSettings(settings);
    page.toolBar().setSearch(QStringLiteral("loss"));
    ChartCollection charts;
    charts.set_pinned("train/loss", true);
    page.setCharts(charts, QStringLiteral("pin"));
    other.restoreState(page.state());
    QCOMPARE(other.state(), page.state());
    QTRY_COMPARE(other.cards().front()->chart()->data().y.scale, AxisScale::log);
}

void TestCurvesPage::collectionsReadBack() {
    ChartCollection charts;
    charts.set_pinned("lr", true);
    const std::string both = charts.compose({"Both", {{"train/loss", YSide::left}, {"lr", YSide::right}}});
    const std::string alone = charts.compose(FigureChart::of("val/loss"));
    charts.move(alone, 0);
    QCOMPARE(ChartCollection::from_json(charts.json()).json(), charts.json());
    QCOMPARE(charts.json().size(), 3);
    QCOMPARE(ChartCollection::from_json(charts.json()).top()[2].figure, charts.chart(both).figure);
    charts.change(both, {}); // a chart of nothing goes
    QVERIFY(!charts.is_on_top(both));
    charts.set_pinned("lr", false);
    QCOMPARE(charts.top().size(), std::size_t{1});
    QCOMPARE(charts.chart("lr").figure, FigureChart::of("lr")); // its own chart
    QVERIFY(ChartCollection::from_json({QJsonValue(3), QJsonObject{{"metrics", "x"}}}).top().empty());
}

void TestCurvesPage::metricsFindTheirAxis_data() {
    QTest::addColumn<QString>("metric");
    QTest::addColumn<bool>("right");
    QTest::newRow("the same kind of quantity") << QStringLiteral("val/loss") << false;
    QTest::newRow("another kind") << QStringLiteral("train/grad_norm") << true;
    QTest::newRow("no prefix") << QStringLiteral("loss") << false;
}

void TestCurvesPage::metricsFindTheirAxis() {
    QFETCH(QString, metric);
    QFETCH(bool, right);
    QCOMPARE(side_for(FigureChart::of("train/loss"), metric.toStdString()) == YSide::right, right);
}

void TestCurvesPage::severalMetricsInOneChart() {
    PageFixture fixture;
    fixture.services().bridge().write([id = fixture.study().run_id(0)](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(id, "train/lr"));
        return session.append_points(series, 1, counted_points(std::vector<float>(40, 1e-4F)));
    });
    CurvesPage page(fixture.services());
    page.resize(1000, 700);
    page.show();
    QTRY_COMPARE(page.cards().size(), std::size_t{2});
    ChartCollection charts;
    charts.compose({{}, {{"train/loss", YSide::left}, {"train/lr", YSide::right}}});
    page.setCharts(charts, QStringLiteral("New chart"));
    QCOMPARE(page.cards().size(), std::size_t{3});
    CurveCard* card = page.cards().front();
    QTRY_VERIFY(card->chart() && card->chart()->data().lines.size() == SmallStudy::runs + 1);
    const ChartData& chart = card->chart()->data();
    QCOMPARE(chart.title, QStringLiteral("train/loss, train/lr"));
    QVERIFY(chart.y2.has_value());
    QCOMPARE(chart.y2->title, QStringLiteral("train/lr"));
    QCOMPARE(chart.lines.back().side, YSide::right);
    QCOMPARE(chart.lines.back().color, chart.lines.front().color); // of the same run
    QVERIFY(chart.lines.back().dash != chart.lines.front().dash);
    QVERIFY(card->chart()->range().y2.contains(1e-4));
    QVERIFY(card->chart()->range().y2.max < 0.01); // an axis of its own
    QCOMPARE(chart.legend.back().text, QStringLiteral("train/lr"));
}

void TestCurvesPage::chartsOnTopAreTakenBack() {
    PageFixture fixture;
    CurvesPage page(fixture.services());
    QVERIFY(loaded_card(page) != nullptr);
    ChartCollection charts;
    charts.compose(FigureChart::of("train/loss"));
    page.setCharts(charts, QStringLiteral("New chart"));
    QCOMPARE(page.cards().size(), std::size_t{2});
    QCOMPARE(fixture.services().undo().undoText(), QStringLiteral("New chart"));
    fixture.services().undo().undo();
    QCOMPARE(page.cards().size(), std::size_t{1});
    fixture.services().undo().redo();
    QCOMPARE(page.cards().size(), std::size_t{2});
}

QTEST_MAIN(TestCurvesPage)
#include "tst_curves_page.moc"
