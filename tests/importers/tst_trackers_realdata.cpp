#include "engine/base/json.h"
#include "tests/support/imported_project.h"
#include "tests/support/python_reader.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace isoloss;
using namespace isoloss::test;

namespace fs = std::filesystem;

// Real files against independent readers in Python: every series, every point, bit by bit.
class TrackersRealDataTest : public QObject {
    Q_OBJECT

private:
    static fs::path data(const char* what) { return fs::path(std::getenv("ISOLOSS_REAL_DATA")) / what; }

    // `series`: name → [[step, value], …] in the order of the file.
    static void compare_series(const ImportedProject& project, const std::string& run, const QJsonObject& series) {
        QStringList names = series.keys();
        names.sort();
        QCOMPARE(project.series_names(run), names);
        for (const QString& name : names) {
            const QJsonArray expected = series[name].toArray();
            qsizetype number = 0;
            for (const PointsOfAttempt& part : project.attempts(run, name.toStdString()))
                for (std::size_t i = 0; i < part.points.size(); ++i, ++number) {
                    const QJsonArray point = expected.at(number).toArray();
                    QCOMPARE(double(part.points.steps[i]), point.at(0).toDouble());
                    QCOMPARE(part.points.value(i), point.at(1).toString().toDouble());
                }
            QCOMPARE(number, expected.size());
        }
    }

private Q_SLOTS:

    void init() {
        if (std::getenv("ISOLOSS_REAL_DATA") == nullptr)
            QSKIP("ISOLOSS_REAL_DATA does not name the folder with the real files");
        if (!has_python()) QSKIP("there is no python3 to read the files independently");
    }

    void trainer_state() {
        ImportedProject project;
        const ImportReport report = project.import({data("formats/hf_trainer_state")});
        QVERIFY2(report.skipped.empty(), qPrintable(said(report)));
        QCOMPARE(project.run_names(), QStringList{"multi_eval"});
        const auto expected =
            read_with_python("trainer_state.py", data("formats/hf_trainer_state/multi_eval/trainer_state.json"));
        compare_series(project, "multi_eval", expected["series"].toObject());
        const auto checkpoints = project.checkpoints();
        QCOMPARE(checkpoints.size(), std::size_t(1));
        QCOMPARE(double(*checkpoints[0].step), expected["global_step"].toDouble());
        QCOMPARE(*checkpoints[0].flops, expected["total_flos"].toString().toDouble());
        QCOMPARE(project.import({data("formats/hf_trainer_state")}).points, std::int64_t(0));
    }

    void megatron_logs() {
        ImportedProject project;
        const ImportReport report = project.import({data("suites/datablations/logs")});
        QVERIFY2(report.skipped.empty(), qPrintable(said(report)));
        QCOMPARE(report.runs, std::int64_t(4));
        for (const auto& entry : fs::directory_iterator(data("suites/datablations/logs"))) {
            const std::string name = entry.path().stem().string();
            const auto expected = read_with_python("megatron_log.py", entry.path());
            compare_series(project, name, expected["series"].toObject());
            QStringList steps;
            for (const CheckpointRecord& checkpoint : project.checkpoints())
                if (checkpoint.run_name == name) steps << QString::number(*checkpoint.step);
            QStringList expected_steps;
            for (const auto& step : expected["saved"].toArray())
                expected_steps << QString::number(step.toDouble());
            QCOMPARE(steps, expected_steps);
            const auto config = value_of(parse_json(project.run(name).config, "config"));
            const QJsonObject arguments = expected["arguments"].toObject();
            QVERIFY(arguments.size() > 200);
            QCOMPARE(int(config.MemberCount()), int(arguments.size()));
            for (const char* key : {"hidden_size", "seq_length", "lr", "adam_eps", "train_samples"})
                QCOMPARE(*json_number(config, key), arguments[key].toString().toDouble());
        }
        QCOMPARE(project.import({data("suites/datablations/logs")}).points, std::int64_t(0));
    }
};

QTEST_APPLESS_MAIN(TrackersRealDataTest)
#include "tst_trackers_realdata.moc"
