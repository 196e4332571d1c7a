#include "engine/importers/growing_lines.h"
#include "engine/importers/megatron/megatron_lines.h"
#include "tests/support/imported_project.h"

#include <cmath>
#include <fstream>

using namespace isoloss;
using namespace isoloss::test;

namespace {

/// Writes down what a log tells, one piece a line.
class Transcript : public MegatronEvents {
public:
    QString text;

    void training(std::int64_t iteration, double wall_time, const MegatronNumbers& numbers) override {
        text += QString("train %1").arg(iteration);
        if (!std::isnan(wall_time)) text += QString(" t=%1").arg(wall_time, 0, 'f', 0);
        add(numbers);
    }

    void evaluation(std::string_view group, std::optional<std::int64_t> iteration,
                    const MegatronNumbers& numbers) override {
        text += "eval " + QString::fromUtf8(group.data(), int(group.size())) + " " +
                (iteration ? QString::number(*iteration) : QString("end"));
        add(numbers);
    }

    void arguments_begin() override { text += "arguments\n"; }

    void argument(std::string_view name, std::string json) override {
        text += QString::fromUtf8(name.data(), int(name.size())) + "=" + QString::fromStdString(json) + "\n";
    }

    void checkpoint_saved(std::int64_t iteration) override { text += QString("saved %1\n").arg(iteration); }

    void date(double seconds) override { text += QString("date %1\n").arg(seconds, 0, 'f', 0); }

    void finished() override { text += "finished\n"; }

private:
    void add(const MegatronNumbers& numbers) {
        for (const auto& [name, value] : numbers)
            text += " " + QString::fromStdString(name) + "=" + QString::number(value);
        text += "\n";
    }
};

std::string row(std::int64_t iteration, const std::string& loss, std::int64_t tokens = 0) {
    return " iteration " + std::to_string(iteration) +
           "/ 500 | consumed tokens: " + std::to_string(tokens == 0 ? iteration * 10 : tokens) +
           " | elapsed time per iteration (ms): 283.9 | learning rate: 4.194E-05 | lm loss: " + loss + " |\n";
}

std::string evaluation(std::int64_t iteration, const std::string& loss) {
    return "-----\n validation loss at iteration " + std::to_string(iteration) + " | lm loss value: " + loss +
           " | lm loss PPL: 9.0E+00 | \n-----\n";
}

const std::string arguments = "0: ------------------------ arguments ------------------------\n"
                              "0:   adam_beta1 ...................................... 0.9\n"
                              "0:   hidden_size ..................................... 1024\n"
                              "0:   num_layers ...................................... 24\n"
                              "0: -------------------- end of arguments ---------------------\n";

} // namespace

