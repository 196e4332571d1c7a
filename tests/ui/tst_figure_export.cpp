#include "tests/ui/small_study.h"
#include "ui/figure_export.h"
#include "ui/figures/figure_content.h"
#include "ui/figures/figure_tables.h"

#include <QFile>
#include <QImage>
#include <QTest>
#include <algorithm>

using namespace isoloss;
using namespace isoloss::test;

namespace {

FigureSpec plane() {
    FigureSpec spec;
    spec.x = "loss[text]";
    spec.y = "quiz/acc";
    spec.band = FigureBand{3.3, 0.1};
    spec.size = {84, 60, 300};
    return spec;
}

FigureSpec curves() {
    FigureSpec spec;
    spec.kind = FigureKind::curves;
    spec.charts = {FigureChart::of("train/loss")};
    spec.smoothing = {SmoothingKind::ema, 0.6};
    spec.size = {178, 100, 150};
    return spec;
}

QByteArray content_of(const std::filesystem::path& path) {
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QList<QByteArray> rows_of(const QByteArray& csv) {
    QList<QByteArray> rows = csv.split('\n');
    rows.removeIf([](const QByteArray& row) { return row.isEmpty() || row.startsWith('#'); });
    return rows;
}

} // namespace

/// Figures from a project without a window: every format is written, holds what it should and carries its recipe.
class TestFigureExport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recipesTravel_data();
    void recipesTravel();
    void pngHasTheAskedPixels();
    void svgIsVectorsAndText();
    void pdfIsVectorsAndText();
    void scatterCsvHoldsTheNumbers();
    void curvesCsvEqualsThePoints();
    void smoothedColumnIsTheDebiasedAverage();
    void pgfplotsHasItsData();
    void areasStandForTheQuantity_data();
    void areasStandForTheQuantity();
    void pointsWithoutASizeAreHollow();
    void sizesAreInEveryFormat();
    void linesAreInEveryFormat();
    void failures_data();
    void failures();

private:
    SmallStudy study_;
};

void TestFigureExport::recipesTravel_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("scatter");
    for (const char* ending : {"png", "svg", "pdf", "csv"}) {
        QTest::addRow("scatter %s", ending) << QStringLiteral("f.%1").arg(QLatin1String(ending)) << true;
        QTest::addRow("curves %s", ending) << QStringLiteral("f.%1").arg(QLatin1String(ending)) << false;
    }
}

void TestFigureExport::recipesTravel() {
    QFETCH(QString, name);
    QFETCH(bool, scatter);
    const std::filesystem::path path = study_.folder() / name.toStdString();
    const FigureSpec spec = scatter ? plane() : curves();
    const auto reader = study_.reader();
    REQUIRE_OK(export_figure(*reader, spec, path));
    const Expected<FigureSpec> read = read_recipe(path);
    REQUIRE_OK(read);
    QVERIFY(*read == spec);
}

void TestFigureExport::pngHasTheAskedPixels() {
    const std::filesystem::path path = study_.folder() / "f.png";
    REQUIRE_OK(export_figure(*study_.reader(), plane(), path));
    const QImage image(QString::fromStdString(path.string()));
    QCOMPARE(image.size(), QSize(992, 709)); // 84 × 60 mm at 300 dpi
    QCOMPARE(image.pixelColor(0, 0), QColor(Qt::white));
    int ink = 0;
    for (int y = 0; y < image.height(); y += 3)
        for (int x = 0; x < image.width(); x += 3)
            ink += image.pixelColor(x, y) != QColor(Qt::white);
    QVERIFY(ink > 500);
}

void TestFigureExport::svgIsVectorsAndText() {
    const std::filesystem::path path = study_.folder() / "f.svg";
    REQUIRE_OK(export_figure(*study_.reader(), plane(), path));
    const QByteArray svg = content_of(path);
    QVERIFY(svg.contains("<text"));
    QVERIFY(!svg.contains("<image"));
    QVERIFY(svg.contains("width=\"84.000mm\""));
    QVERIFY(svg.contains("height=\"60.000mm\""));
    QVERIFY(svg.contains("nats/token"));
    QVERIFY(svg.contains("small"));
}

