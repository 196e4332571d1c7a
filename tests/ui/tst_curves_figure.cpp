#include "tests/ui/small_study.h"
#include "ui/figures/curve_cache.h"
#include "ui/figures/curves_figure.h"
#include "ui/models/curve_values_model.h"

#include <QAbstractItemModelTester>
#include <QTest>
#include <algorithm>
#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

namespace {

FigureSpec curves_of(std::vector<FigureChart> charts) {
    FigureSpec spec;
    spec.kind = FigureKind::curves;
    spec.charts = std::move(charts);
    return spec;
}

ChartData drawn(SmallStudy& study, const FigureSpec& spec) {
    const auto reader = value_of(study.project().reader());
    const CurveScene scene = value_of(scene_of_figure(*reader, spec));
    CurveCache cache;
    const CurveSet set = value_of(load_curves(*reader, cache, spec.charts.front(), scene, spec, 600));
    return curves_chart(set, spec, Theme::light());
}

/// Values of all runs at one place of the study's curves.
std::vector<double> column(std::size_t i) {
    std::vector<double> values;
    for (int run = 0; run < SmallStudy::runs; ++run)
        values.push_back(static_cast<double>(SmallStudy::curve(run)[i]));
    return values;
}

} // namespace

/// From curves to a picture: how they are told apart, groups as bands, and the table of their values.
class TestCurvesFigure : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void groupsAreBands_data();
    void groupsAreBands();
    void groupsByAFieldThatDiffers();
    void membersStayFaint();
    void oneRunIsToldApartByMetric();
    void outliersDoNotStretchTheAxis();
    void symlogIsMadeForTheValues();
    void valuesOfCurves();
    void valuesSortWithTheUnknownLast();
};

void TestCurvesFigure::groupsAreBands_data() {
    QTest::addColumn<BandCentre>("centre");
    QTest::addColumn<BandSpread>("spread");
    QTest::newRow("mean ± sd") << BandCentre::mean << BandSpread::standard_deviation;
    QTest::newRow("median, least to greatest") << BandCentre::median << BandSpread::min_max;
    QTest::newRow("mean alone") << BandCentre::mean << BandSpread::none;
}

void TestCurvesFigure::groupsAreBands() {
    QFETCH(BandCentre, centre);
    QFETCH(BandSpread, spread);
    SmallStudy study;
    FigureSpec spec = curves_of({FigureChart::of("train/loss")});
    spec.groups.by = "config.seed"; // the same of all three
    spec.groups.centre = centre;
    spec.groups.spread = spread;
    const ChartData chart = drawn(study, spec);
    QCOMPARE(chart.lines.size(), std::size_t{1});
    QCOMPARE(chart.lines[0].name, QStringLiteral("1 (n = 3)"));
    QVERIFY(chart.lines[0].id < 0); // no run's
    const LineStretch& line = chart.lines[0].curve->front();
    QCOMPARE(line.size(), std::size_t{40});
    const bool edges = spread != BandSpread::none;
    QCOMPARE(chart.areas.empty() || chart.areas[0].stretches->empty(), !edges);
    for (std::size_t i = 0; i < 40; ++i) {
        std::vector<double> values = column(i);
        std::ranges::sort(values);
        const double mean = (values[0] + values[1] + values[2]) / 3;
        double squares = 0;
        for (const double value : values)
            squares += (value - mean) * (value - mean);
        const double deviation = std::sqrt(squares / 2);
        const double middle = centre == BandCentre::mean ? mean : values[1];
        QVERIFY(std::abs(static_cast<double>(line.first[i]) - middle) < 1e-6);
        if (!edges) continue;
        const LineStretch& band = chart.areas[0].stretches->front();
        const bool whole = spread == BandSpread::min_max;
        QVERIFY(std::abs(static_cast<double>(band.min[i]) - (whole ? values[0] : mean - deviation)) < 1e-6);
        QVERIFY(std::abs(static_cast<double>(band.max[i]) - (whole ? values[2] : mean + deviation)) < 1e-6);
    }
    QVERIFY(chart.note.contains(centre == BandCentre::mean ? QStringLiteral("mean") : QStringLiteral("median")));
}

void TestCurvesFigure::groupsByAFieldThatDiffers() {
    SmallStudy study;
    FigureSpec spec = curves_of({FigureChart::of("train/loss")});
    spec.groups.by = "config.model.width";
    spec.filter = "model.width > 128";
    const ChartData chart = drawn(study, spec);
    QCOMPARE(chart.lines.size(), std::size_t{2});
    QStringList names;
    for (const LegendEntry& entry : chart.legend)
        names << entry.text;
    names.sort();
    QCOMPARE(names, (QStringList{"256 (n = 1)", "512 (n = 1)"}));
    for (const ChartArea& area : chart.areas)
        QVERIFY(area.stretches->empty()); // the spread of one run is not defined
}

void TestCurvesFigure::membersStayFaint() {
    SmallStudy study;
    FigureSpec spec = curves_of({FigureChart::of("train/loss")});
    spec.groups.by = "config.seed";
    spec.groups.members = true;
    const ChartData chart = drawn(study, spec);
    QCOMPARE(chart.lines.size(), std::size_t{SmallStudy::runs + 1});
    for (int run = 0; run < SmallStudy::runs; ++run) {
        const ChartLine& member = chart.lines[static_cast<std::size_t>(run)];
        QVERIFY(!member.curve);
        QCOMPARE(member.raw->front().last, SmallStudy::curve(run));
    }
    QCOMPARE(chart.legend.size(), std::size_t{1}); // of the group
}

