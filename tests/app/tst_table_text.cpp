#include "app/table_text.h"

#include <QTest>

using namespace isoloss;

class TableTextTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void csv_fields_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("field");
        QTest::newRow("plain") << "loss"
                               << "loss";
        QTest::newRow("comma") << "a,b"
                               << "\"a,b\"";
        QTest::newRow("quote") << "say \"so\""
                               << "\"say \"\"so\"\"\"";
        QTest::newRow("line end") << "a\nb"
                                  << "\"a\nb\"";
        QTest::newRow("formula") << "=cmd()"
                                 << "'=cmd()";
        QTest::newRow("formula with comma") << "@a,b"
                                            << "\"'@a,b\"";
    }

    void csv_fields() {
        QFETCH(QString, text);
        QFETCH(QString, field);
        PrintedTable table{{"t"}, {{text.toStdString()}}};
        QCOMPARE(QString::fromStdString(csv_text(table)), "t\n" + field + "\n");
    }

    void numbers_are_not_quoted_and_gaps_stay_gaps() {
        const PrintedTable table{{"run", "loss"}, {{std::string("a"), PrintedNumber{"-1.5"}}, {std::string("b"), {}}}};
        QCOMPARE(csv_text(table), std::string("run,loss\na,-1.5\nb,\n"));
        QCOMPARE(json_rows(table),
                 std::string("[\n{\"run\":\"a\",\"loss\":-1.5},\n{\"run\":\"b\",\"loss\":null}\n]\n"));
        QCOMPARE(aligned_text(table), std::string("run  loss\na    -1.5\nb    –\n"));
    }
};

QTEST_APPLESS_MAIN(TableTextTest)
#include "tst_table_text.moc"
