#include "tests/ui/page_fixture.h"
#include "ui/pages/correlation_rows.h"
#include "ui/pages/downstream_page.h"
#include "ui/pages/plane_defaults.h"
#include "widgets/bar_rows.h"
#include "widgets/chart_view.h"
#include "widgets/number_rows.h"

#include <QAbstractItemModelTester>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QTest>
#include <cmath>
#include <set>

using namespace isoloss;
using namespace isoloss::test;

Q_DECLARE_METATYPE(isoloss::EqualLossCorrelation)

/// The plane over a small project: what is drawn, what the band says, what changes undo.
class TestDownstreamPage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opensWithLossAgainstScore();
    void bandChangesThePanel();
    void bandIsTypedAndUndone();
    void olderTablesAreDropped();
    void panelSaysWhatIsTooFew_data();
    void panelSaysWhatIsTooFew();
    void numbersOfAQuantity_data();
    void numbersOfAQuantity();
    void numbersFollowTheChosenBar();
    void crossingsAreShownWithoutACheckpointInside();
    void hiddenRunsAreNotDrawn();
    void selectionIsShared();
    void stateReadsBack();
    void restoredQuantitiesMayComeLater();
    void defaultAxes_data();
    void defaultAxes();
    void settingsOfEqualRanksAreOne();
    void defaultBandHoldsWhereRunsCross();
    void metricOfKeys_data();
    void metricOfKeys();
};

void TestDownstreamPage::opensWithLossAgainstScore() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{11});
    QCOMPARE(page.spec().x, std::string("loss[text]"));
    const ChartData& chart = page.figure().chart;
    QVERIFY(chart.x.reversed); // a smaller loss is better and lies to the right
    QVERIFY(chart.x.title.contains(QStringLiteral("nats/token")));
    QVERIFY(chart.x.title.contains(QStringLiteral("better to the right")));
    QCOMPARE(chart.polylines.size(), std::size_t{3});
    QVERIFY(chart.note.startsWith(QStringLiteral("11 checkpoints")));
    QVERIFY(chart.note.contains(QStringLiteral("1 undefined")));
    QCOMPARE(chart.legend.size(), std::size_t{3});
    std::set<std::pair<double, double>> expected, drawn;
    for (int run = 0; run < SmallStudy::runs; ++run)
        for (int checkpoint = 0; checkpoint < SmallStudy::checkpoints_per_run; ++checkpoint)
            if (run != 2 || checkpoint != 0)
                expected.emplace(SmallStudy::loss(run, checkpoint), SmallStudy::score(run, checkpoint));
    for (const ChartPoint& point : chart.points) {
        drawn.emplace(point.x, point.y);
        QCOMPARE(point.x_error, std::optional<double>(0.002));
        QCOMPARE(point.y_error, std::optional<double>(0.01));
    }
    QCOMPARE(drawn, expected);
}

void TestDownstreamPage::bandChangesThePanel() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    page.resize(900, 600);
    QSignalSpy reports(&page, &DownstreamPage::reportChanged);
    QTRY_VERIFY(reports.count() > 0);
    QVERIFY(page.spec().band.has_value());
    QAbstractItemModelTester tester(&page.panel().model());

    // Losses are 3.6 − 0.1·run − 0.15·checkpoint: within 3.3 ± 0.06 lie 3.3 (small), 3.35 (medium), 3.25 (large).
    reports.clear();
    Q_EMIT page.chart().bandChanged(3.3, 0.06);
    QTRY_COMPARE(page.panel().model().rowCount(), 3);
    QVERIFY(page.panel().caption().contains(QStringLiteral("3 runs")));
    const CheckpointBandModel& model = page.panel().model();
    double former = 1;
    for (int row = 0; row < model.rowCount(); ++row) {
        const double score = model.index(row, CheckpointBandModel::ScoreColumn).data().toString().toDouble();
        QVERIFY(score <= former); // best first
        former = score;
    }
    Q_EMIT page.chart().bandChanged(9.0, 0.06);
    QTRY_COMPARE(page.panel().model().rowCount(), 0);
    QVERIFY(page.panel().reading().contains(QStringLiteral("No checkpoint")));
}

