#include "engine/analysis/filter_editing.h"

#include <QTest>

using namespace isoloss;
using Wanted = FilterPlace::Wanted;

class FilterEditingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void place_data() {
        QTest::addColumn<QByteArray>("before"); ///< `|` stands where the word begins that is being written
        QTest::addColumn<Wanted>("wanted");
        QTest::addColumn<QByteArray>("about"); ///< the function of an argument, or what is compared
        const auto row = [](const char* before, Wanted wanted, const char* about = "") {
            QTest::newRow(before) << QByteArray(before) << wanted << QByteArray(about);
        };
        row("|", Wanted::operand);
        row("|l", Wanted::operand);
        row("lr < 1 and |", Wanted::operand);
        row("lr < 1 and not |val/lo", Wanted::operand);
        row("(|gr", Wanted::operand);
        row("|loss[a b", Wanted::operand);
        row("min(|va", Wanted::argument, "min");
        row("mean(a, |b", Wanted::argument, "mean");
        row("at(loss, |1", Wanted::nothing);
        row("at(loss |", Wanted::nothing);
        row("lr |", Wanted::comparison, "lr");
        row("min(val/loss) |", Wanted::comparison, "min(val/loss)");
        row("a = 1 or at(b, 2) |", Wanted::comparison, "at(b, 2)");
        row("group = |", Wanted::value, "group");
        row("group = |\"abl and", Wanted::value, "group");
        row("group != |'a\\'", Wanted::value, "group");
        row("last(x) > |", Wanted::value, "last(x)");
        row("group = \"a\" |", Wanted::joint);
        row("group = \"a\" |an", Wanted::joint);
        row("has(x) |", Wanted::joint);
        row("(a = 1) |", Wanted::joint);
        row("a = 1) |", Wanted::joint);
        row("3 < lr |", Wanted::joint);
        row("= |", Wanted::nothing);
        row("a ; |b", Wanted::nothing);
    }

    void place() {
        QFETCH(QByteArray, before);
        const auto begin = before.indexOf('|');
        before.remove(begin, 1);
        const FilterPlace place = filter_place(before.toStdString());
        QTEST(place.wanted, "wanted");
        QCOMPARE(place.begin, static_cast<std::size_t>(begin));
        const Filter::Name& name = place.compared;
        const std::string about = !place.function.empty() ? place.function
                                  : name.function.empty() ? name.name
                                                          : name.function + "(" + name.name + ")";
        QTEST(QByteArray::fromStdString(about), "about");
    }

    void name_uses_data() {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QStringList>("uses"); ///< name @ column + length
        QTest::newRow("left of a comparison") << "lr < 3 and group = abl" << QStringList{"lr @1+2", "group @12+5"};
        QTest::newRow("right of an order") << "3 < lr" << QStringList{"lr @5+2"};
        QTest::newRow("functions") << "min(val/loss) < 2 and has(`é b`)"
                                   << QStringList{"min(val/loss) @5+8", "has(é b) @27+5"};
        QTest::newRow("the step is no name") << "at(loss, 10) < 2" << QStringList{"at(loss) @4+4"};
        QTest::newRow("patterns match what there is") << "mean(a*, b) > 0" << QStringList{"mean(b) @10+1"};
        QTest::newRow("words look for runs by name") << "alpha or \"beta\"" << QStringList{};
        QTest::newRow("no filter") << "lr < " << QStringList{};
    }

    void name_uses() {
        QFETCH(QString, filter);
        QStringList uses;
        for (const FilterNameUse& use : filter_name_uses(filter.toStdString())) {
            const QString name = QString::fromStdString(
                use.name.function.empty() ? use.name.name : use.name.function + "(" + use.name.name + ")");
            uses += QStringLiteral("%1 @%2+%3").arg(name).arg(use.column).arg(use.length);
        }
        QTEST(uses, "uses");
    }

    /// Spelled or quoted, a text comes back from the filter as it went in.
    void spellings_are_read_back_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"lr", "val/loss", "loss[a b]", "a b", "3", "and", "nan", "a`b\\c", "a\"b*c", "é"})
            QTest::newRow(text) << QByteArray(text);
    }

    void spellings_are_read_back() {
        QFETCH(QByteArray, text);
        const std::string plain = text.toStdString();
        const auto named = Filter::parse(filter_spelling(plain) + " = " + filter_quoted(plain));
        QVERIFY2(named.has_value(), named ? "" : named.error().text().c_str());
        QCOMPARE(named->names().size(), std::size_t(1));
        QCOMPARE(named->names().front().name, plain);
        const auto answer = [&](const std::string& value) {
            const FilterValue cell = value;
            return named->matches([&](std::size_t) -> const FilterValue& { return cell; });
        };
        QVERIFY(answer(plain));
        QVERIFY(!answer(plain + "x"));
        QVERIFY(!answer("a\"bxc"));
    }
};

QTEST_APPLESS_MAIN(FilterEditingTest)
#include "tst_filter_editing.moc"