void TestCurvesFigure::oneRunIsToldApartByMetric() {
    SmallStudy study;
    QVERIFY(study.writer().run([id = study.run_id(0)](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(id, "val/loss"));
        return session.append_points(series, 1, counted_points({3, 2, 1}));
    }));
    FigureSpec spec = curves_of({{"Both", {{"train/loss", YSide::left}, {"val/loss", YSide::left}}}});
    spec.filter = "name = small";
    const ChartData chart = drawn(study, spec);
    QCOMPARE(chart.title, QStringLiteral("Both"));
    QCOMPARE(chart.lines.size(), std::size_t{2});
    QVERIFY(chart.lines[0].color != chart.lines[1].color);
    QCOMPARE(chart.lines[1].name, QStringLiteral("val/loss"));
    QVERIFY(!chart.y2);
    QCOMPARE(chart.legend.size(), std::size_t{2});
}

namespace {

/// A metric of the first run: a hundred values between 1 and 2, one of them a million times as large.
void add_spike(SmallStudy& study) {
    QVERIFY(study.writer().run([id = study.run_id(0)](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(id, "spiky"));
        std::vector<float> values;
        for (int i = 0; i < 100; ++i)
            values.push_back(i == 50 ? 1e6F : 1 + 0.01F * static_cast<float>(i));
        return session.append_points(series, 1, counted_points(values));
    }));
}

} // namespace

void TestCurvesFigure::outliersDoNotStretchTheAxis() {
    SmallStudy study;
    add_spike(study);
    FigureSpec spec = curves_of({FigureChart::of("spiky")});
    const ChartData whole = drawn(study, spec);
    QVERIFY(data_range(whole).y.max > 1e6);
    QVERIFY(!whole.marks_off_scale());
    spec.without_outliers = true;
    const ChartData cut = drawn(study, spec);
    const AxisRange y = data_range(cut).y;
    QVERIFY(y.contains(1) && y.contains(1.99));
    QVERIFY(y.max < 2.2);
    QVERIFY(cut.marks_off_scale());
    QCOMPARE(cut.lines[0].curve->front().max[50], 1e6F); // nothing is taken away
    spec.y_min = 0;
    spec.y_max = 5;
    QCOMPARE(data_range(drawn(study, spec)).y, (AxisRange{0, 5})); // a range that was asked for stays
}

void TestCurvesFigure::symlogIsMadeForTheValues() {
    SmallStudy study;
    add_spike(study);
    FigureSpec spec = curves_of({FigureChart::of("spiky")});
    spec.y_scale = AxisScale::symlog;
    QCOMPARE(drawn(study, spec).y.symlog_threshold, 1e3);
    spec = curves_of({FigureChart::of("train/loss")});
    spec.y_scale = AxisScale::symlog;
    QCOMPARE(drawn(study, spec).y.symlog_threshold, 1e-3); // the largest value is 4
}

namespace {

std::vector<ChartLine> three_lines() {
    std::vector<ChartLine> lines(3);
    for (int i = 0; i < 3; ++i) {
        lines[static_cast<std::size_t>(i)].id = 10 + i;
        lines[static_cast<std::size_t>(i)].name = QString(QChar('a' + i));
    }
    return lines;
}

QStringList names(const CurveValuesModel& model) {
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row)
        names << model.index(row, CurveValuesModel::nameColumn).data().toString();
    return names;
}

HoverRow under_cursor(int line, double y) {
    HoverRow row;
    row.line = line;
    row.x = 5;
    row.y = y;
    return row;
}

} // namespace

void TestCurvesFigure::valuesOfCurves() {
    CurveValuesModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setLines(three_lines(), {});
    QCOMPARE(names(model), (QStringList{"a", "b", "c"}));
    model.setCursor({under_cursor(2, 0.4217), under_cursor(0, 0.5)}); // b has no value here
    QCOMPARE(names(model), (QStringList{"c", "a", "b"}));             // the nearest first
    QCOMPARE(model.runOf(0), 12);
    QCOMPARE(model.index(0, CurveValuesModel::valueColumn).data().toString(), QStringLiteral("0.4217"));
    QCOMPARE(model.index(2, CurveValuesModel::valueColumn).data().toString(), QStringLiteral("–"));
    CurveRangeValues range;
    range.start = 0.1;
    range.end = 0.4;
    range.count = 7;
    model.setRangeValues({range});
    QCOMPARE(model.index(1, CurveValuesModel::changeColumn).data().toString(), QStringLiteral("+0.3000"));
    const QStringList rows = model.table({model.index(1, 0)}).split(u'\n');
    const QStringList cells = rows[1].split(u'\t');
    QCOMPARE(cells[CurveValuesModel::startColumn], QStringLiteral("0.1"));
    QVERIFY(std::abs(cells[CurveValuesModel::changeColumn].toDouble() - (0.4 - 0.1)) < 1e-17); // all its digits
    QCOMPARE(cells[CurveValuesModel::minColumn], QString());                                   // unknown, not 0
}

void TestCurvesFigure::valuesSortWithTheUnknownLast() {
    CurveValuesModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setLines(three_lines(), {});
    CurveRangeValues low, high;
    low.min = 1;
    high.min = 2;
    model.setRangeValues({high, {}, low});
    model.sort(CurveValuesModel::minColumn, Qt::AscendingOrder);
    QCOMPARE(names(model), (QStringList{"c", "a", "b"}));
    model.sort(CurveValuesModel::minColumn, Qt::DescendingOrder);
    QCOMPARE(names(model), (QStringList{"a", "c", "b"}));
    const QPersistentModelIndex b(model.index(2, 0));
    model.sort(CurveValuesModel::nameColumn, Qt::AscendingOrder);
    QCOMPARE(b.row(), 1); // a selection stays with its curve
}

QTEST_MAIN(TestCurvesFigure)
#include "tst_curves_figure.moc"