void TestDownstreamPage::bandIsTypedAndUndone() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_VERIFY(page.spec().band.has_value());
    const FigureBand before = *page.spec().band;
    Q_EMIT page.panel().bandEdited(3.2, 0.05);
    QCOMPARE(page.spec().band, std::optional(FigureBand{3.2, 0.05}));
    QVERIFY(page.chart().band().has_value());
    QCOMPARE(page.chart().band()->center, 3.2);
    fixture.services().undo().undo();
    QCOMPARE(page.spec().band, std::optional(before));
}

void TestDownstreamPage::olderTablesAreDropped() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{11});
    QList<std::string> shown;
    QObject::connect(&page, &DownstreamPage::figureChanged, &page,
                     [&] { shown << page.figure().chart.y.title.toStdString(); });
    FigureSpec spec = page.spec();
    spec.y = "tokens";
    page.changeSpec(spec, QStringLiteral("y"));
    spec.y = "config.model.width";
    page.changeSpec(spec, QStringLiteral("y"));
    QTRY_VERIFY(!page.figure().chart.points.empty() && page.figure().chart.points.front().y >= 128);
    QTest::qWait(100);
    QCOMPARE(page.spec().y, std::string("config.model.width"));
    for (const std::string& title : shown)
        QVERIFY2(title.find("tokens") == std::string::npos, title.c_str());
}

void TestDownstreamPage::panelSaysWhatIsTooFew_data() {
    QTest::addColumn<int>("runs");
    QTest::addColumn<bool>("too_few");
    QTest::newRow("four runs") << 4 << true;
    QTest::newRow("five runs") << 5 << false;
}

void TestDownstreamPage::panelSaysWhatIsTooFew() {
    QFETCH(int, runs);
    QFETCH(bool, too_few);
    EqualLossText text;
    text.inside = {{CheckpointId(1), QStringLiteral("a @1k"), Qt::red, 3.2, 0.5, {}}};
    text.report.score_spread = 0.1;
    EqualLossCorrelation fisher;
    fisher.key = "fisher_trace";
    fisher.runs = runs;
    fisher.correlation = -0.5;
    text.report.quantities = {fisher};
    text.quantity_titles = {QStringLiteral("fisher_trace")};
    EqualLossPanel panel;
    panel.setBand(FigureBand{3.2, 0.1});
    panel.setText(text);
    QCOMPARE(panel.reading().contains(QStringLiteral("Too few runs for a test: 5 are needed")), too_few);
    QCOMPARE(panel.findChild<BarRows*>()->accessibleDescription(), QStringLiteral("fisher_trace −.50"));
    QCOMPARE(panel.windowTitle(), QStringLiteral("At equal loss"));
    text.report.score_spread = 5.6e-17; // what interpolating equal scores leaves
    panel.setText(text);
    QCOMPARE(panel.reading(), QStringLiteral("Scores do not differ where loss does not."));
}

