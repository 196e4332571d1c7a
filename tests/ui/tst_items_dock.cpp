#include "tests/ui/page_fixture.h"
#include "ui/docks/items_dock.h"
#include "ui/models/items_model.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>
#include <limits>

using namespace isoloss;
using namespace isoloss::test;

namespace {

MeasuredItem choice_item(std::string key, std::string text, int gold, int chosen, std::vector<double> likelihoods) {
    MeasuredItem item;
    item.key = std::move(key);
    item.text = std::move(text);
    item.choices = {"cat", "dog", "Emu"};
    item.gold = gold;
    item.chosen = chosen;
    item.correct = gold == chosen ? 1 : 0;
    item.log_likelihoods = std::move(likelihoods);
    return item;
}

ItemsModel::Items three_items() {
    auto items = std::make_shared<MeasuredItems>();
    items->items = {choice_item("1", "purrs", 0, 0, {-1, -2, -3}), choice_item("2", "barks", 1, 2, {-4, -3.5, -3}),
                    choice_item("3", "runs", 2, 2, {-9, -9.5, -2.25})};
    items->total = 3;
    return items;
}

QStringList column(const QAbstractItemModel& model, int section) {
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row)
        texts << model.index(row, section).data().toString();
    return texts;
}

int section_of(const ItemsModel& model, ItemsModel::Column column) {
    for (int section = 0; section < model.columnCount(); ++section)
        if (model.column(section) == column) return section;
    return -1;
}

} // namespace

/// What a value is made of, item by item.
class ItemsDockTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void margins_data() {
        QTest::addColumn<int>("gold");
        QTest::addColumn<double>("margin"); // NaN: none
        QTest::newRow("the right one is the best") << 0 << 1.0;
        QTest::newRow("the right one is the worst") << 2 << -2.0;
        QTest::newRow("no right answer is known") << -1 << std::numeric_limits<double>::quiet_NaN();
        QTest::newRow("it is not among the choices") << 3 << std::numeric_limits<double>::quiet_NaN();
    }

    void margins() {
        QFETCH(int, gold);
        QFETCH(double, margin);
        const MeasuredItem item = choice_item("1", "", gold, 0, {-1, -2, -3});
        QCOMPARE(item.margin().has_value(), !std::isnan(margin));
        if (item.margin()) QCOMPARE(*item.margin(), margin);
    }

    void tasks_are_sorted_searched_and_narrowed() {
        ItemsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setItems(three_items());
        const int key = section_of(model, ItemsModel::Column::key);
        const int margin = section_of(model, ItemsModel::Column::margin);
        QCOMPARE(column(model, key), (QStringList{"1", "2", "3"}));
        QCOMPARE(column(model, section_of(model, ItemsModel::Column::chosen)), (QStringList{"cat", "Emu", "Emu"}));
        QCOMPARE(column(model, section_of(model, ItemsModel::Column::correct)), (QStringList{"✓", "✗", "✓"}));
        const QPersistentModelIndex second(model.index(1, 0));
        model.sort(margin, Qt::AscendingOrder);
        QCOMPARE(column(model, key), (QStringList{"2", "1", "3"}));
        QCOMPARE(second.row(), 0);
        model.setOutcome(ItemsModel::Outcome::right);
        QCOMPARE(column(model, key), (QStringList{"1", "3"}));
        model.setOutcome(ItemsModel::Outcome::all);
        model.setSearch(QStringLiteral("BARK"));
        QCOMPARE(column(model, key), (QStringList{"2"}));
        model.setSearch(QStringLiteral("emu"));
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.table({model.index(2, 0)}).split(u'\n')[1],
                 QStringLiteral("3\truns\tEmu\tEmu\t1\t6.75\t-9  -9.5  -2.25"));
    }

    void texts_have_a_loss() {
        auto items = std::make_shared<MeasuredItems>();
        MeasuredItem item;
        item.key = "0";
        item.text = "once upon a time";
        item.log_likelihoods = {-6};
        item.tokens = 4;
        items->items = {item};
        item.tokens = 0; // nothing was scored
        items->items.push_back(item);
        ItemsModel model;
        model.setItems(items);
        QCOMPARE(section_of(model, ItemsModel::Column::margin), -1);
        QCOMPARE(column(model, section_of(model, ItemsModel::Column::loss)), (QStringList{"1.500", ""}));
    }

    void the_dock_shows_the_value_that_is_inspected() {
        PageFixture fixture;
        ItemsDock dock(fixture.services());
        auto* view = dock.findChild<QTreeView*>();
        const auto reader = value_of(fixture.services().session().project()->reader());
        QuantityId score;
        for (const QuantityRecord& quantity : value_of(reader->quantities()))
            if (quantity.key == "quiz/acc") score = quantity.id;
        const CheckpointId checkpoint = fixture.study().checkpoint_id(1, 3);
        const auto value = value_of(reader->values(checkpoint, score)).front();
        const auto outcomes = value_of(reader->outcomes(value.id));
        fixture.services().selection().inspectValue(checkpoint, score);
        QCOMPARE(view->model()->rowCount(), 0); // nobody can see it yet
        dock.show();
        QTRY_COMPARE(view->model()->rowCount(), static_cast<int>(outcomes.size()));
        view->setCurrentIndex(view->model()->index(0, 0));
        QCOMPARE(dock.findChild<QPlainTextEdit*>()->toPlainText(), QString::fromStdString(outcomes[0].item.text));
        QCOMPARE(dock.findChild<QTreeWidget*>()->topLevelItemCount(),
                 static_cast<int>(outcomes[0].item.choices.size()));
        fixture.services().selection().inspectValue(fixture.study().checkpoint_id(1, 0), score);
        QTRY_COMPARE(view->model()->rowCount(), 0); // it has a value but no items
        QVERIFY(dock.findChild<QPlainTextEdit*>()->toPlainText().isEmpty());
    }
};

QTEST_MAIN(ItemsDockTest)
#include "tst_items_dock.moc"
