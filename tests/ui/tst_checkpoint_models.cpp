#include "ui/models/checkpoint_band_model.h"
#include "ui/models/checkpoint_differences_model.h"
#include "ui/models/checkpoint_flips_model.h"
#include "ui/models/checkpoint_table_model.h"
#include "widgets/item_roles.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace isoloss;

namespace {

std::shared_ptr<const CheckpointTable> table() {
    auto result = std::make_shared<CheckpointTable>();
    QuantityColumn loss, group;
    loss.key = "loss[c4]";
    loss.title = "loss [c4]";
    loss.direction = Direction::down;
    group.key = "group";
    group.is_text = true;
    const std::optional<double> losses[] = {3.25, std::nullopt, 2.5, 3.0};
    for (int i = 0; i < 4; ++i) {
        CheckpointRecord checkpoint;
        checkpoint.id = CheckpointId(100 + i);
        checkpoint.run = RunId(1 + i / 2);
        checkpoint.run_name = i < 2 ? "first" : "second";
        if (i != 3) checkpoint.step = 1000 * (i + 1);
        result->checkpoints.push_back(checkpoint);
        Cell cell;
        cell.value = losses[i];
        if (!cell.value) cell.reason = "3 of 40 tasks missing";
        loss.cells.push_back(cell);
        group.cells.push_back({});
        group.texts.push_back(i % 2 == 0 ? "even" : "odd");
    }
    for (int run = 1; run <= 2; ++run) {
        RunRecord record;
        record.id = RunId(run);
        record.name = run == 1 ? "first" : "second";
        record.color = run;
        result->runs.push_back(record);
    }
    result->columns = {loss, group};
    return result;
}

} // namespace

/// The item models behind the matrix, the band and the comparison.
class TestCheckpointModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void matrixShowsValuesAndReasons();
    void matrixSortsUndefinedLast_data();
    void matrixSortsUndefinedLast();
    void heatFollowsTheDirection();
    void tabSeparatedText();
    void bandModel();
    void flipsAreFiltered();
    void differences();
};