void TestDownstreamPage::numbersOfAQuantity_data() {
    QTest::addColumn<EqualLossCorrelation>("of");
    QTest::addColumn<int>("tried");
    QTest::addColumn<bool>("one_checkpoint_per_run");
    QTest::addColumn<QStringList>("rows");
    QTest::addColumn<QString>("verdict");
    QTest::addColumn<QString>("caution");
    EqualLossCorrelation full;
    full.runs = 12;
    full.correlation = -0.94;
    full.rank_correlation = -0.9;
    full.interval_low = -0.994;
    full.interval_high = -0.712;
    full.permutation_p = 0.0021;
    full.holm_p = 0.0063;
    full.checkpoints = 24;
    full.partial = -0.88;
    full.delta_r2 = 0.314;
    full.pairs_same = 7;
    full.pairs_opposite = 41;
    full.pairs_p = 0.0004;
    full.reading = "over 12 runs";
    QTest::newRow("all of them") << full << 3 << false
                                 << QStringList{"r at equal loss −.94 [−.99, −.71] · 12 runs",
                                                "rank −.90",
                                                "permutation p .002 Holm .006, 3 tried",
                                                "partial r −.88 descriptive, 24 in band",
                                                "gain in R² .31 over loss alone",
                                                "matched pairs 41 of 48 agree · p <.001"}
                                 << QString() << QString();
    EqualLossCorrelation chance;
    chance.runs = 6;
    chance.correlation = 1;
    chance.permutation_p = 0.0502;
    chance.holm_p = 0.0502;
    QTest::newRow("one quantity, no clear relation")
        << chance << 1 << false << QStringList{"r at equal loss 1.00 6 runs", "permutation p .050"}
        << QStringLiteral("no clear relation") << QString();
    EqualLossCorrelation few;
    few.runs = 1;
    few.pairs_same = 3;
    few.pairs_opposite = 1;
    few.reading = "too few runs: 1 with this quantity crosses";
    QTest::newRow("undefined") << few << 3 << false
                               << QStringList{"r at equal loss – 1 run", "matched pairs 3 of 4 agree"} << QString()
                               << QStringLiteral("Too few runs: 1 with this quantity crosses");
    EqualLossCorrelation across;
    across.checkpoints = 8;
    across.partial = -0.004;
    across.across_runs_p = 0.98;
    across.reading = "each run has one checkpoint: …";
    QTest::newRow("one checkpoint per run")
        << across << 2 << true
        << QStringList{"r at equal loss – 0 runs", "p across runs .980 one checkpoint each",
                       "partial r .00 descriptive, 8 checkpoints"}
        << QString() << QStringLiteral("Each run has one checkpoint: …");
    EqualLossCorrelation no_partial = chance;
    no_partial.checkpoints = 3;
    QTest::newRow("no partial correlation")
        << no_partial << 1 << false
        << QStringList{"r at equal loss 1.00 6 runs", "permutation p .050", "partial r – too few in band"}
        << QStringLiteral("no clear relation") << QString();
    no_partial.checkpoints = 6;
    QTest::newRow("losses alike") << no_partial << 0 << false
                                  << QStringList{"r at equal loss 1.00 6 runs", "permutation p .050",
                                                 "partial r – losses in band too alike"}
                                  << QStringLiteral("no clear relation") << QString();
}

void TestDownstreamPage::numbersOfAQuantity() {
    QFETCH(EqualLossCorrelation, of);
    QFETCH(int, tried);
    QFETCH(bool, one_checkpoint_per_run);
    QFETCH(QStringList, rows);
    QFETCH(QString, verdict);
    QFETCH(QString, caution);
    EqualLossReport report;
    report.quantities_tried = tried;
    report.one_checkpoint_per_run = one_checkpoint_per_run;
    if (tried == 0) report.band_reliability = 0.7;
    QStringList written;
    for (const NumberRow& row : correlation_rows(of, report))
        written << QStringList{row.label, row.number, row.detail}.join(u' ').trimmed();
    QCOMPARE(written, rows);
    QCOMPARE(correlation_verdict(of), verdict);
    QCOMPARE(correlation_caution(of), caution);
}

void TestDownstreamPage::numbersFollowTheChosenBar() {
    EqualLossText text;
    text.inside = {{CheckpointId(1), QStringLiteral("a @1k"), Qt::red, 3.2, 0.5, {}}};
    text.report.score_spread = 0.1;
    for (const auto& [key, r] : {std::pair{"fisher_trace", -0.9}, std::pair{"tokens", 0.5}}) {
        EqualLossCorrelation quantity;
        quantity.key = key;
        quantity.runs = 4;
        quantity.correlation = r;
        text.report.quantities.push_back(quantity);
        text.quantity_titles.push_back(QLatin1String(key));
    }
    EqualLossPanel panel;
    panel.setBand(FigureBand{3.2, 0.1});
    QVERIFY(panel.chosenQuantity().empty());
    panel.setText(text);
    const auto* numbers = panel.findChild<NumberRows*>();
    QCOMPARE(panel.chosenQuantity(), std::string("fisher_trace"));
    QVERIFY(numbers->accessibleDescription().startsWith(QStringLiteral("r at equal loss −.90")));
    QSignalSpy chosen(&panel, &EqualLossPanel::quantityChosen);
    Q_EMIT panel.findChild<BarRows*>()->rowClicked(1);
    QCOMPARE(chosen.size(), 1);
    QVERIFY(numbers->accessibleDescription().startsWith(QStringLiteral("r at equal loss .50")));
    std::swap(text.report.quantities[0], text.report.quantities[1]); // another band, another order
    std::swap(text.quantity_titles[0], text.quantity_titles[1]);
    panel.setText(text);
    QCOMPARE(panel.chosenQuantity(), std::string("tokens"));
}

