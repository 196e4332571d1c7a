#include "engine/base/hash.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/task_data.h"
#include "engine/datasets/text_data.h"
#include "tests/support/safetensors_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <zlib.h>

using namespace isoloss;
using test::write_bytes;

namespace {

QByteArray gzip(const QByteArray& text) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::vector<Bytef> input(text.begin(), text.end()), output(static_cast<std::size_t>(text.size()) + 1000);
    stream.next_in = input.data();
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = output.data();
    stream.avail_out = static_cast<uInt>(output.size());
    deflate(&stream, Z_FINISH);
    const auto size = static_cast<qsizetype>(output.size() - stream.avail_out);
    deflateEnd(&stream);
    return {reinterpret_cast<const char*>(output.data()), size};
}

/// A record that says nothing but where the file is.
DatasetRecord record_of(const std::filesystem::path& path) {
    DatasetRecord record;
    record.path = path.string();
    return record;
}

/// What keeps a data set, or a part of it, from being used.
template <typename Data>
std::optional<Error> first_problem(const Expected<Data>& data) {
    if (!data) return data.error();
    if (data->problems.count() > 0) return data->problems.first().front();
    return std::nullopt;
}

} // namespace

class DatasetTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    std::filesystem::path write(const char* name, const QByteArray& bytes) const {
        const QString path = root_.filePath(QString::fromUtf8(name));
        QDir().mkpath(QFileInfo(path).path());
        write_bytes(path, bytes);
        return path.toStdString();
    }

