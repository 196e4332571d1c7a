#include "engine/importers/import.h"
#include "engine/importers/import_preview.h"
#include "engine/importers/tables/table_reader.h"
#include "engine/store/project.h"
#include "tests/support/importing_test.h"
#include "tests/support/stopping_context.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <set>

using namespace isoloss;

namespace fs = std::filesystem;

namespace {

const QByteArray many(int count, const QByteArray& text) {
    QByteArray all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

} // namespace

// Tables on their way into a project. The rows are numbered as in the list of bad inputs.
class TablesTest : public support::ImportingTest {
    Q_OBJECT

private:
    void put(const char* name, const QByteArray& content, bool append = false) {
        const fs::path path = root() / name;
        fs::create_directories(path.parent_path());
        QFile file(QString::fromStdString(path.string()));
        QVERIFY(file.open(append ? QIODevice::Append : QIODevice::WriteOnly | QIODevice::Truncate));
        QCOMPARE(file.write(content), qint64(content.size()));
    }

    QStringList run_names() {
        QStringList names;
        const auto runs = *(*project_->reader())->runs();
        for (const RunRecord& run : runs)
            names << QString::fromStdString(run.name);
        names.sort();
        return names;
    }

    QString config_of(const char* run) {
        const auto runs = *(*project_->reader())->runs();
        for (const RunRecord& record : runs)
            if (record.name == run) return QString::fromStdString(record.config);
        return {};
    }

    /// "series attempt:step=value …" of a run, by name of the series.
    QStringList points(const std::string& run) {
        auto reader = *project_->reader();
        QStringList lines;
        const auto runs = *reader->runs();
        for (const RunRecord& record : runs) {
            if (record.name != run) continue;
            const auto all_series = *reader->series(record.id);
            for (const SeriesRecord& series : all_series) {
                QStringList texts{QString::fromStdString(series.name)};
                const auto attempts = *reader->points(series.id);
                for (const PointsOfAttempt& part : attempts)
                    for (std::size_t i = 0; i < part.points.size(); ++i)
                        texts << QString("%1:%2=%3")
                                     .arg(part.attempt)
                                     .arg(part.points.steps[i])
                                     .arg(part.points.value(i));
                lines << texts.join(' ');
            }
        }
        lines.sort();
        return lines;
    }

    /// "run@step key=value±stderr" of all values, sorted.
    QStringList values() {
        auto reader = *project_->reader();
        std::map<CheckpointId, QString> labels;
        const auto checkpoints = *reader->checkpoints();
        for (const CheckpointRecord& checkpoint : checkpoints)
            labels[checkpoint.id] = QString::fromStdString(checkpoint.run_name) + "@" +
                                    (checkpoint.step ? QString::number(*checkpoint.step) : QString("last"));
        QStringList texts;
        const auto all = *reader->values();
        for (const ValueRecord& value : all) {
            QString text = labels[value.checkpoint] + " " + QString::fromStdString(value.quantity_key) + "=" +
                           QString::number(value.value.value_or(-99));
            if (value.standard_error) text += QString::fromUtf8("±") + QString::number(*value.standard_error);
            texts << text;
        }
        texts.sort();
        return texts;
    }

    static QString told(const ImportReport& report) {
        QString text;
        for (const SkippedSource& skipped : report.skipped)
            text += QString::fromStdString(skipped.path + " (" + skipped.place + "): " + skipped.reason) + "\n";
        for (const std::string& note : report.notes)
            text += QString::fromStdString(note) + "\n";
        return text;
    }

private Q_SLOTS:

    void init() { begin(); }

