#include "ui/figures/figure_spec.h"

#include <QTest>

using namespace isoloss;

/// The recipe of a figure: what is written is read back, and what has no meaning is refused with its place.
class TestFigureSpec : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scatterReadsBack();
    void curvesReadBack();
    void firstRecipesSmoothByAWeight_data();
    void firstRecipesSmoothByAWeight();
    void oneMemberALine();
    void refusals_data();
    void refusals();
    void unknownMembersAreIgnored();
    void missingMembersAreEmpty();
};

void TestFigureSpec::scatterReadsBack() {
    FigureSpec spec;
    spec.title = "Equal loss, \"different\" scores";
    spec.filter = "params < 2e9 and has(mean_acc)";
    spec.x = "wikitext/bits_per_byte";
    spec.y = "mean(*/acc)";
    spec.colour = "config.model.d_model";
    spec.lines = "";
    spec.size_by = "fisher_trace[text]";
    spec.marks = {{FigureMark::Axis::x, 1.4712, "entropy \"floor\""}, {FigureMark::Axis::y, -0.25, ""}};
    spec.x_order = AxisOrder::descending;
    spec.error_bars = ErrorBars::shown;
    spec.band = FigureBand{3.14, 0.02};
    spec.x_scale = AxisScale::log;
    spec.y_min = 0.1;
    spec.y_max = 1.0 / 3.0;
    spec.size = {84, 60, 600};
    const Expected<FigureSpec> read = parse_recipe(recipe_json(spec));
    QVERIFY2(read, read ? "" : read.error().text().c_str());
    QVERIFY(*read == spec);
}

void TestFigureSpec::curvesReadBack() {
    FigureSpec spec;
    spec.kind = FigureKind::curves;
    spec.charts = {FigureChart::of("train/loss"), FigureChart::of("val/loss, all")};
    spec.curve_x = CurveX::series;
    spec.curve_x_series = "train/tokens";
    spec.smoothing = {SmoothingKind::gaussian, 2.5};
    spec.y_scale = AxisScale::log;
    const Expected<FigureSpec> read = parse_recipe(recipe_json(spec));
    QVERIFY2(read, read ? "" : read.error().text().c_str());
    QVERIFY(*read == spec);
}

void TestFigureSpec::firstRecipesSmoothByAWeight_data() {
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<int>("kind");
    QTest::addColumn<double>("amount");
    QTest::newRow("weight") << QByteArray("0.6") << static_cast<int>(SmoothingKind::ema) << 0.6;
    QTest::newRow("off") << QByteArray("0") << static_cast<int>(SmoothingKind::none) << 0.0;
}

void TestFigureSpec::firstRecipesSmoothByAWeight() {
    QFETCH(QByteArray, member);
    QFETCH(int, kind);
    QFETCH(double, amount);
    const QByteArray json = R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"], "smoothing": )";
    const Expected<FigureSpec> read = parse_recipe((json + member + '}').toStdString());
    QVERIFY2(read, read ? "" : read.error().text().c_str());
    QCOMPARE(static_cast<int>(read->smoothing.kind), kind);
    QCOMPARE(read->smoothing.amount, amount);
}

void TestFigureSpec::oneMemberALine() {
    FigureSpec spec;
    spec.x = "a";
    spec.y = "b";
    const QStringList lines = QString::fromStdString(recipe_json(spec)).split('\n');
    QCOMPARE(lines.filter(QStringLiteral("\"x\":")), QStringList{QStringLiteral("  \"x\": \"a\",")});
    QCOMPARE(lines.filter(QStringLiteral("\"y\":")), QStringList{QStringLiteral("  \"y\": \"b\",")});
}