void TestDownstreamPage::crossingsAreShownWithoutACheckpointInside() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_VERIFY(page.spec().band.has_value());
    QSignalSpy reports(&page, &DownstreamPage::reportChanged);
    // No checkpoint has a loss within 3.06 to 3.08; small covers 3.15 to 3.6, medium 3.05 to 3.5, large 2.95 to 3.25.
    Q_EMIT page.chart().bandChanged(3.07, 0.01);
    QTRY_VERIFY(!reports.isEmpty());
    QCOMPARE(page.panel().model().rowCount(), 0);
    QVERIFY2(page.panel().reading().contains(QStringLiteral("2 runs cross this loss")),
             qPrintable(page.panel().reading()));
    // Interpolated: medium .38 + .03·(3.2 − 3.07)/.15 = .406, large .40 + .03·(3.1 − 3.07)/.15 = .406.
    QVERIFY(page.panel().reading().contains(QStringLiteral("Scores do not differ")));
    const QList<QLabel*> labels = page.panel().findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->text() == QStringLiteral("1 run does not cross this loss: small");
    }));
}

void TestDownstreamPage::hiddenRunsAreNotDrawn() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{11});
    const RunId hidden = fixture.study().run_id(0);
    fixture.services().bridge().write(
        [hidden](WriteSession& session) { return session.set_run_visible(hidden, false); });
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{7});
    QCOMPARE(page.figure().chart.polylines.size(), std::size_t{2});
}

void TestDownstreamPage::selectionIsShared() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{11});
    const CheckpointId first = fixture.study().checkpoint_id(0, 1), second = fixture.study().checkpoint_id(1, 1);
    Q_EMIT page.chart().pointClicked(first.value, Qt::NoModifier);
    QCOMPARE(fixture.services().selection().checkpoints(), std::vector{first});
    Q_EMIT page.chart().pointClicked(second.value, Qt::ControlModifier);
    QCOMPARE(fixture.services().selection().checkpoints(), (std::vector{first, second}));
    Q_EMIT page.chart().lineClicked(line_id(fixture.study().run_id(2)), Qt::NoModifier);
    QCOMPARE(fixture.services().selection().highlightedRuns(), std::vector{fixture.study().run_id(2)});
}

void TestDownstreamPage::stateReadsBack() {
    PageFixture fixture;
    DownstreamPage page(fixture.services()), other(fixture.services());
    QTRY_VERIFY(page.spec().band.has_value());
    QTRY_VERIFY(other.spec().band.has_value());
    FigureSpec spec = page.spec();
    spec.y = "fisher_trace[text]";
    spec.y_scale = AxisScale::log;
    spec.colour = "config.model.width";
    spec.size_by = "step";
    page.changeSpec(spec, QStringLiteral("change"));
    other.restoreState(page.state());
    QVERIFY(other.spec() == page.spec());
    QTRY_COMPARE(other.figure().chart.points.size(), std::size_t{12});
    QCOMPARE(other.figure().chart.y.scale, AxisScale::log);
}