private Q_SLOTS:

    void texts_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("documents");
        const auto row = [](const char* name, const QByteArray& bytes, const QStringList& documents) {
            QTest::newRow(name) << QString::fromUtf8(name) << bytes << documents;
        };
        const QByteArray lines =
            "{\"text\":\"one\\n\"}\n\n  \r\n{\"id\":1,\"text\":\"zwei \xc3\xa9\"}\r\n{\"text\":\"\"}";
        const QStringList documents{QStringLiteral("one\n"), QStringLiteral("zwei é"), QString()};
        row("a.txt", "line 1\r\n\nline 2", {QStringLiteral("line 1\r\n\nline 2")});
        row("b.txt.gz", gzip("line 1\nline 2\n"), {QStringLiteral("line 1\nline 2\n")});
        row("two members.txt.gz", gzip("one ") + gzip("two"), {QStringLiteral("one two")});
        row("c.jsonl", lines, documents);
        row("d.jsonl.gz", gzip(lines), documents);
        row("c4-sample.01.json.gz", gzip(lines), documents);
        row("brace.txt", "{ is not JSON", {QStringLiteral("{ is not JSON")});
        row("other.txt", "{\"a\":1}\n", {QStringLiteral("{\"a\":1}\n")});
    }

    void texts() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QStringList, documents);
        const auto path = write(name.toUtf8(), bytes);
        const auto data = read_text_data(record_of(path));
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QStringList read;
        for (const std::string& document : data->documents)
            read << QString::fromStdString(document);
        QCOMPARE(read, documents);
        const auto record = describe_dataset(path);
        QVERIFY(record && record->kind == DatasetKind::text);
        QCOMPARE(record->bytes, std::int64_t(bytes.size()));
        QCOMPARE(record->hash, content_hash(bytes.toStdString()));
    }

    void whole_items() {
        const auto path = write("task.jsonl", R"({"query":"Q: 1+1?\nA:","choices":["two"," three"],"gold":0,"id":"x"})"
                                              "\n\n"
                                              R"({"query":"q","choices":["a","b","c"],"gold":null})");
        const auto data = read_choice_data(record_of(path));
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->items.size(), std::size_t(2));
        const ChoiceItem& item = data->items[0];
        QCOMPARE(item.key, std::string("x"));
        QCOMPARE(item.choices, (std::vector<std::string>{"two", "three"}));
        QCOMPARE(item.continuations, (std::vector<std::string>{" two", " three"}));
        QCOMPARE(item.contexts, (std::vector<std::string>{"Q: 1+1?\nA:", "Q: 1+1?\nA:"}));
        QCOMPARE(*item.gold, 0);
        QCOMPARE(data->items[1].key, std::string("1"));
        QVERIFY(!data->items[1].gold);
        const auto record = describe_dataset(path);
        QVERIFY(record && record->kind == DatasetKind::multiple_choice);
        QCOMPARE(record->name, std::string("task"));
        QVERIFY(!read_text_data(record_of(path)));
    }

    void requests() {
        const QByteArray rows =
            R"({"doc":{"sentence":"S _ won."},"request":{"context":"S A","continuation":" won."},"idx":0,"doc_id":7,"label":1})"
            "\n"
            R"({"doc":{"query":"Q","choices":["x"]},"request":{"context":"Q","continuation":" no"},"idx":0,"doc_id":3,"label":0})"
            "\n"
            R"({"doc":{"sentence":"S _ won."},"request":{"context":"S B","continuation":" won."},"idx":1,"doc_id":7,"label":1})"
            "\n"
            R"({"doc":{"query":"Q"},"request":{"context":"Q","continuation":" yes"},"idx":1,"doc_id":3,"label":0})"
            "\n"
            R"({"doc":{"query":"Q"},"request":{"context":"Answer:","continuation":" no"},"idx":0,"doc_id":1000003,"label":0})"
            "\n";
        const auto path = write("arc_easy/rc_0shot/requests.jsonl.gz", gzip(rows));
        const auto data = read_choice_data(record_of(path));
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->items.size(), std::size_t(2));
        QCOMPARE(data->items[0].key, std::string("7"));
        QCOMPARE(data->items[0].query, std::string("S _ won."));
        QCOMPARE(data->items[0].contexts, (std::vector<std::string>{"S A", "S B"}));
        QCOMPARE(data->items[0].choices, (std::vector<std::string>{"won.", "won."}));
        QCOMPARE(*data->items[0].gold, 1);
        QCOMPARE(data->items[1].query, std::string("Q"));
        QCOMPARE(data->items[1].continuations, (std::vector<std::string>{" no", " yes"}));
        QCOMPARE(describe_dataset(path)->name, std::string("arc_easy_rc_0shot"));
    }

    void labels() {
        const auto path = write("probe.jsonl", R"({"text":"a b","labels":{"span 0-1":"B","state 4":10,"one":true}})"
                                               "\n\n"
                                               R"({"text":"b","labels":{"state 4":2,"span 0-1":"A","odd":false}})"
                                               "\n"
                                               R"({"text":"c"})"
                                               "\n"
                                               R"({"text":"d","labels":{"span 0-1":"B","state 4":null,"odd":true}})"
                                               "\n"
                                               R"({"text":"","labels":null})");
        const auto record = describe_dataset(path);
        QVERIFY2(record, record ? "" : record.error().text().c_str());
        QVERIFY(record->kind == DatasetKind::labelled_text);
        const auto data = read_labelled_data(record_of(path));
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->texts, (std::vector<std::string>{"a b", "b", "c", "d", ""}));
        const auto column = [&](std::size_t i, const char* name, const std::vector<std::string>& classes,
                                const std::vector<std::int32_t>& rows) {
            QCOMPARE(data->columns.at(i).name, std::string(name));
            QCOMPARE(data->columns.at(i).classes, classes);
            QCOMPARE(data->columns.at(i).rows, rows);
        };
        QCOMPARE(data->columns.size(), std::size_t(4));
        column(0, "span 0-1", {"A", "B"}, {1, 0, -1, 1, -1});
        column(1, "state 4", {"2", "10"}, {1, 0, -1, -1, -1}); // numbers in their order
        column(2, "one", {"true"}, {0, -1, -1, -1, -1});
        column(3, "odd", {"false", "true"}, {-1, 0, -1, 1, -1});
        const auto text = read_text_data(record_of(path)); // is text too
        QVERIFY(text);
        QCOMPARE(text->documents, data->texts);
    }

    void one_label_a_row() {
        const auto path =
            write("reviews.jsonl.gz", gzip("{\"label\":\"positive\",\"text\":\"a\"}\n{\"text\":\"b\",\"label\":null}\n"
                                           "{\"text\":\"c\",\"label\":\"negative\"}\n"));
        QVERIFY(describe_dataset(path)->kind == DatasetKind::labelled_text);
        const auto data = read_labelled_data(record_of(path));
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->columns.size(), std::size_t(1));
        QCOMPARE(data->columns[0].name, std::string("label"));
        QCOMPARE(data->columns[0].classes, (std::vector<std::string>{"negative", "positive"}));
        QCOMPARE(data->columns[0].rows, (std::vector<std::int32_t>{1, -1, 0}));
    }

    void names_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("name");
        const auto row = [](const char* path, const char* name) {
            QTest::newRow(path) << QString::fromUtf8(path) << QString::fromUtf8(name);
        };
        row("tinyshakespeare/data/tinyshakespeare/input.txt", "tinyshakespeare");
        row("tasks/arc_challenge/mc_5shot/requests.jsonl.gz", "arc_challenge_mc_5shot");
        row("wikitext-2/valid.txt", "wikitext-2_valid");
        row("wikitext-2/test.txt", "wikitext-2_test");
        row("lambada/data/validation.jsonl", "lambada_validation");
        row("stories.txt", "stories");
        row("c4-sample.01.json.gz", "c4-sample.01");
        row("shotgun.txt", "shotgun");
        row("translations.tsv", "translations");
    }

    void names() {
        QFETCH(QString, path);
        QFETCH(QString, name);
        const auto file = write(path.toUtf8(), path.endsWith(QStringLiteral(".txt")) ? "text" : R"({"text":"x y"})");
        const auto record = describe_dataset(file);
        QVERIFY2(record, record ? "" : record.error().text().c_str());
        QCOMPARE(QString::fromStdString(record->name), name);
    }

    // BAD_INPUTS.md rows 43 to 51 where they apply, and missing fields.
    void refusals_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* title, const char* name, const QByteArray& bytes, const char* words) {
            QTest::newRow(title) << QString::fromUtf8(name) << bytes << QString::fromUtf8(words);
        };
        const QByteArray good = R"({"query":"q","choices":["a","b"],"gold":1})"
                                "\n";
        const QByteArray request = R"({"request":{"context":"c","continuation":" x"},"doc_id":0,"idx":0,"label":0})"
                                   "\n";
        row("empty", "t.jsonl", "", "has no text");
        row("only blank lines", "t.jsonl", "\n \n", "has no text");
        row("binary", "t.txt", QByteArray("a\0b", 3), "line 1|zero bytes");
        row("no field", "t.jsonl", R"({"a":1})", "line 1|neither \"text\" nor");
        row("text missing", "t.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\n", "line 2|\"text\" is missing");
        row("text a number", "t.jsonl", "{\"text\":\"a\"}\n\n{\"text\":5}\n", "line 3|not a string");
        row("half last line", "t.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b", "line 2|not valid JSON");
        row("array", "t.jsonl", "{\"text\":\"a\"}\n[1]\n", "line 2|not a JSON object");
        row("deep", "t.jsonl", "{\"text\":\"a\"}\n{\"text\":" + QByteArray(100000, '['), "line 2|nested");
        row("long line", "t.jsonl", "{\"text\":\"a\"}\n{\"text\":\"" + QByteArray(17 << 20, 'x'),
            "line 2|more than 16777216");
        row("cut gzip", "t.txt.gz", gzip(QByteArray(100000, 'x')).chopped(20), "compressed data end too early");
        row("corrupt gzip", "t.txt.gz", gzip("hello hello hello").replace(12, 3, "\xff\xff\xff"),
            "compressed data are damaged");
        row("query missing", "t.jsonl", good + R"({"choices":["a","b"],"gold":1})", "line 2|\"query\" is missing");
        row("choices missing", "t.jsonl", R"({"query":"q","gold":1})", "line 1|\"choices\" is missing");
        row("one choice", "t.jsonl", R"({"query":"q","choices":["a"],"gold":0})", "line 1|1 entries");
        row("choice a number", "t.jsonl", R"({"query":"q","choices":["a",2],"gold":0})", "line 1|not a string");
        row("gold missing", "t.jsonl", good + good + R"({"query":"q","choices":["a","b"]})",
            "line 3|\"gold\" is missing");
        row("gold out of range", "t.jsonl", R"({"query":"q","choices":["a","b"],"gold":2})",
            "line 1|\"gold\" is 2|2 choices");
        row("gold negative", "t.jsonl", R"({"query":"q","choices":["a","b"],"gold":-1})", "line 1|\"gold\" is -1");
        row("gold a text", "t.jsonl", R"({"query":"q","choices":["a","b"],"gold":"a"})", "line 1|not a whole number");
        row("no continuation", "t.jsonl", R"({"request":{"context":"c"},"doc_id":0,"idx":0})",
            "line 1|request.continuation");
        row("no document", "t.jsonl", R"({"request":{"context":"c","continuation":" x"},"idx":0})",
            "line 1|\"doc_id\"");
        row("no index", "t.jsonl", R"({"request":{"context":"c","continuation":" x"},"doc_id":0})", "line 1|\"idx\"");
        row("choice twice", "t.jsonl", request + request, "line 2|choice 0 of document 0 occurs twice");
        row("one request", "t.jsonl", request, "line 1|only one choice");
        row("mixed", "t.jsonl", request + good, "line 2|mixes");
        const QByteArray labelled = R"({"text":"a","label":1})"
                                    "\n";
        row("labelled, text missing", "t.jsonl", labelled + R"({"label":1})", "line 2|\"text\" is missing");
        row("labelled, text a number", "t.jsonl", R"({"text":5,"label":1})", "line 1|not a string");
        row("label a fraction", "t.jsonl", labelled + R"({"text":"a","label":0.5})", "line 2|\"label\" is 0.5|whole");
        row("label a list", "t.jsonl", R"({"text":"a","labels":{"x":[1]}})", "line 1|\"x\" is [1]");
        row("labels a list", "t.jsonl", labelled + "\n" + R"({"text":"a","labels":[1]})", "line 3|not an object");
        row("mixed types", "t.jsonl", labelled + R"({"text":"a","label":"1"})", "line 2|another type");
        row("label twice", "t.jsonl", R"({"text":"a","label":1,"labels":{"label":2}})", "line 1|occurs twice");
        QByteArray numbered;
        for (int i = 0; i <= 1000; ++i)
            numbered += "{\"text\":\"a\",\"label\":" + QByteArray::number(i) + "}\n";
        row("every row its class", "t.jsonl", numbered, "line 1001|more than 1000 classes");
        row("request not an object", "t.jsonl", R"({"request":5,"doc_id":0,"idx":0})", "line 1|request.context");
    }

    void refusals() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const auto path = write(name.toUtf8(), bytes);
        const auto record = describe_dataset(path);
        std::optional<Error> error;
        if (!record)
            error = record.error();
        else if (record->kind == DatasetKind::labelled_text)
            error = first_problem(read_labelled_data(*record));
        else if (record->kind == DatasetKind::text)
            error = first_problem(read_text_data(*record));
        else
            error = first_problem(read_choice_data(*record));
        QVERIFY(error);
        const QString text = QString::fromStdString(error->text());
        QVERIFY2(text.startsWith(QString::fromStdString(path.string())), qPrintable(text));
        QVERIFY(!error->remedy.empty());
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(text.contains(word), qPrintable(text.left(500)));
    }

    void a_missing_file() {
        const auto record = describe_dataset(root_.filePath(QStringLiteral("nowhere.txt")).toStdString());
        QVERIFY(!record);
        QVERIFY(record.error().kind == ErrorKind::not_found);
    }
};

QTEST_APPLESS_MAIN(DatasetTest)
#include "tst_dataset.moc"
