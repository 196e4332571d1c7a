#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/importers/oracle.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <array>
#include <set>

using namespace isoloss;

namespace fs = std::filesystem;

// Scaling studies and columns of scores, every number of every file against an independent reader.
class StudiesRealDataTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<Project> project_;

    ImportReport import(const char* what) {
        const auto report = import_paths(*project_, {*oracle::real_data() / what});
        if (!report) QTest::qFail(report.error().text().c_str(), __FILE__, __LINE__);
        return report.value_or(ImportReport{});
    }

    double value(const std::string& run, const std::string& quantity, const std::string& variant = {}) {
        const auto values = oracle::values_of(*project_);
        const auto found = values.lower_bound(oracle::value_key(run, std::nullopt, quantity, variant));
        const std::string prefix = oracle::value_key(run, std::nullopt, quantity, {});
        if (found == values.end() || !found->first.starts_with(prefix)) return -99;
        return std::bit_cast<double>(found->second.value);
    }

private Q_SLOTS:

    void init() {
        if (!oracle::real_data()) QSKIP("ISOLOSS_REAL_DATA does not name the folder with the real files");
        project_.reset();
        folder_ = std::make_unique<QTemporaryDir>();
        project_ = *Project::create(folder_->filePath("p.isoloss").toStdString());
    }

    void a_study_is_read_to_the_last_number_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<int>("runs");
        QTest::newRow("gadre_scaling") << "suites/gadre_scaling" << 69;
        QTest::newRow("dclm") << "suites/dclm" << 133;
    }

    void a_study_is_read_to_the_last_number() {
        QFETCH(QString, folder);
        QFETCH(int, runs);
        const auto expected = oracle::run("studies.py", *oracle::real_data() / folder.toStdString());
        if (!expected) QSKIP("python3 is missing: nothing to compare with");
        const fs::path root = *oracle::real_data() / folder.toStdString();
        const auto report = import_paths(*project_, {root / "models", root / "evals"});
        QVERIFY2(report, report ? "" : report.error().text().c_str());
        QCOMPARE(report->runs, std::int64_t(runs));
        QCOMPARE(report->runs, std::int64_t((*expected)["runs"].Size()));
        QCOMPARE(report->checkpoints, report->runs);
        QCOMPARE(report->files, (*expected)["files"].GetInt64());
        QCOMPARE(report->skipped.size(), std::size_t(0));
        const auto values = oracle::values_of(*expected);
        QCOMPARE(report->values, static_cast<std::int64_t>(values.size()));
        const QString different = oracle::differences(oracle::values_of(*project_), values);
        QVERIFY2(different.isEmpty(), qPrintable(different));
        auto reader = *project_->reader();
        const auto checkpoints = *reader->checkpoints();
        const auto all_runs = *reader->runs();
        for (const auto& [name, facts] : (*expected)["meta"].GetObject()) {
            const auto checkpoint = std::ranges::find(checkpoints, json_view(name), &CheckpointRecord::run_name);
            QVERIFY(checkpoint != checkpoints.end());
            QCOMPARE(checkpoint->tokens, std::optional(facts["tokens"].GetDouble()));
            QCOMPARE(checkpoint->tokens_source, std::string("logged"));
            QCOMPARE(checkpoint->parameter_count, std::optional(facts["params"].GetInt64()));
            QVERIFY(!checkpoint->flops);
            const auto run = std::ranges::find(all_runs, json_view(name), &RunRecord::name);
            QCOMPARE(run->group, std::string(facts["group"].GetString()));
            const auto config = parse_json(run->config, {});
            QCOMPARE((*config)["lr"].GetDouble(), facts["lr"].GetDouble());
        }
        const auto again = import_paths(*project_, {root}, oracle::without_tables(root));
        QCOMPARE(again->runs, std::int64_t(0));
        QCOMPARE(again->values, std::int64_t(0));
    }

    // The study's own table names its models after the files of their evaluations.
    void the_table_of_a_study_adds_to_its_models() {
        const fs::path root = *oracle::real_data() / "suites/dclm";
        QVERIFY(import_paths(*project_, {root}).has_value());
        auto reader = *project_->reader();
        const auto runs = *reader->runs();
        std::set<std::string> names;
        for (const RunRecord& run : runs)
            names.insert(run.name);
        constexpr auto model = "c4_original-open_lm_1b-5.0";
        QCOMPARE(std::ranges::count(runs, model, &RunRecord::name), std::ptrdiff_t(1));
        const auto run = std::ranges::find(runs, model, &RunRecord::name);
        QCOMPARE(reader->checkpoints(run->id)->size(), std::size_t(1));
        QCOMPARE(names.size(), runs.size()); // no model is there twice
    }

    // At equal C4 loss the corpus decides. The tasks are the study's own 17, the means were worked out from its four
    // files.
    void equal_loss_and_unequal_scores() {
        import("suites/gadre_scaling");
        constexpr std::array subset{"bigbench_operators",
                                    "pubmed_qa_labeled",
                                    "hellaswag_zeroshot",
                                    "boolq",
                                    "arc_easy",
                                    "coqa",
                                    "bigbench_dyck_languages",
                                    "lambada_openai",
                                    "bigbench_novel_concepts",
                                    "winograd",
                                    "bigbench_cs_algorithms",
                                    "commonsense_qa",
                                    "bigbench_qa_wikidata",
                                    "hellaswag",
                                    "copa",
                                    "squad",
                                    "piqa"};
        const auto mean = [&](const std::string& run) {
            double sum = 0;
            for (const char* task : subset)
                sum += value(run, std::string(task) + "/accuracy");
            return sum / subset.size();
        };
        const std::string c4 = "c4_original-d=1024_l=24_h=8-8.0", rpj = "rpj-d=1024_l=24_h=8-16.0";
        QCOMPARE(QString::number(value(c4, "paloma_c4_en/loss"), 'f', 3), "2.810");
        QCOMPARE(QString::number(value(rpj, "paloma_c4_en/loss"), 'f', 3), "2.808");
        QCOMPARE(QString::number(mean(c4), 'f', 3), "0.387");
        QCOMPARE(QString::number(mean(rpj), 'f', 3), "0.451");
    }

    void a_part_of_a_study_brings_its_partners_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("runs");
        QTest::addColumn<int>("files");
        QTest::newRow("only the evaluations") << "suites/gadre_scaling/evals" << 69 << 138;
        QTest::newRow("only the models") << "suites/gadre_scaling/models" << 69 << 138;
        QTest::newRow("one evaluation") << "suites/gadre_scaling/evals/evaluation_rpj-open_lm_7b-1.0_heavy.json" << 1
                                        << 2;
        QTest::newRow("one model") << "suites/gadre_scaling/models/rpj-open_lm_7b-1.0.json" << 1 << 2;
    }

    void a_part_of_a_study_brings_its_partners() {
        QFETCH(QString, path);
        const ImportReport report = import(path.toUtf8().constData());
        QTEST(static_cast<int>(report.runs), "runs");
        QTEST(static_cast<int>(report.files), "files");
        QVERIFY(value("rpj-open_lm_7b-1.0", "c4_val/loss") > 2);
        QVERIFY(value("rpj-open_lm_7b-1.0", "boolq/accuracy") > 0.4);
    }

    void columns_of_scores() {
        const auto expected = oracle::run("score_columns.py", *oracle::real_data() / "suites/bigscience_1b3/tr3");
        if (!expected) QSKIP("python3 is missing: nothing to compare with");
        const ImportReport report = import("suites/bigscience_1b3/tr3");
        QCOMPARE(report.runs, std::int64_t(3));
        QCOMPARE(report.checkpoints, std::int64_t(63 + 34 + 63));
        QCOMPARE(report.points, (*expected)["points"].GetInt64());
        QCOMPARE(report.values, report.points);
        QCOMPARE(report.skipped.size(), std::size_t(0));
        const QString different = oracle::differences(oracle::values_of(*project_), oracle::values_of(*expected));
        QVERIFY2(different.isEmpty(), qPrintable(different));
        auto reader = *project_->reader();
        const auto checkpoints = *reader->checkpoints();
        QCOMPARE(checkpoints.size(), std::size_t((*expected)["tokens"].MemberCount()));
        for (const CheckpointRecord& checkpoint : checkpoints) {
            const std::string label = checkpoint.run_name + " @ " + std::to_string(checkpoint.step.value_or(-1));
            QCOMPARE(checkpoint.tokens, std::optional((*expected)["tokens"][label.c_str()].GetDouble()));
        }
        const ImportReport again = import("suites/bigscience_1b3/tr3");
        QCOMPARE(again.points + again.values + again.runs, std::int64_t(0));
    }
};

QTEST_GUILESS_MAIN(StudiesRealDataTest)
#include "tst_studies_realdata.moc"
