#include "tests/ui/page_fixture.h"
#include "ui/pages/compare_page.h"

#include <QAbstractItemModelTester>
#include <QJsonObject>
#include <QTest>

using namespace isoloss;
using namespace isoloss::test;

/// Two checkpoints side by side: what differs, with which standard error, and which items flipped.
class TestComparePage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void configShowsOnlyDifferences();
    void differencesArePairedOverItems();
    void itemsThatFlipped();
    void swapTurnsLearnedIntoForgotten();
    void selectionOfTwoIsCompared();
};

namespace {

QStringList row_of(const QAbstractItemModel& model, int row) {
    QStringList cells;
    for (int column = 0; column < model.columnCount(); ++column)
        cells << model.index(row, column).data().toString();
    return cells;
}

int row_named(const QAbstractItemModel& model, const QString& name) {
    for (int row = 0; row < model.rowCount(); ++row)
        if (model.index(row, 0).data().toString() == name) return row;
    return -1;
}

} // namespace

void TestComparePage::configShowsOnlyDifferences() {
    PageFixture fixture;
    ComparePage page(fixture.services());
    QAbstractItemModelTester tester(&page.config());
    page.setCheckpoints(fixture.study().checkpoint_id(0, 3), fixture.study().checkpoint_id(1, 3));
    QTRY_COMPARE(page.config().rowCount(), 1);
    QCOMPARE(row_of(page.config(), 0),
             (QStringList{QStringLiteral("model.width"), QStringLiteral("128"), QStringLiteral("256")}));
    page.setIgnoredFields(QStringLiteral("model"));
    QTRY_COMPARE(page.config().rowCount(), 0);
}

void TestComparePage::differencesArePairedOverItems() {
    PageFixture fixture;
    ComparePage page(fixture.services());
    QAbstractItemModelTester tester(&page.quantities());
    page.setCheckpoints(fixture.study().checkpoint_id(0, 3), fixture.study().checkpoint_id(1, 3));
    QTRY_COMPARE(page.quantities().rowCount(), 3);
    // Over the four shared items the differences are −1, 0, 1, 0: mean 0, standard deviation √(2/3), error .41.
    const QStringList score = row_of(page.quantities(), row_named(page.quantities(), QStringLiteral("quiz/acc")));
    QCOMPARE(score[1], QStringLiteral("0.3900"));
    QCOMPARE(score[2], QStringLiteral("0.4100"));
    const int quiz = row_named(page.quantities(), QStringLiteral("quiz/acc"));
    const QString errors = page.quantities().index(quiz, 1).data(Qt::ToolTipRole).toString();
    QVERIFY2(errors.startsWith(QStringLiteral("A 0.390 ± 0.010, B 0.410 ± 0.010\n")), qPrintable(errors));
    QCOMPARE(score[3], QStringLiteral("+0.00 ± 0.41"));
    // Both losses are over the same items, which are not stored: an unpaired error would be wrong.
    const int loss = row_named(page.quantities(), QStringLiteral("loss[text]"));
    QCOMPARE(row_of(page.quantities(), loss)[3], QStringLiteral("−0.100"));
    QVERIFY(page.quantities().index(loss, 3).data(Qt::ToolTipRole).toString().contains(QStringLiteral("not stored")));
}

void TestComparePage::itemsThatFlipped() {
    PageFixture fixture;
    ComparePage page(fixture.services());
    QAbstractItemModelTester tester(&page.items());
    page.setCheckpoints(fixture.study().checkpoint_id(0, 3), fixture.study().checkpoint_id(1, 3));
    QTRY_COMPARE(page.items().total(), 4);
    QCOMPARE(page.items().rowCount(), 2); // learned and forgotten
    QCOMPARE(page.items().item(0)->kind, FlipKind::learned);
    QCOMPARE(page.items().item(0)->text, QStringLiteral("Question 2"));
    QCOMPARE(page.items().item(1)->kind, FlipKind::forgotten);
    QCOMPARE(page.items().item(1)->text, QStringLiteral("Question 0"));
    page.setShownKinds({FlipKind::both_wrong});
    QCOMPARE(page.items().rowCount(), 1);
    QCOMPARE(page.items().item(0)->text, QStringLiteral("Question 3"));
}

void TestComparePage::swapTurnsLearnedIntoForgotten() {
    PageFixture fixture;
    ComparePage page(fixture.services());
    page.setCheckpoints(fixture.study().checkpoint_id(0, 3), fixture.study().checkpoint_id(1, 3));
    QTRY_COMPARE(page.items().total(), 4);
    QSignalSpy compared(&page, &ComparePage::compared);
    page.swap();
    QTRY_COMPARE(compared.count(), 1);
    QCOMPARE(page.items().item(0)->text, QStringLiteral("Question 0"));
    QCOMPARE(page.first(), fixture.study().checkpoint_id(1, 3));
}

void TestComparePage::selectionOfTwoIsCompared() {
    PageFixture fixture;
    ComparePage page(fixture.services());
    fixture.services().selection().setCheckpoints(
        {fixture.study().checkpoint_id(2, 3), fixture.study().checkpoint_id(1, 3)});
    QTRY_COMPARE(page.quantities().rowCount(), 3);
    QCOMPARE(page.first(), fixture.study().checkpoint_id(2, 3));
    QCOMPARE(page.second(), fixture.study().checkpoint_id(1, 3));
    page.restoreState({}); // a state that was saved before anything was chosen
    QCOMPARE(page.first(), fixture.study().checkpoint_id(2, 3));
}

QTEST_MAIN(TestComparePage)
#include "tst_compare_page.moc"