    void bad_tables_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("loss"); ///< points of the series "loss" of run "a"
        QTest::addColumn<QStringList>("words");
        const auto row = [](const char* name, QByteArray content, const char* loss, QStringList words = {}) {
            QTest::newRow(name) << std::move(content) << QString(loss) << std::move(words);
        };
        row("27 empty", "", "", {"no rows"});
        row("28 header only", "step,loss\n", "");
        row("29 byte order mark", "\xef\xbb\xbfstep,loss\n1,2\n", "loss 1:1=2");
        row("30 mixed line ends", "step,loss\r1,2\r\n2,3\n3,4\r\r\n4,5\n", "loss 1:1=2 1:2=3 1:3=4 1:4=5");
        row("31 no final line end", "step,loss\n1,2\n2,3", "loss 1:1=2 1:2=3");
        row("32 ragged row", "step,loss\n1,2\n2\n3,4,5\n4,6\n", "loss 1:1=2 1:4=6",
            {"(line 3): has 1 fields instead of the 2", "(line 4): has 3 fields instead of the 2"});
        row("33 unclosed quote in a large file", "step,loss\n1,2\n\"2,3\n" + many(300'000, "3,4.5\n"), "loss 1:1=2",
            {"line 3", "quoted field of more than 1 MB", "quote is missing"});
        row("33 unclosed quote at the end", "step,loss\n1,2\n\"2,3\n", "loss 1:1=2", {"the last row is not whole"});
        row("34 NUL", QByteArray("step,loss\n1,2\n\0,3\n", 19), "", {"NUL bytes", "UTF-8"});
        row("34 NUL far behind", "step,loss\n" + many(5'000, "1,2.25\n") + QByteArray("\0", 1), nullptr,
            {"line 5002", "NUL bytes", "UTF-8"});
        row("34 UTF-16", QByteArray("\xff\xfes\0t\0e\0p\0,\0", 12), "", {"UTF-16", "UTF-8"});
        row("35 a million columns", "step" + many(1'000'000, ",loss") + "\n", "",
            {"1000001 columns, more than the 20 000", "Export the columns that you need"});
        row("36 a line without end", "step,loss\n1,2\n2," + QByteArray(17 << 20, '3') + "\n3,4\n", "loss 1:1=2",
            {"line 3", "more than 16 MB"});
        row("37 decimal commas", "step;loss\n1;1,5\n2;1.5\n3;1,234\n", "loss 1:2=1.5",
            {"column loss", "2 cells are no numbers", "\"1,5\" in line 2"});
        row("38 words for numbers", "step,loss\n1,nan\n2,NaN\n3,inf\n4,-Infinity\n5,1e999\n6,-\n7,\n8,n/a\n9,7\n",
            "loss 1:1=nan 1:2=nan 1:3=inf 1:4=-inf 1:5=inf 1:9=7", {"1 numbers of \"loss\" are too large"});
        row("39 steps", "step,loss\n1e3,1\n1000.0,2\n1001.5,3\n9.3e18,4\n9223372036854775807,5\n,6\nx,7\n",
            "loss 1:1000=1 1:1000=2 1:9223372036854775807=5",
            {"its step \"1001.5\" is no integer", "its step \"9.3e18\" is too large", "its step is missing",
             "its step \"x\" is no number"});
        row("40 headers twice and none", "step,loss,loss,,loss (2)\n1,2,3,4,5\n", "loss 1:1=2",
            {"column 3 is another \"loss\"", "\"loss (3)\"", "column 4 has no name", "\"column 4\""});
        row("41 unsorted steps", "step,loss\n3,1\n1,2\n2,3\n2,4\n", "loss 1:1=2 1:2=3 1:2=4 1:3=1", {"sorted by step"});
        row("41 a restart is no disorder", "step,loss\n1,1\n2,2\n3,3\n2,4\n3,5\n",
            "loss 1:1=1 1:2=2 1:3=3 2:2=4 2:3=5");
        row("42 a formula is a text", "step,loss,note\n1,2,=cmd()\n", "loss 1:1=2");
        row("quotes", "step,\"loss\"\n\"1\",\"2\"\n2,\"3\"\"\"\n", "loss 1:1=2", {"1 cells are no numbers", "3\""});
        row("semicolons, tabs and bars", "step|loss|acc\n1|2|3\n", "loss 1:1=2");
        row("remarks in front", "# made by hand\nstep,loss\n1,2\n", "loss 1:1=2");
    }

    void bad_tables() {
        QFETCH(QByteArray, content);
        QFETCH(QString, loss);
        QFETCH(QStringList, words);
        put("a.csv", content);
        put("b.csv", "step,loss\n5,6\n");
        const QString text = told(import());
        const QStringList lines = points("a").filter(QRegularExpression("^loss( [0-9]|$)"));
        if (!loss.isNull()) QCOMPARE(lines.join('|'), loss);
        for (const QString& word : std::as_const(words))
            QVERIFY2(text.contains(word), qPrintable(word + " is not in " + text));
        if (words.isEmpty()) QVERIFY2(!text.contains("left out"), qPrintable(text));
        QCOMPARE(points("b"), QStringList{"loss 1:5=6"}); // the rest is unharmed
    }

    void bad_lines_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("loss");
        QTest::addColumn<QStringList>("words");
        const auto row = [](const char* name, QByteArray content, const char* loss, QStringList words = {}) {
            QTest::newRow(name) << "{\"step\":0,\"loss\":1}\n" + content + "{\"step\":9,\"loss\":9}\n"
                                << QString(loss) << std::move(words);
        };
        row("43 NaN and Infinity",
            "{\"step\":1,\"loss\":NaN}\n{\"step\":2,\"loss\":-Infinity}\n{\"step\":3,\"loss\":\"NaN\"}\n",
            "loss 1:0=1 1:1=nan 1:2=-inf 1:3=nan 1:9=9");
        row("44 nested without end", "{\"step\":1,\"loss\":2,\"x\":" + QByteArray(100'000, '[') + "\n",
            "loss 1:0=1 1:9=9", {"line 2", "nested more than 200 deep"});
        row("44 objects in objects", many(100'000, "{\"a\":") + "\n", "loss 1:0=1 1:9=9",
            {"line 2", "nested more than 200 deep"});
        row("45 keys twice", "{\"step\":1,\"loss\":2,\"loss\":3}\n", "loss 1:0=1 1:1=3 1:9=9", {"1 key comes twice"});
        row("46 large numbers",
            "{\"step\":1,\"loss\":18446744073709551616}\n{\"step\":2,\"loss\":1e400}\n"
            "{\"step\":18446744073709551616,\"loss\":1}\n",
            "loss 1:0=1 1:1=1.84467e+19 1:2=inf 1:9=9",
            {"too large and became infinite", "its step \"18446744073709551616\" is too large"});
        row("47 half a surrogate pair", "{\"step\":1,\"loss\":2,\"t\":\"\\ud800\"}\n", "loss 1:0=1 1:1=2 1:9=9",
            {"half a surrogate pair"});
        row("47 bad UTF-8 in a key", "{\"step\":1,\"loss\":2,\"\xff\":3}\n", "loss 1:0=1 1:1=2 1:9=9", {"no UTF-8"});
        row("49 a long text", "{\"step\":1,\"loss\":2,\"t\":\"" + QByteArray(17 << 20, 'x') + "\"}\n",
            "loss 1:0=1 1:9=9", {"line 2", "more than 16 MB"});
        row("50 another type",
            "{\"step\":1,\"loss\":\"x\"}\n{\"step\":2,\"loss\":[1]}\n{\"step\":3,\"loss\":null}\n"
            "{\"step\":4,\"loss\":\"4\"}\n",
            "loss 1:0=1 1:9=9", {"3 cells are no numbers", "\"x\" in line 2"});
        row("no object", "[1]\n{\"step\":1,}\nx\n\n{\"step\":1,\"loss\":2} {}\n", "loss 1:0=1 1:9=9",
            {"(line 2): is no JSON object", "(line 3): is not valid JSON", "(line 6): has something behind"});
        row("nested", "{\"step\":1,\"loss\":2,\"a\":{\"b\":{\"c\":3}}}\n", "loss 1:0=1 1:1=2 1:9=9");
    }

    void bad_lines() {
        QFETCH(QByteArray, content);
        QFETCH(QString, loss);
        QFETCH(QStringList, words);
        put("a.jsonl", content);
        const QString text = told(import());
        QCOMPARE(points("a").filter(QRegularExpression("^loss ")).join('|'), loss);
        for (const QString& word : std::as_const(words))
            QVERIFY2(text.contains(word), qPrintable(word + " is not in " + text));
        if (QByteArray(QTest::currentDataTag()) == "nested") QVERIFY(points("a").contains("a/b/c 1:1=3"));
    }

    // 51
    void a_million_keys_are_capped() {
        QByteArray line = "{\"step\":1,\"loss\":2";
        for (int i = 0; i < 1'000'000; ++i)
            line += ",\"k" + QByteArray::number(i) + "\":1";
        put("a.jsonl", "{\"step\":0,\"loss\":1}\n" + line + "}\n{\"step\":2,\"loss\":3}\n");
        const QString text = told(import());
        QVERIFY2(text.contains("beyond the 20 000 keys"), qPrintable(text));
        QVERIFY(points("a").contains("loss 1:0=1 1:1=2 1:2=3"));
    }

    // 48
    void half_a_last_line_is_held() {
        put("a.jsonl", "{\"step\":0,\"loss\":1}\n{\"step\":1,\"lo");
        QVERIFY(told(import()).contains("the last row is not whole yet"));
        QCOMPARE(points("a"), QStringList{"loss 1:0=1"});
        put("a.jsonl", "ss\":2}\n{\"step\":2,\"loss\":3}", true);
        const ImportReport report = import();
        QCOMPARE(report.points, std::int64_t(2));
        QCOMPARE(points("a"), QStringList{"loss 1:0=1 1:1=2 1:2=3"});
    }

    void a_growing_table_is_read_on() {
        put("a.csv", "step,loss\n1,2\n2,3\n");
        QCOMPARE(import().points, std::int64_t(2));
        QCOMPARE(import().points, std::int64_t(0));
        put("a.csv", "3,4\n4,5", true); // the last one is being written
        QCOMPARE(import().points, std::int64_t(1));
        QCOMPARE(points("a"), QStringList{"loss 1:1=2 1:2=3 1:3=4"});
        put("a.csv", ".5\n2,9\n", true); // and a restart
        QCOMPARE(import().points, std::int64_t(2));
        QCOMPARE(points("a"), QStringList{"loss 1:1=2 1:2=3 1:3=4 1:4=5.5 2:2=9"});
        QCOMPARE(run_names(), QStringList{"a"});
    }

    void a_row_that_was_taken_half_is_read_once_more() {
        put("a.csv", "step,loss\n1,2\n2,3");
        QCOMPARE(import().points, std::int64_t(2));
        put("a.csv", ".75\n3,4\n", true);
        QVERIFY(told(import()).contains("(line 3) was not whole when it was read"));
        QCOMPARE(points("a"), QStringList{"loss 1:1=2 1:2=3 1:2=3.75 1:3=4"});
    }

    // Lightning writes the whole file again when a metric appears, with sorted columns and blank cells.
    void a_table_with_a_new_column_is_compared() {
        put("version_0/metrics.csv", "epoch,step,train_loss\n0,9,1.5\n0,19,1.25\n");
        put("version_0/hparams.yaml", "lr: 0.001\nlayers: [2, 4]\n");
        QCOMPARE(import().points, std::int64_t(4));
        put("version_0/metrics.csv", "epoch,step,train_loss,val_loss\n0,9,1.5,\n0,19,1.25,\n0,19,,1.75\n1,29,1,\n");
        const ImportReport report = import();
        QCOMPARE(report.points, std::int64_t(4));
        QCOMPARE(run_names(), QStringList{"version_0"});
        QCOMPARE(points("version_0"), QStringList({"epoch 1:9=0 1:19=0 1:19=0 1:29=1",
                                                   "train_loss 1:9=1.5 1:19=1.25 1:29=1", "val_loss 1:19=1.75"}));
        QCOMPARE(config_of("version_0"), QString("{\"lr\":0.001,\"layers\":[2,4]}"));
    }

    void a_table_that_says_otherwise_is_a_new_attempt() {
        put("a.csv", "step,loss\n1,2\n2,3\n");
        import();
        put("a.csv", "step,loss\n1,7\n2,8\n3,9\n");
        QVERIFY(told(import()).contains("written anew"));
        QCOMPARE(points("a"), QStringList{"loss 1:1=2 1:2=3 2:1=7 2:2=8 2:3=9"});
        QCOMPARE(import().points, std::int64_t(0));
    }

    void several_runs_of_a_table_grow() {
        put("a.csv", "run,step,loss\nx,1,1\ny,1,2\nx,2,3\n");
        QCOMPARE(import().points, std::int64_t(3));
        QCOMPARE(import().points, std::int64_t(0));
        put("a.csv", "z,1,4\ny,2,5\n", true);
        QCOMPARE(import().points, std::int64_t(2));
        QCOMPARE(run_names(), QStringList({"x", "y", "z"}));
        QCOMPARE(points("y"), QStringList{"loss 1:1=2 1:2=5"});
    }

    // Several runs in one table: each part is stored as a whole, the file's own record with the last.
    void breaking_off_loses_and_doubles_nothing() {
        QByteArray content = "run,step,loss,acc\n";
        constexpr int rows = 30'000;
        for (int i = 0; i < rows; ++i)
            content += QByteArray(1, "xyz"[i % 3]) + "," + QByteArray::number(i) + ",1.5,0.25\n";
        put("a.csv", content);
        const auto file = InputFile::open(root() / "a.csv");
        const auto plan = plan_table(*file, std::string_view(content.constData(), 1000), {});
        QVERIFY(plan && *plan && (*plan)->mapping);
        const auto read = [&](test::StoppingContext& context, int looks, int parts) {
            context.looks_left = looks;
            context.parts_left = parts;
            return TableReader(context, *file, **plan, {}).read().has_value();
        };
        for (int parts = 0; parts < 5; ++parts) {
            test::StoppingContext context;
            QVERIFY(read(context, 2, 100)); // a stop in the middle
            QVERIFY(context.points > 0 && context.points < 2 * rows);
            QCOMPARE(read(context, 2, parts), parts > 3);
            QVERIFY(read(context, 1000, 100));
            QCOMPARE(context.points, std::int64_t(2 * rows));
            QCOMPARE(context.attempts, std::set<std::uint32_t>{1});
            QVERIFY(read(context, 1000, 100));
            QCOMPARE(context.points, std::int64_t(2 * rows));
        }
        test::StoppingContext context;
        QVERIFY(!read(context, 1000, 2)); // before the file has a record of its own
        QVERIFY(read(context, 1000, 100));
        QCOMPARE(context.points, std::int64_t(2 * rows));
        QCOMPARE(context.attempts, std::set<std::uint32_t>{1});
    }

    void a_preview_says_what_was_guessed() {
        put("a.csv", "step,loss\n1,2\n2,3\n");
        const auto preview = preview_import(project_.get(), {root()});
        QVERIFY(preview);
        QCOMPARE(preview->sources.size(), std::size_t(1));
        QCOMPARE(preview->sources[0].title, std::string("Table: training log"));
        QCOMPARE(preview->sources[0].runs.at(0).points, std::int64_t(2));
        QVERIFY(preview->sources[0].notes.at(0).find("step column: \"step\"") != std::string::npos);
        QVERIFY(run_names().isEmpty());
    }

    void shapes_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QStringList>("runs");
        QTest::addColumn<QStringList>("points"); ///< of the first run
        QTest::addColumn<QStringList>("values");
        const auto row = [](const char* test, const char* name, QByteArray content, QStringList runs,
                            QStringList points, QStringList values = {}) {
            QTest::newRow(test) << QString(name) << std::move(content) << std::move(runs) << std::move(points)
                                << std::move(values);
        };
        row("TensorBoard export", "run-train_1-tag-epoch_loss (1).csv", "Wall time,Step,Value\n1700000000.5,1,0.5\n",
            {"train_1"}, {"epoch_loss 1:1=0.5"});
        row("Keras", "training.csv", "epoch,accuracy,loss,val_loss\n0,0.5,2,3\n1,0.75,1,2\n", {"data"},
            {"accuracy 1:0=0.5 1:1=0.75", "loss 1:0=2 1:1=1", "val_loss 1:0=3 1:1=2"});
        row("W&B chart", "wandb_export.csv",
            "\"Step\",\"a - b - loss\",\"a - b - loss__MIN\",\"a - b - loss__MAX\",\"c - loss\",\"c - loss__MIN\",\"c "
            "- loss__MAX\"\n"
            "1,2,2,2,,,\n2,3,3,3,5,4,6\n",
            {"a - b", "c"}, {"loss 1:1=2 1:2=3"});
        row("long form", "long.csv", "step,metric,value\n1,loss,2\n1,acc,0.5\n2,loss,1\n", {"long"},
            {"acc 1:1=0.5", "loss 1:1=2 1:2=1"});
        row("evaluations by tokens", "190M-1xC-rerun.csv",
            "throughput/total_tokens,eval/pile/CrossEntropyLoss,eval/downstream/arc_5shot_acc,batch_size_in_tokens\n"
            "1024,2.5,0.25,512\n2048,2.25,0.5,512\n2049,1,1,512\n",
            {"190M-1xC-rerun"},
            {"eval/downstream/arc_5shot_acc 1:2=0.25 1:4=0.5", "eval/pile/CrossEntropyLoss 1:2=2.5 1:4=2.25",
             "throughput/total_tokens 1:2=1024 1:4=2048"},
            {"190M-1xC-rerun@2 eval/downstream/arc_5shot_acc=0.25", "190M-1xC-rerun@2 eval/pile/CrossEntropyLoss=2.5",
             "190M-1xC-rerun@4 eval/downstream/arc_5shot_acc=0.5", "190M-1xC-rerun@4 eval/pile/CrossEntropyLoss=2.25"});
        row("dicts of metrics", "dd.csv",
            "params,data,task,step,seed,tokens,compute,metrics\n"
            "150M,c4,arc_easy,100,0,1000,1e15,\"{'acc': 0.5, 'x': None, 'ppl': nan, 'n': {'m': 2}, \"\"q\"\": [1]}\"\n",
            {"150M-c4-0"}, {"arc_easy/acc 1:100=0.5", "arc_easy/n/m 1:100=2", "arc_easy/ppl 1:100=nan"},
            {"150M-c4-0@100 arc_easy/acc=0.5", "150M-c4-0@100 arc_easy/n/m=2", "150M-c4-0@100 arc_easy/ppl=nan"});
        row("scores of tasks", "s.csv",
            "model,checkpoint,task,fewshot,acc,acc_stderr\nm,10,arc,5,0.5,0.125\nm,10,boolq,0,0.25,\n", {"m"},
            {"arc/acc@5shot 1:10=0.5", "boolq/acc 1:10=0.25"},
            {QString::fromUtf8("m@10 arc/acc@5shot=0.5±0.125"), "m@10 boolq/acc=0.25"});
        row("models", "m.csv",
            "Model,Family,Model Size (B),FLOPs (1E21),MMLU,\"gsm8k_5_exact_match,strict-match\",Center\n"
            "a/x,f,7,84,0.5,0.25,=cmd()\nb,g,13,156,,1,\n",
            {"a/x", "b"}, {},
            {"a/x@last MMLU=0.5", "a/x@last gsm8k/exact_match,strict-match@5shot=0.25",
             "b@last gsm8k/exact_match,strict-match@5shot=1"});
        row("dates", "d.csv", "timestamp,step,loss\n2024-02-29,1,2\n2024-02-29T12:00:00+02:00,2,3\n", {"d"},
            {"loss 1:1=2 1:2=3"});
        row("a vocabulary is no log", "vocab.json", "{\"iter\":1,\"loss\":2,\"train\":3}", {}, {});
        row("cars are no models", "cars.csv", "model,mpg,cyl,hp\nMazda,21,6,110\nDatsun,22.8,4,93\n", {}, {});
        row("payments are no log", "paysim.csv", "step,type,amount,balance\n1,PAYMENT,9839.64,170136\n", {}, {});
    }

    void shapes() {
        QFETCH(QString, name);
        QFETCH(QByteArray, content);
        QFETCH(QStringList, runs);
        QFETCH(QStringList, values);
        put(qPrintable(name), content);
        const ImportReport report = import();
        QCOMPARE(run_names(), runs);
        QTEST(runs.isEmpty() ? QStringList() : points(runs.front().toStdString()), "points");
        QCOMPARE(this->values(), values);
        // A guess is never silent.
        if (name.endsWith(".csv"))
            QVERIFY(runs.isEmpty() ? told(report).contains("needs a mapping") : !report.notes.empty());
        QCOMPARE(import().points, std::int64_t(0));
        QCOMPARE(import().values, std::int64_t(0));
    }

    void details_of_checkpoints() {
        put("m.csv", "Model,Model Size (B),Pretraining Data Size (T),FLOPs (1E21),MMLU,ARC-C\na,7,2,84,0.5,0.4\n");
        import();
        const auto checkpoints = *(*project_->reader())->checkpoints();
        QCOMPARE(checkpoints.size(), std::size_t(1));
        QCOMPARE(checkpoints[0].parameter_count, std::optional<std::int64_t>(7'000'000'000));
        QCOMPARE(checkpoints[0].tokens, std::optional<double>(2e12));
        QCOMPARE(checkpoints[0].flops, std::optional<double>(84e21));
        QCOMPARE(checkpoints[0].tokens_source, std::string("logged"));
    }

    void numbered_tables_are_of_the_same_runs() {
        put("train_mixture_1m.csv", "index,pile,code\n1,0.25,0.75\n2,1.0,0.0\n");
        put("train_pile_loss_1m.csv", "index,metric/pile_val_loss\n1,2.5\n2,3.5\n");
        put("train_pile_loss_60m.csv", "index,metric/pile_val_loss\n1,1.5\n");
        import();
        QCOMPARE(run_names(), QStringList({"1m-1", "1m-2", "60m-1"}));
        QCOMPARE(values(), QStringList({"1m-1@last metric/pile_val_loss=2.5", "1m-2@last metric/pile_val_loss=3.5",
                                        "60m-1@last metric/pile_val_loss=1.5"}));
        QCOMPARE(config_of("1m-1"), QString("{\"pile\":0.25,\"code\":0.75}"));
    }

    void a_mapping_is_used_and_kept() {
        const QByteArray table = "when;name;x;y\n1700000000000;r1;1;2.5\n1700000001000;r2;1;3.5\n";
        put("odd.csv", table);
        QVERIFY(told(import()).contains("needs a mapping"));
        ImportOptions options;
        options.mapping = *parse_import_mapping(R"({"tables": [{"header": ["when", "x"], "run": {"from": "column",
            "match": "r(.*)$", "run": "run \\1"}, "columns": {"x": "step", "when": {"role": "wall_time", "unit": "ms"},
            "name": "run", "y": {"role": "metric", "name": "loss"}}}]})",
                                                "m.json");
        import({}, options);
        QCOMPARE(points("run 1"), QStringList{"loss 1:1=2.5"});
        const auto runs = *(*project_->reader())->runs();
        QCOMPARE(runs[0].started_at.value_or(-1), 1.7e9);
        put("other.csv", "when;name;x;y\n1700000000000;r3;1;4.5\n"); // of the same shape, without the mapping
        import();
        QCOMPARE(points("run 3"), QStringList{"loss 1:1=4.5"});
    }

    void rules_name_runs() {
        put("x/loss-s1.csv", "step,loss\n1,2\n");
        put("y/acc-s1.csv", "step,acc\n1,3\n");
        ImportOptions options;
        options.mapping = *parse_import_mapping(R"({"runs": [{"match": "-(s[0-9]+)$", "run": "seed \\1"}]})", "m.json");
        import({}, options);
        QCOMPARE(run_names(), QStringList{"seed s1"});
        QCOMPARE(points("seed s1"), QStringList({"acc 1:1=3", "loss 1:1=2"}));
    }
};

QTEST_APPLESS_MAIN(TablesTest)
#include "tst_tables.moc"
