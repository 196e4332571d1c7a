#include "engine/base/json.h"
#include "engine/importers/harness/harness_scores.h"
#include "engine/importers/import.h"
#include "engine/importers/json_rows.h"
#include "engine/store/project.h"
#include "tests/importers/imported_values.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/importing_test.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

// Shapes of the evaluation harness beyond the plain ones (tst_import), and samples of any length.
class HarnessTest : public support::ImportingTest {
    Q_OBJECT

private:
    JsonRowCounts rows(const QByteArray& bytes, QStringList& texts) {
        const fs::path path = root() / "rows.jsonl";
        put_file(path, std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
        const auto file = InputFile::open(path);
        const auto counts = read_json_rows(*file, [&](const rapidjson::Value& row, const std::string& place) {
            if (!row.IsObject()) return RowVerdict::bad;
            texts << QString::fromStdString(place + " " + json_text(row));
            return RowVerdict::taken;
        });
        return counts.value_or(JsonRowCounts{});
    }

private Q_SLOTS:

    void init() { begin(); }

    void shapes_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("a list of rows")
            << QByteArray(
                   R"({"results":[{"task_name":"axb","prompt_name":"GPT-3 style","acc":0.5,"acc_stderr":0.1,"dataset_path":"x"},)"
                   R"({"task_name":"boolq","acc":0.25,"num_fewshot":2}],"config":{"model":"x"}})")
            << QStringList{"m@1 axb+GPT-3 style/acc=0.5 ±0.1", "m@1 boolq/acc@2shot=0.25"};
        QTest::newRow("a list per task") << QByteArray(
                                                R"({"results":{"t":[{"acc":0.5},{"acc":0.75}]},"versions":{"t":1}})")
                                         << QStringList{"m@1 t/acc=0.5 (m_step1)", "m@1 t/acc=0.75"};
        QTest::newRow("results by date")
            << QByteArray(
                   R"({"results":{"t+p":{"2022-07-13-11-29-13":{"acc":0.5,"acc_stderr":0.1,"prompt_name":"p","task_name":"t"},)"
                   R"("2022-07-15-11-47-34":{"acc":0.75}}},"versions":{"t+p":0}})")
            << QStringList{"m@1 t+p/acc=0.5 ±0.1 (2022-07-13-11-29-13)", "m@1 t+p/acc=0.75"};
        QTest::newRow("groups, blank scores, part of the items")
            << QByteArray(
                   R"({"results":{"g":{" ,none":" ","alias":"g"},"a":{"acc,none":0.5,"alias":" - a"}},)"
                   R"("groups":{"h":{"acc,none":0.25,"acc_stderr,none":"N/A","alias":"h"}},"group_subtasks":{"h":["a"]},)"
                   R"("n-samples":{"a":{"original":20,"effective":10}},"versions":{"a":1.0,"h":"N/A"},"configs":{}})")
            << QStringList{"m@1 a/acc=0.5 n10 partial", "m@1 h/acc=0.25"};
        QTest::newRow("chat")
            << QByteArray(
                   R"({"results":{"t":{"acc,none":0.5}},"n-shot":{"t":5},"configs":{},"chat_template":"{{x}}","fewshot_as_multiturn":true})")
            << QStringList{"m@1 t/acc@5shot+chat-multiturn=0.5"};
        QTest::newRow("chat by an argument")
            << QByteArray(R"({"results":{"t":{"acc,none":0.5}},"configs":{},"config":{"model_args":)"
                          R"({"pretrained":"org/m","apply_chat_template":true,"revision":"step1"}}})")
            << QStringList{"m@1 t/acc+chat=0.5"};
        QTest::newRow("no chat by an argument")
            << QByteArray(R"({"results":{"t":{"acc,none":0.5}},"configs":{},"chat_template":null,)"
                          R"("config":{"model_args":"pretrained=org/m,use_chat_template=False,revision=step1"}})")
            << QStringList{"m@1 t/acc=0.5"};
        QTest::newRow("system instruction")
            << QByteArray(R"({"results":{"t":{"acc,none":0.5}},"configs":{},"system_instruction":"Be brief",)"
                          R"("system_instruction_sha":"0123456789abcdef"})")
            << QStringList{"m@1 t/acc+system-01234567=0.5"};
        QTest::newRow("numbers as text and infinities")
            << QByteArray(R"({"results":{"t":{"ppl":"Infinity","acc":"high"}},"versions":{"t":0}})")
            << QStringList{"m@1 t/ppl=inf nonfinite"};
    }

    void shapes() {
        QFETCH(QByteArray, json);
        QFETCH(QStringList, expected);
        put_file(root() / "m_step1.json", json.toStdString());
        const ImportReport report = import();
        QCOMPARE(value_texts(*project_), expected);
        QCOMPARE(report.values, static_cast<std::int64_t>(expected.size()));
        QCOMPARE(import().values, std::int64_t(0));
    }