void TestDownstreamPage::restoredQuantitiesMayComeLater() {
    PageFixture fixture;
    DownstreamPage page(fixture.services());
    QTRY_VERIFY(page.spec().band.has_value());
    FigureSpec wanted = page.spec();
    wanted.y = "linear_probe_accuracy[text]";
    wanted.size_by = "hessian_trace[text]";
    wanted.band = FigureBand{3.0, 0.25};
    page.restoreState(QJsonDocument::fromJson(QByteArray::fromStdString(recipe_json(wanted))).object());
    QCOMPARE(page.spec().y, std::string("quiz/acc")); // what can be drawn meanwhile
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{11});
    const auto measure = [&](const char* key) {
        fixture.services().bridge().write([&, key](WriteSession& session) -> Expected<void> {
            QuantityRecord quantity = quantity_named(key);
            quantity.kind = QuantityKind::measured;
            ValueRecord value;
            ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity));
            value.checkpoint = fixture.study().checkpoint_id(0, 0);
            value.value = 0.5;
            ISOLOSS_TRY_VOID(session.put_value(value));
            return {};
        });
    };
    measure("linear_probe_accuracy[text]");
    QTRY_COMPARE(page.spec().y, wanted.y);
    QCOMPARE(page.spec().band, wanted.band);
    QVERIFY(page.spec().size_by.empty());
    QTRY_COMPARE(page.figure().chart.points.size(), std::size_t{1});
    measure("hessian_trace[text]");
    QTRY_COMPARE(page.spec().size_by, wanted.size_by);
    // What the user changes stays.
    page.restoreState(QJsonDocument::fromJson(QByteArray::fromStdString(recipe_json(wanted))).object());
    FigureSpec changed = page.spec();
    changed.colour = "step";
    page.changeSpec(changed, QStringLiteral("colour"));
    measure("another[text]");
    QTest::qWait(400);
    QCOMPARE(page.spec().colour, std::string("step"));
}

void TestDownstreamPage::defaultAxes_data() {
    QTest::addColumn<QList<QByteArray>>("keys"); // "key:group:checkpoints"
    QTest::addColumn<QByteArray>("x");
    QTest::addColumn<QByteArray>("y");
    QTest::addColumn<bool>("logarithmic");
    QTest::newRow("bits per byte of most checkpoints")
        << QList<QByteArray>{"wikitext/bits_per_byte Scores 90", "lambada_openai/ppl Scores 60", "mean(*/acc) Means 80",
                             "piqa/acc Scores 90"}
        << QByteArray("wikitext/bits_per_byte") << QByteArray("mean(*/acc)") << false;
    QTest::newRow("perplexity on a logarithmic axis")
        << QList<QByteArray>{"lambada_openai/ppl Scores 60", "piqa/acc Scores 60"} << QByteArray("lambada_openai/ppl")
        << QByteArray("piqa/acc") << true;
    QTest::newRow("a measured loss wins a tie")
        << QList<QByteArray>{"wikitext/bits_per_byte Scores 9", "loss[c4] Measured 9", "piqa/acc Scores 9"}
        << QByteArray("loss[c4]") << QByteArray("piqa/acc") << false;
    QTest::newRow("a masked loss counts as a loss")
        << QList<QByteArray>{"wikitext/bits_per_byte Scores 9", "mlm_loss[grammar] Measured 9", "piqa/acc Scores 9"}
        << QByteArray("mlm_loss[grammar]") << QByteArray("piqa/acc") << false;
    QTest::newRow("a probe without scores")
        << QList<QByteArray>{"fisher_trace[grammar] Measured 99", "linear_probe_accuracy[spans] Measured 80",
                             "linear_probe_accuracy[states] Measured 90", "mlm_loss[grammar] Measured 90"}
        << QByteArray("mlm_loss[grammar]") << QByteArray("linear_probe_accuracy[states]") << false;
    QTest::newRow("imported scores come before probes")
        << QList<QByteArray>{"linear_probe_accuracy[spans] Measured 90", "piqa/acc Scores 8", "loss[c4] Measured 90"}
        << QByteArray("loss[c4]") << QByteArray("piqa/acc") << false;
    QTest::newRow("other measurements where there is no probe")
        << QList<QByteArray>{"fisher_trace[c4] Measured 9", "loss[c4] Measured 9"} << QByteArray("loss[c4]")
        << QByteArray("fisher_trace[c4]") << false;
    QTest::newRow("a loss on texts before bits of tasks and curves")
        << QList<QByteArray>{"eval/downstream_bpb/piqa_bpb Scores 99", "series:train/loss Series 200",
                             "eval/c4/CrossEntropyLoss Scores 40", "eval/downstream/hellaswag_len_norm Scores 60"}
        << QByteArray("eval/c4/CrossEntropyLoss") << QByteArray("eval/downstream/hellaswag_len_norm") << false;
    QTest::newRow("losses of a study and of a table")
        << QList<QByteArray>{"c4_val/loss Scores 30", "pile_val_loss Scores 20", "arc_easy/accuracy Scores 30"}
        << QByteArray("c4_val/loss") << QByteArray("arc_easy/accuracy") << false;
    QTest::newRow("no loss") << QList<QByteArray>{"piqa/acc Scores 9"} << QByteArray() << QByteArray() << false;
}