void TestFigureExport::pdfIsVectorsAndText() {
    const std::filesystem::path path = study_.folder() / "f.pdf";
    REQUIRE_OK(export_figure(*study_.reader(), curves(), path));
    const QByteArray pdf = content_of(path);
    QVERIFY(pdf.startsWith("%PDF"));
    QVERIFY(pdf.contains("/Font"));
    QVERIFY(!pdf.contains("/Subtype /Image"));
    const QByteArray box = pdf.mid(pdf.indexOf("/MediaBox"), 40);
    QVERIFY2(box.startsWith("/MediaBox [0 0 504") || box.startsWith("/MediaBox [0 0 505"), box); // 178 mm = 504.57 pt
}

void TestFigureExport::scatterCsvHoldsTheNumbers() {
    const auto reader = study_.reader();
    const Expected<FigureTable> table = figure_csv(*reader, plane());
    REQUIRE_OK(table);
    QCOMPARE(table->rows, std::size_t{11}); // twelve checkpoints, one without a score
    const QList<QByteArray> rows = rows_of(QByteArray::fromStdString(table->text));
    QCOMPARE(rows.size(), qsizetype{12});
    QCOMPARE(rows[0], QByteArray("run,attempt,step,loss[text],loss[text] stderr,quiz/acc,quiz/acc stderr,in_band"));
    QVERIFY(rows.contains(QByteArray("small,1,1000,3.6,0.002,0.3,0.01,0")));
    QVERIFY(std::any_of(table->remarks.begin(), table->remarks.end(), [](const std::string& remark) {
        return remark.starts_with("1 ") && remark.find("quiz/acc") != std::string::npos;
    }));
}

void TestFigureExport::curvesCsvEqualsThePoints() {
    FigureSpec spec = curves();
    spec.smoothing = {};
    const auto reader = study_.reader();
    const Expected<FigureTable> table = figure_csv(*reader, spec);
    REQUIRE_OK(table);
    const QList<QByteArray> rows = rows_of(QByteArray::fromStdString(table->text));
    QCOMPARE(rows.size(), qsizetype{1 + SmallStudy::runs * 40});
    QCOMPARE(rows[0], QByteArray("run,metric,attempt,step,wall_time,value"));
    int compared = 0;
    for (const QByteArray& row : rows) {
        const QList<QByteArray> fields = row.split(',');
        if (fields[0] != "large") continue;
        const auto step = static_cast<std::size_t>(fields[3].toInt());
        QCOMPARE(fields[5].toFloat(), SmallStudy::curve(2)[step]); // bit for bit through the text
        QCOMPARE(fields[4].toDouble(), 1.7e9 + static_cast<double>(step));
        ++compared;
    }
    QCOMPARE(compared, 40);
}

void TestFigureExport::smoothedColumnIsTheDebiasedAverage() {
    const auto reader = study_.reader();
    const Expected<FigureTable> table = figure_csv(*reader, curves());
    REQUIRE_OK(table);
    QVERIFY(table->text.find("sᵢ = w·sᵢ₋₁ + (1−w)·yᵢ, yᵢ′ = sᵢ/(1−wⁿ)") != std::string::npos);
    double last = 0;
    int n = 0;
    for (const QByteArray& row : rows_of(QByteArray::fromStdString(table->text))) {
        const QList<QByteArray> fields = row.split(',');
        if (fields[0] != "small") continue;
        const double value = static_cast<double>(SmallStudy::curve(0)[static_cast<std::size_t>(n)]);
        last = last * 0.6 + (1 - 0.6) * value;
        ++n;
        QVERIFY(std::abs(fields[6].toDouble() - last / (1 - std::pow(0.6, n))) < 1e-12);
    }
    QCOMPARE(n, 40);
}

void TestFigureExport::pgfplotsHasItsData() {
    const std::filesystem::path path = study_.folder() / "f.tex";
    REQUIRE_OK(export_figure(*study_.reader(), plane(), path));
    const QByteArray tex = content_of(path);
    QVERIFY(tex.contains("\\begin{axis}"));
    QVERIFY(tex.contains("x dir=reverse"));
    // Legend entries belong to the plots that are not forgotten, in their order.
    QCOMPARE(tex.count("\\addplot["), tex.count("forget plot") + tex.count("\\addlegendentry"));
    QCOMPARE(tex.count("\\addlegendentry"), SmallStudy::runs);
    QVERIFY(tex.contains("{f.dat}"));
    QVERIFY(content_of(study_.folder() / "f.dat").startsWith("block x y xerr yerr\n"));
}

