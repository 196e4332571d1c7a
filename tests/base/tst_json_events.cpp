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

    Expected<bool> read(const QByteArray& json, JsonEvents& events, JsonMends* mends = nullptr) {
        const std::filesystem::path path = folder_.filePath("a.json").toStdString();
        if (!write_file_atomically(path, json.toStdString())) qFatal("cannot write");
        const auto file = InputFile::open(path);
        return file ? read_json_events(*file, events, {}, mends) : fail(file.error());
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

    void mends_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("seen");
        QTest::addColumn<int>("mended");
        const auto row = [](const char* name, const char* text, const char* seen, int mended) {
            QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(seen) << mended;
        };
        row("the first half alone", "\\ud83dx", "\uFFFDx", 1);
        row("the second half alone", "\\uDC00", "\uFFFD", 1);
        row("the halves in the wrong order", "\\udc00\\ud83d", "\uFFFD\uFFFD", 2);
        row("both halves", "\\ud83d\\ude00", "\U0001F600", 0);
        row("no escape", "\\\\ud83d", "\\ud83d", 0);
        row("a byte that is no UTF-8", "a\xff\xfe", "a\uFFFD\uFFFD", 2);
    }

    // Also where the escape crosses the blocks in which the file is read.
    void mends() {
        QFETCH(const QByteArray, text);
        QFETCH(const QString, seen);
        QFETCH(const int, mended);
        constexpr int block = 256 << 10;
        for (const int before :
             {0, block - 20, block - 13, block - 12, block - 8, block - 7, block - 3, block - 2, block}) {
            Transcript transcript;
            JsonMends mends;
            const auto all = read("[" + QByteArray(before, ' ') + "\"" + text + "\"]", transcript, &mends);
            QVERIFY2(all.value_or(false), all ? "" : all.error().text().c_str());
            QCOMPARE(transcript.text_, "[ \"" + seen + "\" ] ");
            QCOMPARE(mends.characters, std::int64_t(mended));
        }
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
        QTest::newRow("many members") << "{" + QByteArray("\"a\":1,").repeated(500'001) << "line 1, column 3000005"
                                      << "an object of more than 500000 members"
                                      << "{ " + QString("a: i1 ").repeated(166) + "a: ";
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