void TestCheckpointModels::matrixShowsValuesAndReasons() {
    CheckpointTableModel model;
    QAbstractItemModelTester tester(&model);
    QCOMPARE(model.rowCount(), 0);
    model.setTable(table());
    QCOMPARE(model.rowCount(), 4);
    QCOMPARE(model.columnCount(), 4);
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("first"));
    QCOMPARE(model.index(0, 1).data().toString(), QStringLiteral("1k"));
    QCOMPARE(model.index(3, 1).data().toString(), QStringLiteral("final"));
    QCOMPARE(model.index(0, 2).data().toString(), QStringLiteral("3.250"));
    QCOMPARE(model.index(1, 2).data().toString(), QStringLiteral("–"));
    QCOMPARE(model.index(1, 2).data(Qt::ToolTipRole).toString(), QStringLiteral("3 of 40 tasks missing"));
    QCOMPARE(model.index(2, 3).data().toString(), QStringLiteral("even"));
    model.setTable(nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void TestCheckpointModels::matrixSortsUndefinedLast_data() {
    QTest::addColumn<int>("column");
    QTest::addColumn<bool>("descending");
    QTest::addColumn<QList<int>>("ids");
    QTest::newRow("loss, small first") << 2 << false << QList<int>{102, 103, 100, 101};
    QTest::newRow("loss, large first") << 2 << true << QList<int>{100, 103, 102, 101};
    QTest::newRow("step, large first") << 1 << true << QList<int>{102, 101, 100, 103};
    QTest::newRow("run, last first") << 0 << true << QList<int>{102, 103, 100, 101};
    QTest::newRow("text") << 3 << false << QList<int>{100, 102, 101, 103};
}

void TestCheckpointModels::matrixSortsUndefinedLast() {
    QFETCH(int, column);
    QFETCH(bool, descending);
    QFETCH(QList<int>, ids);
    CheckpointTableModel model;
    QAbstractItemModelTester tester(&model);
    model.setTable(table());
    const QPersistentModelIndex kept = model.index(1, 2);
    model.sort(column, descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    QList<int> found;
    for (int row = 0; row < model.rowCount(); ++row)
        found << static_cast<int>(model.checkpoint(row).value);
    QCOMPARE(found, ids);
    QCOMPARE(model.checkpoint(kept.row()), CheckpointId(101));
    QCOMPARE(model.rowOf(CheckpointId(102)), static_cast<int>(ids.indexOf(102)));
}

void TestCheckpointModels::heatFollowsTheDirection() {
    CheckpointTableModel model;
    model.setTable(table());
    QCOMPARE(model.index(2, 2).data(HeatRole).toDouble(), 1.0); // the smallest loss is the best
    QCOMPARE(model.index(0, 2).data(HeatRole).toDouble(), 0.0);
    QVERIFY(!model.index(1, 2).data(HeatRole).isValid());
}

void TestCheckpointModels::tabSeparatedText() {
    CheckpointTableModel model;
    model.setTable(table());
    QCOMPARE(model.tabSeparated({0, 1}, {0, 1, 2}),
             QStringLiteral("run\tstep\tloss[c4]\nfirst\t1000\t3.25\nfirst\t2000\t\n"));
}

void TestCheckpointModels::bandModel() {
    CheckpointBandModel model;
    QAbstractItemModelTester tester(&model);
    model.setCheckpoints({{CheckpointId(5), QStringLiteral("a @1k"), Qt::red, 3.125, 0.5, 0.01}},
                         QStringLiteral("loss"), QStringLiteral("score"));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, 1).data().toString(), QStringLiteral("3.125"));
    QCOMPARE(model.index(0, 0).data(SwatchRole).value<QColor>(), QColor(Qt::red));
    QCOMPARE(model.index(0, 0).data(TailRole).toString(), QStringLiteral(" @1k")); // the step is never cut off
    QVERIFY(!model.index(0, 1).data(TailRole).isValid());
    QCOMPARE(model.rowOf(CheckpointId(5)), 0);
    QCOMPARE(model.rowOf(CheckpointId(6)), -1);
}

void TestCheckpointModels::flipsAreFiltered() {
    CheckpointFlipsModel model;
    QAbstractItemModelTester tester(&model);
    const auto flip = [](FlipKind kind, const char* text) {
        ComparedItem item;
        item.task = QStringLiteral("quiz");
        item.kind = kind;
        item.text = QString::fromLatin1(text);
        item.choices = {QStringLiteral("yes"), QStringLiteral("no")};
        item.gold = 0;
        item.chosen_a = 1;
        return item;
    };
    model.setItems({flip(FlipKind::both_wrong, "Why?"), flip(FlipKind::forgotten, "Who?"),
                    flip(FlipKind::learned, "Where?"), flip(FlipKind::learned, "When?")});
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.item(0)->kind, FlipKind::learned);
    QCOMPARE(model.count(FlipKind::both_wrong), 1);
    model.setFilter({FlipKind::learned}, QStringLiteral("when"));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, CheckpointFlipsModel::FirstColumn).data().toString(), QStringLiteral("no"));
    QCOMPARE(model.index(0, CheckpointFlipsModel::SecondColumn).data().toString(), QStringLiteral("–"));
}

void TestCheckpointModels::differences() {
    CheckpointDifferencesModel model(CheckpointDifferencesModel::Kind::numbers, QStringLiteral("quantity"));
    QAbstractItemModelTester tester(&model);
    CheckpointDifference row;
    row.name = QStringLiteral("quiz/acc");
    row.difference = QStringLiteral("+0.02");
    row.better = true;
    model.setRows({row});
    QCOMPARE(model.columnCount(), 4);
    QVERIFY(model.index(0, 3).data(HeatRole).toDouble() > 0);
    CheckpointDifferencesModel texts(CheckpointDifferencesModel::Kind::texts, QStringLiteral("field"));
    QCOMPARE(texts.columnCount(), 3);
}

QTEST_MAIN(TestCheckpointModels)
#include "tst_checkpoint_models.moc"
