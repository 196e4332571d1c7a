#include "engine/importers/event_points.h"
#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/importing_test.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <sys/stat.h>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

class ImportTest : public support::ImportingTest {
    Q_OBJECT

private:
    /// "attempt:step=value" of all points of a series, in order.
    QString points(const std::string& run, const std::string& name) {
        auto reader = *project_->reader();
        QStringList texts;
        const auto all_runs = *reader->runs();
        for (const RunRecord& record : all_runs) {
            if (record.name != run) continue;
            const auto all_series = *reader->series(record.id);
            for (const SeriesRecord& series : all_series) {
                if (series.name != name) continue;
                const auto attempts = *reader->points(series.id);
                for (const PointsOfAttempt& part : attempts)
                    for (std::size_t i = 0; i < part.points.size(); ++i)
                        texts << QString("%1:%2=%3")
                                     .arg(part.attempt)
                                     .arg(part.points.steps[i])
                                     .arg(part.points.value(i));
            }
        }
        return texts.join(' ');
    }

    /// "run@step key=value±stderr n" of all values, sorted.
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
            if (value.standard_error) text += " ±" + QString::number(*value.standard_error);
            if (value.n) text += " n" + QString::number(*value.n);
            if (value.status != ValueStatus::ok)
                text += " " + QString::fromUtf8(value_status_name(value.status).data());
            texts << text;
        }
        texts.sort();
        return texts;
    }