void TestFigureSpec::refusals_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("place");
    QTest::newRow("another JSON file") << QByteArray(R"({"kind": "scatter"})") << QByteArray("member isoloss");
    QTest::newRow("unknown kind") << QByteArray(R"({"isoloss": "figure", "version": 1, "kind": "pie"})")
                                  << QByteArray("member kind");
    QTest::newRow("newer") << QByteArray(R"({"isoloss": "figure", "version": 2})") << QByteArray("member version");
    QTest::newRow("x is a number") << QByteArray(R"({"isoloss": "figure", "version": 1, "x": 3, "y": "b"})")
                                   << QByteArray("member x");
    QTest::newRow("x is missing") << QByteArray(R"({"isoloss": "figure", "version": 1, "y": "b"})")
                                  << QByteArray("member x");
    QTest::newRow("no metrics") << QByteArray(R"({"isoloss": "figure", "version": 1, "kind": "curves"})")
                                << QByteArray("member metrics");
    QTest::newRow("x without a name")
        << QByteArray(R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"], "curve_x": "series"})")
        << QByteArray("member curve_x_series");
    QTest::newRow("smoothing of one")
        << QByteArray(R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"], "smoothing": 1})")
        << QByteArray("member smoothing");
    QTest::newRow("smoothing of a kind that is none")
        << QByteArray(
               R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"], "smoothing": {"kind": "x"}})")
        << QByteArray("member smoothing");
    QTest::newRow("smoothing over a million points")
        << QByteArray(
               R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"],
                   "smoothing": {"kind": "gaussian", "amount": 1e6}})")
        << QByteArray("member smoothing");
    QTest::newRow("a chart of nothing")
        << QByteArray(R"({"isoloss": "figure", "version": 1, "kind": "curves", "charts": [{"metrics": []}]})")
        << QByteArray("member charts");
    QTest::newRow("a percentile beyond the middle")
        << QByteArray(
               R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"], "groups": {"percentile": 60}})")
        << QByteArray("member groups");
    QTest::newRow("a flag that is a number")
        << QByteArray(R"({"isoloss": "figure", "version": 1, "kind": "curves", "metrics": ["a"], "mark_min": 1})")
        << QByteArray("member mark_min");
    QTest::newRow("a band without width")
        << QByteArray(
               R"({"isoloss": "figure", "version": 1, "x": "a", "y": "b", "band": {"centre": 3, "half_width": 0}})")
        << QByteArray("member band");
    QTest::newRow("a line on no axis")
        << QByteArray(
               R"({"isoloss": "figure", "version": 1, "x": "a", "y": "b", "marks": [{"axis": "z", "value": 3}]})")
        << QByteArray("member marks");
    QTest::newRow("a line at no value")
        << QByteArray(
               R"({"isoloss": "figure", "version": 1, "x": "a", "y": "b", "marks": [{"axis": "x", "value": NaN}]})")
        << QByteArray("member marks");
    QTest::newRow("an endless sheet")
        << QByteArray(R"({"isoloss": "figure", "version": 1, "x": "a", "y": "b", "size": {"width_mm": 1e9}})")
        << QByteArray("member size");
    QTest::newRow("not JSON") << QByteArray("{") << QByteArray("line 1");
}

void TestFigureSpec::refusals() {
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, place);
    const Expected<FigureSpec> read = parse_recipe(json.toStdString(), "r.json");
    QVERIFY(!read);
    QCOMPARE(read.error().file, std::string("r.json"));
    QVERIFY2(QByteArray::fromStdString(read.error().place).startsWith(place), read.error().text().c_str());
    QVERIFY(!read.error().reason.empty());
}

void TestFigureSpec::unknownMembersAreIgnored() {
    QVERIFY(parse_recipe(R"({"isoloss": "figure", "version": 1, "x": "a", "y": "b", "fit": "power law"})"));
}

void TestFigureSpec::missingMembersAreEmpty() {
    const Expected<FigureSpec> read = parse_recipe(R"({"isoloss": "figure", "version": 1, "x": "a", "y": "b"})");
    QVERIFY(read);
    QVERIFY(read->size_by.empty());
    QVERIFY(read->marks.empty());
    QVERIFY(!QString::fromStdString(recipe_json(*read)).contains(QStringLiteral("size_by")));
}

QTEST_APPLESS_MAIN(TestFigureSpec)
#include "tst_figure_spec.moc"