void TestDownstreamPage::defaultAxes() {
    QFETCH(QList<QByteArray>, keys);
    QFETCH(QByteArray, x);
    QFETCH(QByteArray, y);
    QFETCH(bool, logarithmic);
    std::vector<QuantityChoice> choices;
    for (const QByteArray& text : keys) {
        const QList<QByteArray> parts = text.split(' ');
        choices.push_back({parts[0].toStdString(), parts[0].toStdString(), parts[1].toStdString(), parts[2].toInt()});
    }
    const std::optional<PlaneAxes> axes = default_axes(choices);
    QCOMPARE(axes.has_value(), !x.isEmpty());
    if (!axes) return;
    QCOMPARE(axes->x, x.toStdString());
    QCOMPARE(axes->y, y.toStdString());
    QCOMPARE(axes->x_scale == AxisScale::log, logarithmic);
}

void TestDownstreamPage::settingsOfEqualRanksAreOne() {
    using Ranks = std::vector<std::optional<std::size_t>>;
    QCOMPARE(dense_ranks({5, 5, 2, std::nan(""), 7}), (Ranks{1, 1, 0, std::nullopt, 2}));
    QCOMPARE(dense_ranks({16, 64, 32}), dense_ranks({5098, 72602, 18890}));
    QVERIFY(dense_ranks({16, 64, 32}) != dense_ranks({16, 32, 64}));
    QVERIFY(dense_ranks({}).empty());
}

void TestDownstreamPage::defaultBandHoldsWhereRunsCross() {
    // Run 0 covers 3.0–4.0, run 1 covers 2.0–3.2: only around 3.0–3.2 both have a checkpoint.
    std::vector<LossScorePoint> points;
    for (int i = 0; i <= 10; ++i) {
        points.push_back({0, static_cast<double>(i), 4.0 - 0.1 * i, {}, 0.3});
        points.push_back({1, static_cast<double>(i), 3.2 - 0.12 * i, {}, 0.4});
    }
    const std::optional<FigureBand> band = default_band(points);
    QVERIFY(band.has_value());
    std::set<std::size_t> inside;
    for (const LossScorePoint& point : points)
        if (std::abs(point.loss - band->centre) <= band->half_width) inside.insert(point.run);
    QCOMPARE(inside.size(), std::size_t{2});
    QVERIFY(band->half_width > 0);
    QVERIFY(!default_band({points.front()}));
}

void TestDownstreamPage::metricOfKeys_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("metric");
    QTest::addColumn<QByteArray>("with_norm");
    QTest::newRow("score") << QByteArray("piqa/acc") << QByteArray("acc") << QByteArray("piqa/acc_norm");
    QTest::newRow("mean") << QByteArray("mean(*/acc)") << QByteArray("acc") << QByteArray("mean(*/acc_norm)");
    QTest::newRow("shots") << QByteArray("piqa/acc@5shot") << QByteArray("acc") << QByteArray("piqa/acc_norm@5shot");
    QTest::newRow("measured") << QByteArray("loss[c4]") << QByteArray() << QByteArray();
    QTest::newRow("series") << QByteArray("series:train/loss") << QByteArray() << QByteArray();
}

void TestDownstreamPage::metricOfKeys() {
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, metric);
    QFETCH(QByteArray, with_norm);
    const std::string text = key.toStdString();
    QCOMPARE(std::string(metric_of_key(text)), metric.toStdString());
    QCOMPARE(key_with_metric(text, "acc_norm").value_or(""), with_norm.toStdString());
}

QTEST_MAIN(TestDownstreamPage)
#include "tst_downstream_page.moc"