// Text logs of Megatron-LM and its kin, with everything that happens to text logs.
class MegatronTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void lines_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("told");
        QTest::addColumn<int>("no_numbers");
        const auto row = [](const char* name, const char* line, const char* told, int no_numbers = 0) {
            QTest::newRow(name) << QByteArray(line) << QString(told) << no_numbers;
        };
        row("Megatron-LM",
            " iteration      100/     500 | consumed samples:          800 | elapsed time per iteration (ms): 283.9 | "
            "learning rate: 4.600E-05 | global batch size:     8 | lm loss: 5.540000E+00 | loss scale: 65536.0 | grad "
            "norm: 2.475 | number of skipped iterations:   0 | number of nan iterations:   0 |",
            "train 100 consumed samples=800 elapsed time per iteration (ms)=283.9 learning rate=4.6e-05 global batch "
            "size=8 lm loss=5.54 loss scale=65536 grad norm=2.475 number of skipped iterations=0 number of nan "
            "iterations=0\n");
        row("with a date", " [2026-04-27 00:00:01] iteration        1/       3 | lm loss: 3.0E+00 | mtp_1 loss: 4.0 |",
            "train 1 t=1777248001 lm loss=3 mtp_1 loss=4\n");
        row("ranks", "[default7]: iteration 7/ 9 | lm loss: 3.0E+00 |", "train 7 lm loss=3\n");
        row("rank and colours", "127: \x1b[1;32m iteration 7/ 9 \x1b[0m| lm loss: 3.0E+00 |", "train 7 lm loss=3\n");
        row("GPT-NeoX",
            " samples/sec: 12.345 | iteration       10/  143000 | elapsed time per iteration (ms): 8294.5 | learning "
            "rate: 1.0E-06 | approx flops per GPU: 64.3TFLOPS | lm_loss: 1.1E+01 | number of skipped iterations: 0 |",
            "train 10 samples/sec=12.345 elapsed time per iteration (ms)=8294.5 learning rate=1e-06 lm_loss=11 number "
            "of skipped iterations=0\n",
            1);
        row("value and mean", " iteration 7/ 9 | elapsed time per iteration (ms): 100.5/99.0 |",
            "train 7 elapsed time per iteration (ms)=100.5\n");
        row("nan and infinities", " iteration 7/ 9 | lm loss: NAN | grad norm: inf |",
            "train 7 lm loss=nan grad norm=inf\n");
        row("torn within a number",
            " iteration 7/ 9 | lm loss: 1.024[2022-10-15 15:44:26,364] [INFO] | grad norm: 2.5 |",
            "train 7 grad norm=2.5\n", 1);
        row("torn before the bar", " iteration 7/ 9 | grad norm: 2.5 | lm loss: 1.02", "train 7 grad norm=2.5\n");
        row("two in one line", "0: iteration 7/ 9 | grad norm: 2.5 | lm lo1: iteration 8/ 9 | lm loss: 3 |",
            "train 7 grad norm=2.5\ntrain 8 lm loss=3\n");
        row("nothing but the iteration", " iteration 7/ 9 |", "");
        row("no number of it", " iteration x/ 9 | lm loss: 3 |", "");
        row("iteration of 64 bits", " iteration 99999999999999999999/ 9 | lm loss: 3 |", "");
        row("another word", " subiteration 7/ 9 | lm loss: 3 |", "");
        row("memory report", "[Rank 0] (after 200 iterations) memory (MB) | allocated: 11040.9 | reserved: 31996.0 |",
            "");
        row("timers", "time (ms) | forward-compute: 3.5 | iteration: 4 |", "");
        row("validation", "0:  validation loss at iteration 1000 | lm loss value: 1.5E+00 | lm loss PPL: 4.5E+00 | ",
            "eval validation 1000 lm loss=1.5 lm loss PPL=4.5\n");
        row("by the name of its data", "0: valid loss at iteration 100 | lm loss value: 1.5E+00 | ",
            "eval valid 100 lm loss=1.5\n");
        row("newer, on the test set", " validation loss at iteration 10 on test set | lm loss value: 1.5E+00 | ",
            "eval test 10 lm loss=1.5\n");
        row("at the end", " validation loss at the end of training for val data | lm loss value: 1.5E+00 | ",
            "eval validation end lm loss=1.5\n");
        row("torn validation", " validation loss at iteration 1000 | lm loss val", "");
        row("saved", "  successfully saved checkpoint at iteration    1500 to checkpoints/17", "saved 1500\n");
        row("saved, newer", "  successfully saved checkpoint from iteration    1500 to ckpt [ t 1/1, p 1/1 ]",
            "saved 1500\n");
        row("about to be saved", "saving checkpoint at iteration    1500 to checkpoints/17", "");
        row("date", "0: [before the start of training step] datetime: 2022-10-15 15:10:02 ", "date 1665846602\n");
        row("end", "[after training is done] datetime: 2022-10-15 15:10:02 ", "date 1665846602\nfinished\n");
        row("no date", "[before the start] datetime: 2022-13-15 15:10:02 ", "");
    }

    void lines() {
        QFETCH(QByteArray, line);
        QFETCH(QString, told);
        QFETCH(int, no_numbers);
        Transcript seen;
        MegatronLines reader;
        reader.read(line.toStdString(), seen);
        QCOMPARE(seen.text, told);
        QCOMPARE(reader.no_numbers(), std::int64_t(no_numbers));
    }

    void list_of_arguments() {
        Transcript seen;
        MegatronLines reader;
        for (const char* line : {"0:   outside ......................................... 1",
                                 "0: ------------------------ arguments ------------------------",
                                 "0:   adam_eps ........................................ 1e-08",
                                 "0:   bert_load ....................................... None",
                                 "0:   bf16 ............................................ False",
                                 "0:   data_path ....................................... ['/data/owt2', 'b \"c\"']",
                                 "[default0]:  train_samples ................................... 73242187",
                                 "  adlr_autoresume ................. True.......................updated",
                                 "  text ............................ infinity", "noise in between", "  cut ....",
                                 "0: -------------------- end of arguments ---------------------",
                                 "0:   after ........................................... 1"})
            reader.read(line, seen);
        QCOMPARE(seen.text, QString("arguments\nadam_eps=1e-08\nbert_load=null\nbf16=false\ndata_path=\"['/data/owt2', "
                                    "'b \\\"c\\\"']\"\ntrain_samples=73242187\nadlr_autoresume=true\n"
                                    "text=\"infinity\"\n"));
    }

    void heads_data() {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<bool>("is_log");
        const auto row = [](const char* name, const std::string& head, bool is_log) {
            QTest::newRow(name) << QByteArray::fromStdString(head) << is_log;
        };
        row("a training line", "hello\n" + ::row(100, "5"), true);
        row("arguments", "SLURM\n" + arguments, true);
        row("command", "Megatron-DeepSpeed/pretrain_gpt.py --num-layers 24 --hidden-size 1024\n", true);
        row("another program's arguments", "--- arguments ---\n  files ..... 3\n", false);
        row("a table with bars", "| step | lm loss |\n| 100 | 5 |\n", false);
        row("talk", "The iteration 3/5 took long; elapsed time per iteration (ms): see pretrain_gpt.py\n", false);
        row("nothing", "", false);
    }

    void heads() {
        QFETCH(QByteArray, head);
        QFETCH(bool, is_log);
        QCOMPARE(is_megatron_log(head.toStdString()), is_log);
    }

    void a_log_is_a_run() {
        ImportedProject project;
        project.write("logs/gpt-17.out", "pretrain_gpt.py\r\n" + arguments + row(100, "5.5") + evaluation(100, "5.25") +
                                             "  successfully saved checkpoint at iteration     100 to x\n" +
                                             evaluation(150, "5") + row(200, "NAN") + "10%\r 50%\r" + row(300, "4.5"));
        project.write("logs/notes.txt", "nothing of that kind\n");
        const ImportReport report = project.import();
        QCOMPARE(project.run_names(), QStringList{"logs/gpt-17"});
        QVERIFY2(report.skipped.size() <= 1, qPrintable(said(report)));
        QCOMPARE(project.points("logs/gpt-17", "lm loss"), QString("1:100=5.5 1:200=nan 1:300=4.5"));
        QCOMPARE(project.points("logs/gpt-17", "validation/lm loss"), QString("1:100=5.25 1:150=5"));
        // Only what was saved is a checkpoint.
        QCOMPARE(project.values(),
                 QStringList({"logs/gpt-17@100 validation/lm loss PPL=9", "logs/gpt-17@100 validation/lm loss=5.25"}));
        QCOMPARE(project.checkpoints().at(0).tokens, std::optional<double>(1000));
        QCOMPARE(QString::fromStdString(project.run("logs/gpt-17").config),
                 QString("{\"adam_beta1\":0.9,\"hidden_size\":1024,\"num_layers\":24}"));
        QCOMPARE(project.import().points, std::int64_t(0));
    }

    void a_restart_is_a_new_attempt_data() {
        QTest::addColumn<QByteArray>("log");
        QTest::addColumn<QString>("points");
        const auto of = [](const std::string& log) { return QByteArray::fromStdString(log); };
        QTest::newRow("fewer iterations") << of(row(100, "5") + row(200, "4") + row(150, "4.5") + row(250, "3"))
                                          << "1:100=5 1:200=4 2:150=4.5 2:250=3";
        QTest::newRow("arguments again") << of(arguments + row(100, "5") + arguments + row(200, "4"))
                                         << "1:100=5 2:200=4";
        QTest::newRow("arguments once") << of(arguments + row(100, "5") + row(200, "4")) << "1:100=5 1:200=4";
    }

    void a_restart_is_a_new_attempt() {
        QFETCH(QByteArray, log);
        QFETCH(QString, points);
        ImportedProject project;
        project.write("a.log", log.toStdString());
        project.import();
        QCOMPARE(project.points("a", "lm loss"), points);
    }

    // Wherever the log was cut when it was imported first, in the end everything is there once.
    void a_growing_log() {
        const std::string whole = arguments + row(100, "5.5") + evaluation(100, "5.25") +
                                  "  successfully saved checkpoint at iteration     100 to x\n" + row(200, "4.5") +
                                  row(150, "4.25") +
                                  " validation loss at the end of training for val data | lm loss "
                                  "value: 4.0E+00 | \n";
        for (std::size_t size = 0; size <= whole.size(); size += 37) {
            ImportedProject project;
            const auto path = project.write("a.out", whole.substr(0, size));
            project.import();
            std::ofstream(path, std::ios::app) << whole.substr(size);
            project.import();
            QCOMPARE(project.points("a", "lm loss"), QString("1:100=5.5 1:200=4.5 2:150=4.25"));
            QCOMPARE(project.points("a", "validation/lm loss"), QString("1:100=5.25 2:150=4"));
            QCOMPARE(project.values(), QStringList({"a@100 validation/lm loss PPL=9", "a@100 validation/lm loss=5.25",
                                                    "a@150 validation/lm loss=4"}));
            QCOMPARE(QString::fromStdString(project.run("a").config),
                     QString("{\"adam_beta1\":0.9,\"hidden_size\":1024,\"num_layers\":24}"));
        }
    }

    void half_a_last_line_waits() {
        ImportedProject project;
        const std::string last = row(200, "4.5");
        project.write("a.out", row(100, "5.5") + last.substr(0, last.size() - 1));
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains("not whole yet"), qPrintable(said(report)));
        QCOMPARE(project.points("a", "lm loss"), QString("1:100=5.5"));
    }

    void a_replaced_log_is_a_new_attempt() {
        ImportedProject project;
        project.write("a.out", row(100, "5.5") + row(200, "4.5"));
        project.import();
        project.write("a.out", row(100, "7.5") + row(200, "6.5") + row(300, "6.25"));
        const ImportReport report = project.import();
        QVERIFY2(said(report).contains("was replaced"), qPrintable(said(report)));
        QCOMPARE(project.points("a", "lm loss"), QString("1:100=5.5 1:200=4.5 2:100=7.5 2:200=6.5 2:300=6.25"));
    }

    void long_lines_are_stepped_over() {
        ImportedProject project;
        const auto path = project.write("a.log", "first\n" + std::string(5 << 20, 'x') + "\nsecond\r\n" +
                                                     std::string((1 << 20) - 3, 'y') + "\nhalf");
        const InputFile file = value_of(InputFile::open(path));
        GrowingLines lines(file, 0);
        QCOMPARE(value_of(lines.next()), std::optional<std::string_view>("first"));
        QCOMPARE(value_of(lines.next()), std::optional<std::string_view>("second"));
        QCOMPARE(lines.oversized(), std::int64_t(1));
        QCOMPARE(value_of(lines.next())->size(), std::size_t((1 << 20) - 3));
        QVERIFY(!value_of(lines.next()));
        QCOMPARE(lines.rest(), std::string_view("half"));
        QCOMPARE(lines.offset(), file.size() - 4);
    }
};

QTEST_APPLESS_MAIN(MegatronTest)
#include "tst_megatron.moc"