private Q_SLOTS:

    void init() { begin(); }

    void importing_again_adds_only_what_is_new() {
        const fs::path file = root() / "a" / "events.out.tfevents.1";
        put_file(file, version_frame() + scalar_frame("loss", 1, 4) + scalar_frame("loss", 2, 3));
        const ImportReport first = import();
        QCOMPARE(first.json(), std::string(R"({"runs":1,"series":1,"points":2,"checkpoints":0,"values":0,"items":0,)"
                                           R"("skipped":[],"files":1,"notes":[]})"));
        const ImportReport again = import();
        QCOMPARE(again.points + again.series + again.runs + again.files, std::int64_t(0));
        const std::string more = scalar_frame("loss", 3, 2) + scalar_frame("lr", 3, 0.5f);
        put_file(file, more.substr(0, 30), true); // half a record
        QCOMPARE(import().points, std::int64_t(0));
        put_file(file, more.substr(30), true);
        const ImportReport appended = import();
        QCOMPARE(appended.points, std::int64_t(2));
        QCOMPARE(appended.series, std::int64_t(1));
        QCOMPARE(points("a", "loss"), QString("1:1=4 1:2=3 1:3=2"));
        // The same folder named from elsewhere is the same run.
        QCOMPARE(import({root() / "a", root() / "a" / ".." / "a", file}).points, std::int64_t(0));
        QCOMPARE(runs().size(), std::size_t(1));
    }

    void a_restart_begins_an_attempt_across_files() {
        put_file(root() / "a" / "events.out.tfevents.1", scalar_frame("loss", 1, 4) + scalar_frame("loss", 9, 3));
        put_file(root() / "a" / "events.out.tfevents.2", scalar_frame("loss", 5, 2));
        put_file(root() / "a" / "events.out.tfevents.3", scalar_frame("loss", 6, 1));
        QCOMPARE(import().points, std::int64_t(4));
        QCOMPARE(points("a", "loss"), QString("1:1=4 1:9=3 2:5=2 2:6=1"));
        put_file(root() / "a" / "events.out.tfevents.3", scalar_frame("loss", 7, 0) + scalar_frame("loss", 2, 8), true);
        QCOMPARE(import().points, std::int64_t(2));
        QCOMPARE(points("a", "loss"), QString("1:1=4 1:9=3 2:5=2 2:6=1 2:7=0 3:2=8"));
    }

    // BAD_INPUTS.md row 26: each file keeps its attempt however often both have grown.
    void two_writers_in_one_folder_keep_their_attempts() {
        const fs::path one = root() / "a" / "events.out.tfevents.1";
        const fs::path other = root() / "a" / "events.out.tfevents.2";
        for (int round = 0; round < 4; ++round) {
            put_file(one, scalar_frame("loss", 2 * round, 1) + scalar_frame("loss", 2 * round + 1, 1), true);
            put_file(other, scalar_frame("loss", 2 * round, 2) + scalar_frame("lr", 2 * round, 2), true);
            QCOMPARE(import().points, std::int64_t(4));
        }
        QCOMPARE(points("a", "loss"), QString("1:0=1 1:1=1 1:2=1 1:3=1 1:4=1 1:5=1 1:6=1 1:7=1 "
                                              "2:0=2 2:2=2 2:4=2 2:6=2"));
        QCOMPARE(points("a", "lr"), QString("2:0=2 2:2=2 2:4=2 2:6=2"));
        QCOMPARE(runs().at(0).attempts, 2);
    }

    void a_replaced_file_begins_an_attempt() {
        const fs::path file = root() / "a" / "events.out.tfevents.1";
        put_file(file, scalar_frame("loss", 1, 4) + scalar_frame("loss", 2, 3));
        import();
        put_file(file, scalar_frame("loss", 7, 1, 2e9));
        const ImportReport replaced = import();
        QCOMPARE(replaced.points, std::int64_t(1));
        QCOMPARE(replaced.notes.size(), std::size_t(1));
        QCOMPARE(points("a", "loss"), QString("1:1=4 1:2=3 2:7=1"));
    }

    void damaged_files_keep_their_prefix_and_are_reported() {
        std::string bad_data = scalar_frame("loss", 2, 9);
        bad_data[20] ^= 1;
        put_file(root() / "bad_data" / "events.out.tfevents.1",
                 scalar_frame("loss", 1, 4) + bad_data + scalar_frame("loss", 3, 2));
        put_file(root() / "bad_length" / "events.out.tfevents.1",
                 scalar_frame("loss", 1, 4) + std::string(40, 'x') + scalar_frame("loss", 3, 2));
        put_file(root() / "gzip" / "events.out.tfevents.1", "\x1f\x8b\x08" + std::string(40, 'x'));
        put_file(root() / "empty" / "events.out.tfevents.1", "");
        put_file(root() / "profile" / "events.out.tfevents.1.profile-empty", scalar_frame("loss", 1, 1));
        fs::create_directories(root() / "pipe");
        QCOMPARE(::mkfifo((root() / "pipe" / "events.out.tfevents.1").c_str(), 0600), 0);
        fs::create_directory_symlink(root(), root() / "pipe" / "loop");
        const ImportReport report = import();
        QCOMPARE(report.runs, std::int64_t(2));
        QCOMPARE(points("bad_data", "loss"), QString("1:1=4 1:3=2"));
        QCOMPARE(points("bad_length", "loss"), QString("1:1=4"));
        QStringList reasons;
        for (const SkippedSource& skipped : report.skipped)
            reasons << QString::fromStdString(fs::path(skipped.path).parent_path().filename().string() + ": " +
                                              skipped.place + " " + skipped.reason);
        QCOMPARE(reasons.size(), 4);
        QVERIFY(reasons.filter("bad_data: ").join("").contains("1 records whose data fails its checksum"));
        const QString stopped =
            QString("bad_length: byte %1 damaged at byte %1").arg(scalar_frame("loss", 1, 4).size());
        QVERIFY(reasons.filter("bad_length: ").join("").contains(stopped));
        QVERIFY(reasons.filter("gzip: ").join("").contains("not an event file"));
        QVERIFY(reasons.filter("pipe: ").join("").contains("a pipe, a device or a socket"));
        QVERIFY(QString::fromStdString(report.notes.at(0)).contains("no data yet"));
    }

    void hparams_and_status_belong_to_the_run() {
        put_file(root() / "a" / "events.out.tfevents.1",
                 hparams_start_frame({{{"lr", 0.5}}, {{"name", "x"}}, {}, 1000}) + scalar_frame("loss", 1, 4, 2000) +
                     hparams_end_frame(1));
        import();
        const RunRecord run = runs().at(0);
        QCOMPARE(run.config, std::string(R"({"lr":0.5,"name":"x"})"));
        QCOMPARE(run.status, RunStatus::finished);
        QCOMPARE(*run.started_at, 1000.0);
    }

    // BAD_INPUTS.md rows 13 to 15: kept to the last bit.
    void values_are_exact() {
        const double exact = 0.1;
        const ProtoWriter tensor = ProtoWriter().varint(1, 2).number(6, exact);
        put_file(root() / "a" / "events.out.tfevents.1",
                 scalar_frame("f", -5, std::nanf("")) + scalar_frame("f", -5, -0.0f) + scalar_frame("f", 0, HUGE_VALF) +
                     summary_frame(1, 1, {tensor_value("d", tensor)}));
        import();
        QCOMPARE(points("a", "f"), QString("1:-5=nan 1:-5=0 1:0=inf"));
        auto reader = *project_->reader();
        const auto all_series = *reader->series();
        for (const SeriesRecord& series : all_series) {
            QCOMPARE(series.is_float32, series.name == "f");
            const auto parts = *reader->points(series.id);
            if (series.name == "d")
                QVERIFY(parts.at(0).points.value(0) == exact);
            else
                QVERIFY(std::signbit(parts.at(0).points.value(1)));
        }
    }

    // More points than one transaction takes, of two tags by turns in records of many values.
    void large_files() {
        constexpr std::int64_t points_of_a = 1'200'000;
        constexpr int values_of_record = 500;
        std::string bytes = version_frame();
        for (std::int64_t point = 0; point < points_of_a; point += values_of_record) {
            std::vector<ProtoWriter> values;
            for (std::int64_t i = point; i < point + values_of_record; ++i) {
                values.push_back(simple_value("a", static_cast<float>(i)));
                values.push_back(simple_value("b", 1));
            }
            bytes += summary_frame(point / values_of_record, 1.7e9, values);
        }
        put_file(root() / "a" / "events.out.tfevents.1", bytes);
        QCOMPARE(import().points, 2 * points_of_a);
        auto reader = *project_->reader();
        const auto all_series = *reader->series();
        QCOMPARE(all_series.size(), std::size_t(2));
        const auto parts = *reader->points(all_series.at(0).id);
        QCOMPARE(parts.size(), std::size_t(1));
        QCOMPARE(parts.at(0).points.size(), std::size_t(points_of_a));
        for (std::size_t i = 0; i < points_of_a; ++i)
            if (parts.at(0).points.steps[i] != static_cast<std::int64_t>(i / values_of_record) ||
                parts.at(0).points.value(i) != static_cast<double>(i))
                QFAIL(qPrintable(QString("point %1 differs").arg(i)));
    }

    void an_import_that_is_stopped_goes_on_later() {
        put_file(root() / "a" / "events.out.tfevents.1", scalar_frame("loss", 1, 4));
        CancellationSource stop;
        stop.cancel();
        ImportOptions options;
        options.cancellation = stop.token();
        const auto stopped = import_paths(*project_, {root()}, options);
        QCOMPARE(stopped->points, std::int64_t(0));
        QVERIFY(QString::fromStdString(stopped->skipped.at(0).reason).contains("stopped"));
        QCOMPARE(import().points, std::int64_t(1));
    }

    void named_paths_that_are_nothing_are_reported() {
        put_file(root() / "notes.txt", "hello");
        put_file(root() / "other.json", "{\"a\": 1}");
        QCOMPARE(import({root() / "notes.txt"}).skipped.size(), std::size_t(1));
        QCOMPARE(import({root() / "other.json"}).skipped.size(), std::size_t(1));
        QCOMPARE(import({root()}).skipped.size(), std::size_t(1));
        const auto missing = import_paths(*project_, {root() / "missing"});
        QCOMPARE(missing.error().kind, ErrorKind::not_found);
        put_file(root() / "a" / "events.out.tfevents.1", scalar_frame("loss", 1, 4));
        QCOMPARE(import({root()}).skipped.size(), std::size_t(0));
    }

    // One results file per row, in the shape of its version; what must come of it.
    void harness_shapes_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("0.2 flat, name from the file and its folder")
            << "pythia-160m/zero-shot/160m_step1000.json"
            << QByteArray(R"({"results":{"piqa":{"acc":0.5,"acc_stderr":0.01}},"versions":{"piqa":0}})")
            << QStringList{"pythia-160m@1000 piqa/acc=0.5 ±0.01"};
        QTest::newRow("0.3, revision and five shots")
            << "x.json"
            << QByteArray(R"({"results":{"piqa":{"acc":0.5,"acc_stderr":0.01,"acc_norm":0.25}},"versions":{"piqa":0},)"
                          R"("config":{"model":"hf-causal","num_fewshot":5,)"
                          R"("model_args":"use_accelerate=True,pretrained=EleutherAI/pythia-70m,revision=step3000"}})")
            << QStringList{"pythia-70m@3000 piqa/acc@5shot=0.5 ±0.01", "pythia-70m@3000 piqa/acc_norm@5shot=0.25"};
        QTest::newRow("neox dump")
            << "pythia-1b-0shot-global_step500_eval_results_11-28-2022-15-14-22.json"
            << QByteArray(
                   R"({"results":{"wikitext":{"bits_per_byte":0.7}},"versions":{"wikitext":1},)"
                   R"("config":{"model":"neox","num_fewshot":0,"model_args":{"iteration":500,"hidden_size":64}}})")
            << QStringList{"pythia-1b@500 wikitext/bits_per_byte=0.7"};
        QTest::newRow("0.4, filters, aliases, no error given")
            << "org__m/results_2024-08-21T03-44-09.494230.json"
            << QByteArray(R"({"results":{"gsm8k":{"alias":"gsm8k","exact_match,strict":0.5,)"
                          R"("exact_match_stderr,strict":"N/A","exact_match,flexible":0.75,"acc,none":1.0,)"
                          R"("sample_len":10,"name":"gsm8k"}},"configs":{"gsm8k":{}},"n-shot":{"gsm8k":8},)"
                          R"("versions":{"gsm8k":2.0},"n-samples":{"gsm8k":{"original":20,"effective":10}},)"
                          R"("date":1724211836.1,"config":{"model":"hf","model_args":"pretrained=org/m","limit":10}})")
            << QStringList{"m@last gsm8k/acc@8shot=1 n10 partial",
                           "m@last gsm8k/exact_match,flexible@8shot=0.75 n10 partial",
                           "m@last gsm8k/exact_match,strict@8shot=0.5 n10 partial"};
        QTest::newRow("NaN is a value") << "m_step1.json"
                                        << QByteArray(
                                               R"({"results":{"t":{"ppl":NaN,"ppl_stderr":NaN}},"versions":{"t":0}})")
                                        << QStringList{"m@1 t/ppl=nan nonfinite"};
        QTest::newRow("a local checkpoint")
            << "r.json"
            << QByteArray(R"({"results":{"t":{"acc":1}},"versions":{"t":0},)"
                          R"("config":{"model_args":"pretrained=/runs/a/checkpoint-500,dtype=float32"}})")
            << QStringList{"a@500 t/acc=1"};
    }

    void harness_shapes() {
        QFETCH(QString, file);
        QFETCH(QByteArray, json);
        QFETCH(QStringList, expected);
        put_file(root() / file.toStdString(), json.toStdString());
        const ImportReport report = import();
        QCOMPARE(values(), expected);
        QCOMPARE(report.values, static_cast<std::int64_t>(expected.size()));
        QCOMPARE(report.checkpoints, std::int64_t(1));
        QCOMPARE(import().values, std::int64_t(0));
    }

    void harness_versions_and_shots_never_merge() {
        const auto results = [&](const char* name, const char* version, const char* config) {
            put_file(root() / "m" / name,
                     std::string(R"({"results":{"t":{"acc":0.5}},"versions":{"t":)") + version + "}" + config + "}");
            import();
        };
        results("m_step1.json", "0", R"(,"config":{"num_fewshot":0})");
        results("m_step2.json", "2", R"(,"config":{"num_fewshot":0})");
        results("m_step3.json", "0", R"(,"config":{"num_fewshot":5})");
        results("m_step4.json", "0", "");
        results("m_step5.json", "2.0", R"(,"config":{"num_fewshot":0})");
        QCOMPARE(values(), QStringList({"m@1 t/acc=0.5", "m@2 t/acc v2=0.5", "m@3 t/acc@5shot=0.5",
                                        "m@4 t/acc@?shot=0.5", "m@5 t/acc v2=0.5"}));
    }

    void harness_repeats_are_variants() {
        const auto results = [&](const char* name, double value, double date) {
            put_file(root() / name, QString(R"({"results":{"t":{"acc":%1}},"versions":{"t":0},"date":%2,)"
                                            R"("config":{"model_args":"pretrained=org/m"}})")
                                        .arg(value)
                                        .arg(date, 0, 'f', 1)
                                        .toStdString());
        };
        results("results_1.json", 0.5, 1.7e9);
        results("results_2.json", 0.75, 1.8e9);
        QCOMPARE(import().values, std::int64_t(2));
        auto reader = *project_->reader();
        const ValueRecord newest = reader->values()->at(0);
        QCOMPARE(*newest.value, 0.75);
        QCOMPARE(reader->value_history(newest.checkpoint, newest.quantity)->size(), std::size_t(2));
        results("results_2.json", 0.8, 1.8e9);
        QCOMPARE(import().values, std::int64_t(1));
        QCOMPARE(*reader->values()->at(0).value, 0.8);
        QCOMPARE(reader->value_history(newest.checkpoint, newest.quantity)->size(), std::size_t(2));
    }

    void harness_damages() {
        put_file(root() / "a.json", R"({"results":{"t":{"acc":0.5}},"versions":)");
        put_file(root() / "b.json", R"({"results":{"t":{"2022":{"acc":1}, "acc": "high"}},"versions":{"t":0}})");
        const ImportReport report = import();
        QCOMPARE(report.values, std::int64_t(0));
        QCOMPARE(report.skipped.size(), std::size_t(2));
        QCOMPARE(report.skipped.at(0).place, std::string("line 1, column 41"));
        QVERIFY(report.skipped.at(1).reason.starts_with("2 entries"));
    }

    // Of the settings that the file repeats, those that describe the model and its training are kept, and no others.
    void neox_settings_that_matter_become_config() {
        put_file(root() / "pythia-1b-0shot-global_step500.json",
                 R"({"results":{"t":{"acc":0.5,"acc_stderr":0.1}},"config":{"model":"neox","model_args":{"rank":0,)"
                 R"("iteration":500,"hidden_size":64,"lr":0.0002,"train_batch_size":32,"wandb_group":"x",)"
                 R"("optimizer":{"type":"Adam","params":{"betas":[0.9,0.95]}},"seed":null}}})");
        import();
        QCOMPARE(
            runs().at(0).config,
            std::string(R"({"hidden_size":64,"optimizer":{"type":"Adam","params":{"betas":[0.9,0.95]}},"lr":0.0002})"));
    }

    void samples_data() {
        QTest::addColumn<QString>("results_name");
        QTest::addColumn<QString>("samples_name");
        QTest::addColumn<QByteArray>("samples");
        // Two choices of 3 and 1 characters: acc prefers the first (−2 > −3), acc_norm too (−0.67 > −3).
        const QString dated = "results_2024-08-21T03-44-09.494230.json";
        const QString samples = "samples_t_2024-08-21T03-44-09.494230.jsonl";
        const QByteArray array(
            R"([ {"doc_id": 0, "doc": {}, "target": 1, "arguments": [["Q: x", " abc"], ["Q: x", " d"]], )"
            R"("resps": [[[-2.0, false]], [[-3.0, false]]], "filtered_resps": [[-2.0, false], [-3.0, false]], )"
            R"("acc": 0.0} ])");
        QTest::newRow("array") << dated << samples << array;
        // re.sub("/|=", "__", model_args) + "_" + task
        QTest::newRow("0.4.0 name") << "results.json"
                                    << "pretrained__org__m,dtype__float_t.jsonl" << array;
        // re.sub(r"[\"<>:/\|\\?\*\[\]]+", "__", model_args) + "_" + task
        QTest::newRow("0.4.2 name") << "results.json"
                                    << "pretrained=org__m,dtype=float_t.jsonl" << array;
        QTest::newRow("model and task") << "results.json"
                                        << "m_t.jsonl" << array;
        QTest::newRow("0.4.3 lines, the last one not whole")
            << dated << samples
            << QByteArray(
                   R"({"doc_id": 0, "doc": {}, "target": "1", "arguments": {"gen_args_0": {"arg_0": "Q: x", "arg_1": " abc"}, )"
                   R"("gen_args_1": {"arg_0": "Q: x", "arg_1": " d"}}, "resps": [[["-2.0", "False"]], [["-3.0", "False"]]], )"
                   R"("filtered_resps": [["-2.0", "False"], ["-3.0", "False"]], "doc_hash": "h", "filter": "none", )"
                   R"("metrics": ["acc"], "acc": 0.0})"
                   "\n{\"doc_id\": 1, \"half");
    }

    void samples() {
        QFETCH(QString, results_name);
        QFETCH(QString, samples_name);
        QFETCH(QByteArray, samples);
        put_file(root() / "m_other.jsonl", "{\"text\": \"a data set that lies there too\"}\n");
        put_file(root() / results_name.toStdString(),
                 R"({"results":{"t":{"acc,none":0.0}},"configs":{},"versions":{"t":1},"date":1.7e9,)"
                 R"("config":{"model_args":"pretrained=org/m,dtype=float"}})");
        put_file(root() / samples_name.toStdString(), samples.toStdString());
        const ImportReport report = import();
        QCOMPARE(report.items, std::int64_t(1));
        QCOMPARE(report.skipped.size(), std::size_t(0));
        auto reader = *project_->reader();
        const auto outcomes = *reader->outcomes(reader->values()->at(0).id);
        QCOMPARE(outcomes.size(), std::size_t(1));
        const OutcomeRecord& outcome = outcomes.at(0);
        QCOMPARE(outcome.item.key, std::string("0"));
        QCOMPARE(outcome.item.text, std::string("Q: x"));
        QCOMPARE(outcome.item.choices, (std::vector<std::string>{"abc", "d"}));
        QCOMPARE(*outcome.item.gold, 1);
        QCOMPARE(*outcome.correct, 0.0);
        QCOMPARE(*outcome.chosen, 0);
        QCOMPARE(outcome.log_likelihoods, (std::vector<double>{-2, -3}));
        QCOMPARE(import().items, std::int64_t(0));
    }
};

QTEST_APPLESS_MAIN(ImportTest)
#include "tst_import.moc"