void TestFigureExport::areasStandForTheQuantity_data() {
    QTest::addColumn<QList<double>>("values");
    QTest::addColumn<QList<double>>("area_shares"); // between the smallest and the largest area
    QTest::newRow("linear") << QList<double>{10, 20, 40} << QList<double>{0, 1.0 / 3, 1};
    QTest::newRow("negative") << QList<double>{-1, 0, 3} << QList<double>{0, 0.25, 1};
    QTest::newRow("a factor of 100 is still linear") << QList<double>{1, 50.5, 100} << QList<double>{0, 0.5, 1};
    QTest::newRow("logarithmic") << QList<double>{1, 10, 1000} << QList<double>{0, 1.0 / 3, 1};
    QTest::newRow("all the same") << QList<double>{7, 7, 7} << QList<double>{0.5, 0.5, 0.5};
}

void TestFigureExport::areasStandForTheQuantity() {
    QFETCH(QList<double>, values);
    QFETCH(QList<double>, area_shares);
    CheckpointTable table;
    for (const char* key : {"x", "y", "m"}) {
        QuantityColumn column;
        column.key = key;
        for (const double value : values)
            column.cells.push_back({value, {}, {}, {}, {}});
        table.columns.push_back(column);
    }
    table.checkpoints.resize(static_cast<std::size_t>(values.size()));
    FigureSpec spec;
    spec.x = "x";
    spec.y = "y";
    spec.size_by = "m";
    const ChartData chart = scatter_figure(table, spec, Theme::light()).chart;
    QVERIFY(chart.sized);
    for (std::size_t i = 0; i < chart.points.size(); ++i) {
        const double area = chart.points[i].size * chart.points[i].size;
        QCOMPARE(area, 6.0 * 6 + area_shares[static_cast<qsizetype>(i)] * (16.0 * 16 - 6 * 6));
    }
}

void TestFigureExport::pointsWithoutASizeAreHollow() {
    FigureSpec spec = plane();
    spec.x = "step";
    spec.y = "fisher_trace[text]";
    spec.size_by = "quiz/acc"; // large @1000 has none
    const auto content = load_figure(*study_.reader(), spec, Theme::light());
    REQUIRE_OK(content);
    int hollow = 0;
    for (const ChartPoint& point : content->charts.front().points)
        if (point.hollow) {
            ++hollow;
            QCOMPARE(point.size, 6.0);
            QCOMPARE(point.label, QStringLiteral("large @1k"));
        }
    QCOMPARE(hollow, 1);
    QVERIFY(std::any_of(content->remarks.begin(), content->remarks.end(), [](const std::string& remark) {
        return remark == "1 checkpoint without quiz/acc: drawn hollow";
    }));
    const auto& legend = content->charts.front().legend;
    QCOMPARE(legend.back().text, QStringLiteral("undefined"));
    QVERIFY(legend.back().hollow);
}

void TestFigureExport::sizesAreInEveryFormat() {
    FigureSpec spec = plane();
    spec.size_by = "fisher_trace[text]"; // 100 to 123, of those with a score
    for (const char* name : {"s.svg", "s.csv", "s.tex"})
        REQUIRE_OK(export_figure(*study_.reader(), spec, study_.folder() / name));
    const QByteArray svg = content_of(study_.folder() / "s.svg");
    QVERIFY(svg.contains("Size: fisher_trace"));
    for (const char* example : {">100<", ">111.5<", ">123<"})
        QVERIFY2(svg.contains(example), example);
    const QList<QByteArray> rows = rows_of(content_of(study_.folder() / "s.csv"));
    QVERIFY(rows[0].endsWith(",quiz/acc stderr,fisher_trace[text],in_band"));
    QVERIFY(rows.contains(QByteArray("medium,1,2000,3.35,0.002,0.35,0.01,111,1")));
    const QByteArray tex = content_of(study_.folder() / "s.tex");
    QCOMPARE(tex.count("\\thisrow{radius}"), 3); // one plot for each run
    QVERIFY(tex.contains("\\addlegendentry{Size: fisher\\_trace"));
    // Entries of plots and images of their own come in the order of the legend.
    QCOMPARE(tex.count("\\addplot[") + tex.count("\\addlegendimage"),
             tex.count("forget plot") + tex.count("\\addlegendentry"));
    const QList<QByteArray> data = content_of(study_.folder() / "s.dat").split('\n');
    QCOMPARE(data[0], QByteArray("block x y xerr yerr radius"));
    for (qsizetype i = 1; i + 1 < data.size(); ++i)
        QCOMPARE(data[i].count(' '), data[0].count(' '));
    // The smallest has a diameter of 6 pixels, where 5 are drawn with a radius of 1 pt.
    QVERIFY(std::any_of(data.begin(), data.end(),
                        [](const QByteArray& row) { return row.endsWith(" 3.6 0.3 0.002 0.01 1.2"); }));
}

