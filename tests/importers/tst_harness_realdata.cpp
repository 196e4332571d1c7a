#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/importers/oracle.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;

// Results of the evaluation harness from 0.2 to 0.4.13 and of two forks, every score of every file against an
// independent reader.
class HarnessRealDataTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<Project> project_;

    // By file, place, metric and filter, which no reading of names has touched.
    oracle::Values stored_scores() {
        auto reader = *project_->reader();
        std::map<QuantityId, QuantityRecord> quantities;
        const auto all = *reader->quantities();
        for (const QuantityRecord& quantity : all)
            quantities[quantity.id] = quantity;
        oracle::Values values;
        const auto current = *reader->values();
        for (const ValueRecord& newest : current) {
            const QuantityRecord& quantity = quantities[newest.quantity];
            const auto history = *reader->value_history(newest.checkpoint, newest.quantity);
            for (const ValueRecord& value : history) {
                const auto provenance = *parse_json(value.provenance, "provenance");
                oracle::Number number;
                number.value = std::bit_cast<std::uint64_t>(value.value.value_or(0));
                if (value.standard_error) number.standard_error = std::bit_cast<std::uint64_t>(*value.standard_error);
                values[std::string(provenance["file"].GetString()) + " | " + provenance["place"].GetString() + " | " +
                       quantity.metric + "," + quantity.filter] = number;
            }
        }
        return values;
    }

private Q_SLOTS:

    void init() {
        if (!oracle::real_data()) QSKIP("ISOLOSS_REAL_DATA does not name the folder with the real files");
        project_.reset();
        folder_ = std::make_unique<QTemporaryDir>();
        project_ = *Project::create(folder_->filePath("p.isoloss").toStdString());
    }

    void runs_are_called_after_their_models() {
        const auto report = import_paths(*project_, {*oracle::real_data() / "formats/lm_eval_bigscience_fork"});
        QVERIFY2(report, report ? "" : report.error().text().c_str());
        QStringList names;
        const auto runs = *(*project_->reader())->runs();
        for (const RunRecord& run : runs)
            names << QString::fromStdString(run.name);
        names.sort();
        QCOMPARE(names, QStringList({"Tr1-13B", "bloom1b3", "tr11-1b3-ml"}));
    }

    void every_score_of_every_file_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<int>("runs");
        QTest::newRow("0.2 and 0.3") << "formats/lm_eval/v0_2_0_3_flat" << 10;
        QTest::newRow("bare results") << "formats/lm_eval/v0_2_testdata_res" << 1;
        QTest::newRow("0.4.3, repeated") << "formats/lm_eval/v0_4_mamba_qwen" << 8;
        QTest::newRow("0.4.2, chat and base") << "formats/lm_eval/v0_4_steer_55models" << 21;
        QTest::newRow("with samples") << "formats/lm_eval/v0_4_with_samples" << 4;
        QTest::newRow("a fork, also by date") << "formats/lm_eval_bigscience_fork" << 3;
        QTest::newRow("a suite") << "suites/pythia" << 25;
    }

    void every_score_of_every_file() {
        QFETCH(QString, folder);
        const auto path = *oracle::real_data() / folder.toStdString();
        const auto expected = oracle::run("harness.py", path);
        if (!expected) QSKIP("python3 is missing: nothing to compare with");
        const auto report = import_paths(*project_, {path}, oracle::without_tables(path));
        QVERIFY2(report, report ? "" : report.error().text().c_str());
        QTEST(static_cast<int>(report->runs), "runs");
        QCOMPARE(report->files, (*expected)["files"].GetInt64());
        QCOMPARE(report->items, (*expected)["items"].GetInt64());
        QCOMPARE(report->skipped.size(), std::size_t(0));
        oracle::Values values;
        for (const auto& [place, score] : (*expected)["scores"].GetObject()) {
            oracle::Number number;
            number.value = std::bit_cast<std::uint64_t>(score[0].GetDouble());
            if (!score[1].IsNull()) number.standard_error = std::bit_cast<std::uint64_t>(score[1].GetDouble());
            values[std::string(json_view(place))] = number;
        }
        QCOMPARE(report->values, static_cast<std::int64_t>(values.size()));
        const QString different = oracle::differences(stored_scores(), values);
        QVERIFY2(different.isEmpty(), qPrintable(different));
        const auto again = import_paths(*project_, {path}, oracle::without_tables(path));
        QCOMPARE(again->values + again->runs + again->items, std::int64_t(0));
    }
};

QTEST_GUILESS_MAIN(HarnessRealDataTest)
#include "tst_harness_realdata.moc"
