#include "engine/importers/import.h"
#include "tests/support/project_fixture.h"
#include "ui/figure_export.h"
#include "ui/figures/scatter_figure.h"

#include <QFile>
#include <QTest>
#include <set>

using namespace isoloss;
using namespace isoloss::test;

/// The planes of the Pythia results. Expected counts: python over the result files, one checkpoint for each model and
/// step in the file names, zero-shot scores only, a point where the file has x and every task's acc that at least half
/// of the checkpoints have.
class TestPagesRealData : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void planes_data();
    void planes();
};

void TestPagesRealData::planes_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("x");
    QTest::addColumn<bool>("logarithmic");
    QTest::addColumn<int>("points");
    QTest::addColumn<int>("lines");
    QTest::newRow("pythia-v0") << QStringLiteral("suites/pythia/pythia-v0") << QStringLiteral("wikitext/bits_per_byte")
                               << false << 60 << 4;
    QTest::newRow("pythia-v1") << QStringLiteral("suites/pythia/pythia-v1") << QStringLiteral("lambada_openai/ppl")
                               << true << 324 << 12;
}

void TestPagesRealData::planes() {
    QFETCH(QString, folder);
    QFETCH(QString, x);
    QFETCH(bool, logarithmic);
    QFETCH(int, points);
    QFETCH(int, lines);
    const QString root = qEnvironmentVariable("ISOLOSS_REAL_DATA");
    if (root.isEmpty()) QSKIP("ISOLOSS_REAL_DATA does not name the folder of real files");
    ProjectFixture fixture;
    const std::filesystem::path path((root + u'/' + folder).toStdString());
    REQUIRE_OK(import_paths(fixture.project(), {path}));

    FigureSpec spec;
    spec.x = x.toStdString();
    spec.y = "mean(*/acc)";
    spec.x_scale = logarithmic ? AxisScale::log : AxisScale::linear;
    const auto reader = fixture.reader();
    const Expected<CheckpointTable> table = load_checkpoint_table(*reader, {}, scatter_keys(spec));
    REQUIRE_OK(table);
    const ScatterFigure figure = scatter_figure(*table, spec, Theme::light());
    QCOMPARE(static_cast<int>(figure.chart.points.size()), points);
    QCOMPARE(static_cast<int>(figure.chart.polylines.size()), lines);
    QVERIFY(figure.chart.x.reversed); // better to the right
    for (const ChartPoint& point : figure.chart.points)
        QVERIFY(point.y > 0.1 && point.y < 0.9 && point.x > 0);

    const std::filesystem::path svg = fixture.folder() / "plane.svg";
    const Expected<FigureReport> report = export_figure(*reader, spec, svg);
    REQUIRE_OK(report);
    QCOMPARE(static_cast<int>(report->points), points);
    QFile file(QString::fromStdString(svg.string()));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QVERIFY(bytes.contains("<text") && !bytes.contains("<image"));
}

QTEST_MAIN(TestPagesRealData)
#include "tst_pages_realdata.moc"
