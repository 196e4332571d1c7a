#include "tests/ui/small_study.h"
#include "ui/figure_export.h"
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
    spec.metrics = {"train/loss"};
    spec.smoothing = 0.6;
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
    spec.smoothing = 0;
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
    QVERIFY(table->text.find("last = last*w + (1 - w)*value") != std::string::npos);
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

void TestFigureExport::failures_data() {
    QTest::addColumn<QByteArray>("x");
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("unknown format") << QByteArray("loss[text]") << QByteArray("f.gif") << QByteArray(".pdf");
    QTest::newRow("no ending") << QByteArray("loss[text]") << QByteArray("figure") << QByteArray("no ending");
    QTest::newRow("unknown quantity") << QByteArray("no/such") << QByteArray("unknown.svg") << QByteArray("no/such");
    QTest::newRow("folder that is not there")
        << QByteArray("loss[text]") << QByteArray("no/folder/f.png") << QByteArray("cannot be written");
}

void TestFigureExport::failures() {
    QFETCH(QByteArray, x);
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, words);
    FigureSpec spec = plane();
    spec.x = x.toStdString();
    const auto reader = study_.reader();
    const std::filesystem::path path = study_.folder() / file.toStdString();
    const Expected<FigureReport> report = export_figure(*reader, spec, path);
    QVERIFY(!report);
    QVERIFY2(report.error().text().find(words.toStdString()) != std::string::npos, report.error().text().c_str());
    QVERIFY(!std::filesystem::exists(path));
}

QTEST_MAIN(TestFigureExport)
#include "tst_figure_export.moc"
