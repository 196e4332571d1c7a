#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/support/python_reader.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstdlib>
#include <map>

using namespace isoloss;

namespace fs = std::filesystem;

// The tables of the real data against an independent reading of them with Python's csv (oracle/tables.py).
class TablesRealDataTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    std::unique_ptr<Project> project_;

    /// run, step and key → value; the step of a last checkpoint is −1.
    std::map<std::tuple<QString, qint64, QString>, double> values() {
        auto reader = *project_->reader();
        std::map<CheckpointId, CheckpointRecord> checkpoints;
        const auto all_checkpoints = *reader->checkpoints();
        for (const CheckpointRecord& checkpoint : all_checkpoints)
            checkpoints[checkpoint.id] = checkpoint;
        std::map<std::tuple<QString, qint64, QString>, double> result;
        const auto all = *reader->values();
        for (const ValueRecord& value : all) {
            const CheckpointRecord& checkpoint = checkpoints[value.checkpoint];
            result[{QString::fromStdString(checkpoint.run_name), checkpoint.step.value_or(-1),
                    QString::fromStdString(value.quantity_key)}] = value.value.value_or(-99);
        }
        return result;
    }

    /// run, series and step → values.
    std::multimap<std::tuple<QString, QString, qint64>, double> points() {
        auto reader = *project_->reader();
        std::multimap<std::tuple<QString, QString, qint64>, double> result;
        const auto runs = *reader->runs();
        for (const RunRecord& run : runs) {
            const auto all_series = *reader->series(run.id);
            for (const SeriesRecord& series : all_series) {
                const auto attempts = *reader->points(series.id);
                for (const PointsOfAttempt& part : attempts)
                    for (std::size_t i = 0; i < part.points.size(); ++i)
                        result.emplace(std::tuple(QString::fromStdString(run.name), QString::fromStdString(series.name),
                                                  part.points.steps[i]),
                                       part.points.value(i));
            }
        }
        return result;
    }

private Q_SLOTS:

    void init() {
        if (std::getenv("ISOLOSS_REAL_DATA") == nullptr)
            QSKIP("ISOLOSS_REAL_DATA does not name the folder with the real files");
        project_.reset();
        const fs::path path = folder_.filePath("p.isoloss").toStdString();
        for (const auto& file : {path, fs::path(path.string() + "-wal"), fs::path(path.string() + "-shm")})
            fs::remove(file);
        project_ = *Project::create(path);
    }

    void tables_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("file"); ///< of it, when other formats are in the folder too
        QTest::newRow("OLMo ladder") << "suites/olmo_ladder"
                                     << "";
        QTest::newRow("observational scaling") << "suites/obs_scaling"
                                               << "";
        QTest::newRow("RegMix") << "suites/regmix"
                                << "";
        QTest::newRow("datablations") << "suites/derived"
                                      << "datablations_val_losses.csv";
        QTest::newRow("Pythia term frequencies") << "suites/pythia/csv"
                                                 << "";
        QTest::newRow("DCLM") << "suites/dclm"
                              << "DCLM_model_database.csv";
        QTest::newRow("chart export") << "formats/trackio_csv"
                                      << "";
    }

    void tables() {
        QFETCH(QString, folder);
        QFETCH(QString, file);
        const QString root = QString(std::getenv("ISOLOSS_REAL_DATA")) + "/" + folder;
        if (!test::has_python()) QSKIP("python3 is missing");
        const QJsonObject expected = test::read_with_python("tables.py", root.toStdString());
        QVERIFY(!expected.isEmpty());

        const auto report =
            import_paths(*project_, {fs::path((root + (file.isEmpty() ? "" : "/" + file)).toStdString())});
        QVERIFY2(report, report ? "" : report.error().text().c_str());
        QCOMPARE(report->runs, expected["runs"].toInteger());
        QCOMPARE(report->series, expected["series"].toInteger());
        QCOMPARE(report->points, expected["points"].toInteger());
        QCOMPARE(report->checkpoints, expected["checkpoints"].toInteger());
        QCOMPARE(report->values, expected["values"].toInteger());
        QVERIFY2(report->skipped.empty(), report->skipped.empty() ? "" : report->skipped[0].reason.c_str());

        const auto stored = values();
        const QJsonArray some_values = expected["some_values"].toArray();
        for (const QJsonValue& entry : some_values) {
            const qint64 step = entry[1].isNull() ? -1 : entry[1].toInteger();
            const auto found = stored.find({entry[0].toString(), step, entry[2].toString()});
            QVERIFY2(found != stored.end(), qPrintable(entry[0].toString() + " " + entry[2].toString()));
            QCOMPARE(found->second, entry[3].toDouble());
        }
        const auto drawn = points();
        const QJsonArray some_points = expected["some_points"].toArray();
        for (const QJsonValue& entry : some_points) {
            const auto [begin, end] =
                drawn.equal_range({entry[0].toString(), entry[1].toString(), entry[2].toInteger()});
            const double value = entry[3].toDouble();
            QVERIFY2(std::any_of(begin, end, [&](const auto& point) { return point.second == value; }),
                     qPrintable(entry[1].toString()));
        }
        const QJsonObject configs = expected["configs"].toObject();
        const auto runs = *(*project_->reader())->runs();
        for (const RunRecord& run : runs) {
            const QJsonValue config = configs[QString::fromStdString(run.name)];
            if (config.isUndefined()) continue;
            QCOMPARE(QJsonDocument::fromJson(QByteArray::fromStdString(run.config)).object(), config.toObject());
        }
        const auto again =
            import_paths(*project_, {fs::path((root + (file.isEmpty() ? "" : "/" + file)).toStdString())});
        QCOMPARE(again->points, std::int64_t(0));
        QCOMPARE(again->values, std::int64_t(0));
    }

    // What is no log and no table of results makes no runs.
    void tables_of_data_are_left_alone() {
        const fs::path root = std::getenv("ISOLOSS_REAL_DATA");
        const auto models = import_paths(*project_, {root / "models"});
        QVERIFY(models);
        QCOMPARE(models->points, std::int64_t(0)); // vocabularies, configs and indices of models
        const auto report = import_paths(*project_, {root / "tasks", root / "suites/gadre_scaling/eval_metadata.csv"});
        QVERIFY(report);
        QCOMPARE(report->runs, std::int64_t(0));
        QVERIFY(std::any_of(report->notes.begin(), report->notes.end(), [](const std::string& note) {
            return note.find("eval_metadata.csv needs a mapping") != std::string::npos;
        }));
    }
};

QTEST_APPLESS_MAIN(TablesRealDataTest)
#include "tst_tables_realdata.moc"