    void bad_results_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("reason");
        QTest::newRow("too large a number")
            << QByteArray(R"({"results":{"t":{"acc":1e400}},"versions":{}})") << "Number too big";
        QTest::newRow("nested too deep") << QByteArray(R"({"results":{"t":)") + QByteArray(1000, '[')
                                         << "nested more than 200 deep";
        QTest::newRow("cut short") << QByteArray(R"({"results":{"t":{"acc":1}},"versions":{)") << "is not valid JSON";
    }

    void bad_results() {
        QFETCH(QByteArray, json);
        QFETCH(QString, reason);
        put_file(root() / "bad.json", json.toStdString());
        put_file(root() / "m_step1.json", R"({"results":{"t":{"acc":0.5}},"versions":{}})");
        const ImportReport report = import();
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QVERIFY(report.skipped.at(0).place.starts_with("line 1, column "));
        QVERIFY2(QString::fromStdString(report.skipped.at(0).reason).contains(reason),
                 report.skipped.at(0).reason.c_str());
        QCOMPARE(value_texts(*project_), QStringList{"m@1 t/acc=0.5"});
    }

    void names_that_are_no_utf8_are_mended() {
        put_file(root() / "m_step1.json", "{\"results\":{\"t\xff\":{\"acc\":0.5}},\"versions\":{}}");
        import();
        put_file(root() / "m_step2.json", R"({"results":{"u\ud800":{"acc":1}},"versions":{}})");
        import();
        QCOMPARE(value_texts(*project_),
                 QStringList({QString::fromUtf8("m@1 t\uFFFD/acc=0.5"), QString::fromUtf8("m@2 u\uFFFD/acc=1")}));
    }

    void a_group_says_what_it_is_made_of() {
        put_file(
            root() / "m_step1.json",
            R"({"results":{"g":{"acc,none":0.5},"a":{"acc,none":0.5}},"group_subtasks":{"g":["a","b"],"a":[]},"configs":{},)"
            R"("higher_is_better":{"g":{"acc":false}}})");
        import();
        auto reader = *project_->reader();
        const auto values = *reader->values();
        for (const ValueRecord& value : values)
            QCOMPARE(QString::fromStdString(value.provenance).contains(R"("group_of":["a","b"])"),
                     value.quantity_key == "g/acc");
        const auto quantities = *reader->quantities();
        for (const QuantityRecord& quantity : quantities)
            QVERIFY(quantity.direction == (quantity.subject == "g" ? Direction::down : Direction::up));
    }

    void models_that_differ_only_in_their_path_are_two() {
        const auto results = [](const char* model) {
            return std::string(R"({"results":{"t":{"acc":1}},"versions":{},"config":{"model_args":"pretrained=)") +
                   model + "\"}}";
        };
        put_file(root() / "a.json", results("/x/m"));
        put_file(root() / "b.json", results("/y/m"));
        QCOMPARE(import().runs, std::int64_t(2));
    }

    void rows_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("expected");
        QTest::addColumn<int>("bad");
        QTest::addColumn<int>("oversized");
        QTest::addColumn<bool>("held");
        const QByteArray large(17 << 20, 'x');
        QTest::newRow("lines") << QByteArray("{\"a\":1}\r\n\n{\"a\":2}")
                               << QStringList{"line 1 {\"a\":1}", "line 3 {\"a\":2}"} << 0 << 0 << false;
        QTest::newRow("half a line") << QByteArray("{\"a\":1}\n{\"a\":") << QStringList{"line 1 {\"a\":1}"} << 0 << 0
                                     << true;
        QTest::newRow("bad lines") << QByteArray("{\"a\":1}\n[[[\n7\n{\"a\":2}\n")
                                   << QStringList{"line 1 {\"a\":1}", "line 4 {\"a\":2}"} << 2 << 0 << false;
        QTest::newRow("array") << QByteArray("\xef\xbb\xbf [ {\"a\":\"],[\\\"\"},\n{\"a\":[{\"b\":[]}]} ]\n")
                               << QStringList{"row 1 {\"a\":\"],[\\\"\"}", "row 2 {\"a\":[{\"b\":[]}]}"} << 0 << 0
                               << false;
        QTest::newRow("array of anything")
            << QByteArray("[1,{\"a\":1},null]") << QStringList{"row 2 {\"a\":1}"} << 2 << 0 << false;
        QTest::newRow("array, cut short")
            << QByteArray("[{\"a\":1},{\"a\":") << QStringList{"row 1 {\"a\":1}"} << 0 << 0 << true;
        QTest::newRow("empty array") << QByteArray("[]") << QStringList{} << 0 << 0 << false;
        QTest::newRow("a row above the cap") << QByteArray("{\"a\":1}\n{\"a\":\"" + large + "\"}\n{\"a\":2}\n")
                                             << QStringList{"line 1 {\"a\":1}", "line 3 {\"a\":2}"} << 0 << 1 << false;
        QTest::newRow("an element above the cap")
            << QByteArray("[{\"a\":\"" + large + "\"},{\"a\":2}]") << QStringList{"row 2 {\"a\":2}"} << 0 << 1 << false;
        QTest::newRow("nested deep") << QByteArray(100'000, '[') + "\n" << QStringList{} << 0 << 0 << true;
    }

    void rows() {
        QFETCH(QByteArray, bytes);
        QStringList texts;
        const JsonRowCounts counts = rows(bytes, texts);
        QTEST(texts, "expected");
        QTEST(static_cast<int>(counts.bad_rows), "bad");
        QTEST(static_cast<int>(counts.oversized_rows), "oversized");
        QTEST(counts.held_tail, "held");
    }

    // More samples than one batch holds: all of them are there, in order, once.
    void many_samples_come_in_batches() {
        constexpr int count = 9'000;
        const std::string time = "2024-08-21T03-44-09.494230";
        put_file(
            root() / ("results_" + time + ".json"),
            R"({"results":{"t":{"acc,none":0.5,"acc_norm,none":0.25}},"configs":{},"versions":{"t":1},"date":1.7e9,)"
            R"("config":{"model_args":"pretrained=org/m"}})");
        const fs::path samples = root() / ("samples_t_" + time + ".jsonl");
        const auto write = [&](int from, int to, bool append) {
            std::string text;
            for (int i = from; i < to; ++i)
                text += "{\"doc_id\":" + std::to_string(i) + ",\"doc\":{},\"acc\":" + std::to_string(i % 2) +
                        ".0,\"acc_norm\":1.0}\n";
            put_file(samples, text, append);
        };
        write(0, count, false);
        const ImportReport report = import();
        QCOMPARE(report.items, std::int64_t(2 * count));
        QCOMPARE(report.values, std::int64_t(2));
        auto reader = *project_->reader();
        const auto values = *reader->values();
        for (const ValueRecord& value : values) {
            const auto outcomes = *reader->outcomes(value.id);
            QCOMPARE(outcomes.size(), std::size_t(count));
            for (int i = 0; i < count; ++i) {
                QCOMPARE(outcomes[static_cast<std::size_t>(i)].item.key, std::to_string(i));
                QCOMPARE(*outcomes[static_cast<std::size_t>(i)].correct,
                         value.quantity_key == "t/acc" ? static_cast<double>(i % 2) : 1.0);
            }
        }
        write(count, count + 10, true);
        QCOMPARE(import().items, std::int64_t(20));
        QCOMPARE(reader->outcomes(values.at(0).id)->size(), std::size_t(count + 10));
    }

    // As json.dump of what the harness returns in Python: the samples stand before and after other members.
    void samples_inside_the_results() {
        const std::string samples =
            QString(R"("samples":{"t":[{"doc_id":0,"doc":"%1","target":"0","arguments":[["Q"," a"],["Q"," b"]],)"
                    R"("filtered_resps":[[-1.0,false],[-2.0,false]],"acc":1.0},{"doc_id":1,"acc":0.0},{"no":1}],)"
                    R"("u":[],"other":[{"doc_id":0,"acc":1.0}]})")
                .arg("]},[") // brackets in a text mean nothing
                .toStdString();
        const std::string results =
            R"("results":{"t":{"acc,none":0.5,"alias":"samples"},"u":{"acc,none":0}},"configs":{})";
        for (const std::string& members : {samples + "," + results, results + ", " + samples}) {
            const std::string json = "{" + members + "}";
            init();
            put_file(root() / "m_step1.json", json);
            const ImportReport report = import();
            QCOMPARE(report.values, std::int64_t(2));
            QCOMPARE(report.items, std::int64_t(2));
            QCOMPARE(report.skipped.size(), std::size_t(1));
            QCOMPARE(report.skipped.at(0).place, std::string("samples.t[2]"));
            auto reader = *project_->reader();
            const auto outcomes = *reader->outcomes(reader->values()->at(0).id);
            QCOMPARE(outcomes.size(), std::size_t(2));
            QCOMPARE(*outcomes.at(0).chosen, 0);
            QCOMPARE(*outcomes.at(1).correct, 0.0);
            QCOMPARE(import().items, std::int64_t(0));
        }
    }

    void times() {
        QCOMPARE(harness_time("2022-07-13-11-29-13"), std::optional(1657711753.0));
        QCOMPARE(harness_time("2025-03-03T18-54-46.768410"), std::optional(1741028086.0));
        for (const char* text : {"", "2022", "2022-07-13", "2022-13-13-11-29-13", "acc_norm_of_something_long"})
            QVERIFY(!harness_time(text));
    }
};

QTEST_GUILESS_MAIN(HarnessTest)
#include "tst_harness.moc"
