#include "engine/base/file.h"
#include "engine/base/json_events.h"
#include "engine/base/number_text.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;

namespace {

/// Writes down what it is told, as JSON without commas; integers are marked with an i.
class Transcript : public JsonEvents {
public:
    QString text_;
    int most = 1'000'000'000; ///< events until it stops

    bool null() override { return add("null"); }

    bool boolean(bool value) override { return add(value ? "true" : "false"); }

    bool number(double value, std::optional<std::int64_t> integer) override {
        return add(integer ? QString("i%1").arg(*integer) : QString::fromStdString(number_text(value)));
    }

    bool text(std::string_view value) override {
        return add('"' + QString::fromUtf8(value.data(), int(value.size())) + '"');
    }

    bool begin_object() override { return add("{"); }

    bool key(std::string_view name) override { return add(QString::fromUtf8(name.data(), int(name.size())) + ':'); }

    bool end_object() override { return add("}"); }

    bool begin_array() override { return add("["); }

    bool end_array() override { return add("]"); }

private:
    bool add(const QString& event) {
        if (text_.size() < 1000) text_ += event + ' ';
        return --most > 0;
    }
};

} // namespace

class JsonEventsTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;

    Expected<bool> read(const QByteArray& json, JsonEvents& events) {
        const std::filesystem::path path = folder_.filePath("a.json").toStdString();
        if (!write_file_atomically(path, json.toStdString())) qFatal("cannot write");
        const auto file = InputFile::open(path);
        return file ? read_json_events(*file, events) : fail(file.error());
    }

private Q_SLOTS:

    void events() {
        Transcript seen;
        const auto all =
            read("\xef\xbb\xbf{\"a\": [1, -2.5, NaN, -Infinity, null, true, 18446744073709551615], \"b\\u00e9\": "
                 "{\"c\": \"x\\ty\"}, \"d\": -9223372036854775808}\n",
                 seen);
        QVERIFY2(all.value_or(false), all ? "" : all.error().text().c_str());
        QCOMPARE(seen.text_,
                 QString::fromUtf8("{ a: [ i1 -2.5 NaN -Infinity null true 18446744073709551616 ] b\u00e9: { c: "
                                   "\"x\ty\" } d: i-9223372036854775808 } "));
    }

    void stops_when_told() {
        Transcript seen;
        seen.most = 3;
        const auto all = read("{\"a\": 1, \"b\": [broken", seen);
        QVERIFY(all.has_value());
        QVERIFY(!*all);
        QCOMPARE(seen.text_, QString("{ a: i1 "));
    }

    void faults_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<QString>("before");
        QTest::newRow("empty") << QByteArray() << "line 1, column 1"
                               << "is not valid JSON: The document is empty"
                               << "";
        QTest::newRow("cut") << QByteArray("{\"a\":\n [1, 2") << "line 2, column 7"
                             << "is not valid JSON"
                             << "{ a: [ i1 i2 ";
        QTest::newRow("two values") << QByteArray("1\n\n 2") << "line 3, column 2"
                                    << "is not valid JSON"
                                    << "i1 ";
        QTest::newRow("deep") << QByteArray(100000, '[') << "line 1, column 20"
                              << "nested more than 200 deep" << QString("[ ").repeated(200);
        QTest::newRow("huge number") << QByteArray("[1e400]") << "line 1"
                                     << "is not valid JSON: Number too big"
                                     << "[ ";
        QTest::newRow("huge text") << QByteArray("[\"") + QByteArray(40 << 20, 'x') << "line 1, column"
                                   << "a text of more than 16 MiB"
                                   << "[ ";
        QTest::newRow("line of a late fault")
            << QByteArray("[") + QByteArray("1,\n").repeated(200000) + "x]"
            << "line 200001, column 1"
            << "is not valid JSON: Invalid value" << QString("[ ") + QString("i1 ").repeated(333);
    }

    void faults() {
        QFETCH(QByteArray, json);
        QFETCH(QString, place);
        QFETCH(QString, reason);
        QFETCH(QString, before);
        Transcript seen;
        const auto all = read(json, seen);
        QVERIFY(!all);
        const QString text = QString::fromStdString(all.error().text());
        QVERIFY2(QString::fromStdString(all.error().place).startsWith(place), qPrintable(text));
        QVERIFY2(text.contains(reason), qPrintable(text));
        QCOMPARE(seen.text_, before);
    }

    // A text that crosses the blocks in which the file is read, as long as it may be.
    void long_texts() {
        Transcript seen;
        QVERIFY(read("[\"" + QByteArray(15 << 20, 'x') + "\"]", seen).value_or(false));
    }
};

QTEST_APPLESS_MAIN(JsonEventsTest)
#include "tst_json_events.moc"
