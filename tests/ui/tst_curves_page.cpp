#include "tests/ui/page_fixture.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curves_page.h"
#include "ui/pages/metric_sections.h"

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
    void stateReadsBack();
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
    for (const MetricSection& section : metric_sections(names, search)) {
        QString line = section.title + u':';
        for (const std::string& metric : section.metrics)
            line += u' ' + QString::fromStdString(metric);
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
    page.setSmoothing(0.6);
    QTRY_VERIFY(card->chart()->data().lines.front().raw);
    const ChartLine& line = card->chart()->data().lines.front();
    QCOMPARE(line.raw->front().last, SmallStudy::curve(0));
    QVERIFY(line.curve->front().last.back() > line.raw->front().last.back()); // it lags behind a falling curve
    QVERIFY(card->note().contains(QStringLiteral("0.6")));
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

void TestCurvesPage::stateReadsBack() {
    PageFixture fixture;
    CurvesPage page(fixture.services()), other(fixture.services());
    QVERIFY(loaded_card(page) != nullptr);
    QVERIFY(loaded_card(other) != nullptr);
    page.setSmoothing(0.9);
    page.setScale(Qt::Vertical, AxisScale::log);
    page.setSearch(QStringLiteral("loss"));
    other.restoreState(page.state());
    QCOMPARE(other.state(), page.state());
    QTRY_COMPARE(other.cards().front()->chart()->data().y.scale, AxisScale::log);
}

QTEST_MAIN(TestCurvesPage)
#include "tst_curves_page.moc"