void TestFigureExport::linesAreInEveryFormat() {
    FigureSpec spec = plane(); // losses from 2.95 to 3.6, scores from .30 to .43
    spec.marks = {{FigureMark::Axis::x, 2.9, "entropy floor"}, {FigureMark::Axis::y, 0.25, "chance, guessed"}};
    for (const char* name : {"m.svg", "m.png", "m.csv", "m.tex"})
        REQUIRE_OK(export_figure(*study_.reader(), spec, study_.folder() / name));
    const QByteArray svg = content_of(study_.folder() / "m.svg");
    QVERIFY(svg.contains("entropy floor 2.9"));
    QVERIFY(!svg.contains("chance, guessed 0.25")); // with error bars .04 below: more than 15 % of .15
    const Expected<FigureSpec> read = read_recipe(study_.folder() / "m.png");
    REQUIRE_OK(read);
    QVERIFY(read->marks == spec.marks);
    const QByteArray csv = content_of(study_.folder() / "m.csv");
    QVERIFY(csv.contains("\n# line at x = 2.9: entropy floor\n"));
    QVERIFY(csv.contains("\n# line at y = 0.25: chance, guessed\n"));
    const QByteArray tex = content_of(study_.folder() / "m.tex");
    QCOMPARE(tex.count("\\draw["), 2);
    QVERIFY(tex.contains("(axis cs:2.9,\\pgfkeysvalueof{/pgfplots/ymin})"));
    QVERIFY(tex.contains("{entropy floor 2.9}"));
}

void TestFigureExport::failures_data() {
    QTest::addColumn<QByteArray>("x");
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("words");
    QTest::addColumn<QByteArray>("size_by");
    QTest::newRow("unknown format") << QByteArray("loss[text]") << QByteArray("f.gif") << QByteArray(".pdf")
                                    << QByteArray();
    QTest::newRow("no ending") << QByteArray("loss[text]") << QByteArray("figure") << QByteArray("no ending")
                               << QByteArray();
    QTest::newRow("unknown quantity") << QByteArray("no/such") << QByteArray("unknown.svg") << QByteArray("no/such")
                                      << QByteArray();
    QTest::newRow("text as a size") << QByteArray("loss[text]") << QByteArray("text.svg")
                                    << QByteArray("\"group\" is no quantity with numbers") << QByteArray("group");
    QTest::newRow("folder that is not there")
        << QByteArray("loss[text]") << QByteArray("no/folder/f.png") << QByteArray("cannot be written") << QByteArray();
}

void TestFigureExport::failures() {
    QFETCH(QByteArray, x);
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, words);
    FigureSpec spec = plane();
    spec.x = x.toStdString();
    QFETCH(QByteArray, size_by);
    spec.size_by = size_by.toStdString();
    const auto reader = study_.reader();
    const std::filesystem::path path = study_.folder() / file.toStdString();
    const Expected<FigureReport> report = export_figure(*reader, spec, path);
    QVERIFY(!report);
    QVERIFY2(report.error().text().find(words.toStdString()) != std::string::npos, report.error().text().c_str());
    QVERIFY(!std::filesystem::exists(path));
}

QTEST_MAIN(TestFigureExport)
#include "tst_figure_export.moc"
