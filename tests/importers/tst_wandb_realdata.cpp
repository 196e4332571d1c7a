#include "tests/support/python_reader.h"
#include "tests/support/wandb_fixture.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <bit>
#include <cmath>
#include <cstdlib>

using namespace isoloss;
using namespace isoloss::test;

namespace fs = std::filesystem;

// Every W&B log of the real data against an independent reader (oracle/wandb.py), run on the same files.
class WandbRealDataTest : public QObject {
    Q_OBJECT

    WandbFixture wandb_;
    QList<QJsonObject> expected_;

    static fs::path logs() { return fs::path(std::getenv("ISOLOSS_REAL_DATA")) / "formats" / "wandb"; }

    static bool same_bits(double value, const QJsonValue& text) {
        return std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(text.toString().toDouble());
    }

    void compare_series(const QString& run, const QJsonObject& expected) {
        auto reader = wandb_.project().reader();
        const auto all = value_of(reader->series(wandb_.run(run.toStdString()).id));
        QCOMPARE(wandb_.series(run.toStdString()), expected.keys());
        for (const SeriesRecord& series : all) {
            const QJsonObject wanted = expected[QString::fromStdString(series.name)].toObject();
            const auto attempts = value_of(reader->points(series.id));
            QCOMPARE(attempts.size(), std::size_t(1));
            const PointColumns& points = attempts.front().points;
            QCOMPARE(points.size(), std::size_t(wanted["points"].toInt()));
            QCOMPARE(points.steps.front(), std::int64_t(wanted["steps"].toArray().at(0).toInteger()));
            QCOMPARE(points.steps.back(), std::int64_t(wanted["steps"].toArray().at(1).toInteger()));
            std::int64_t sum = 0;
            double sum_of_values = 0;
            for (std::size_t i = 0; i < points.size(); ++i) {
                sum += points.steps[i];
                sum_of_values += points.value(i);
            }
            QVERIFY2(same_bits(sum_of_values, wanted["sum_of_values"]), series.name.c_str());
            QCOMPARE(sum, std::int64_t(wanted["sum_of_steps"].toInteger()));
            QVERIFY2(same_bits(points.value(0), wanted["values"].toArray().at(0)), series.name.c_str());
            QVERIFY2(same_bits(points.value(points.size() - 1), wanted["values"].toArray().at(1)), series.name.c_str());
        }
    }

private Q_SLOTS:

    void initTestCase() {
        if (std::getenv("ISOLOSS_REAL_DATA") == nullptr)
            QSKIP("ISOLOSS_REAL_DATA does not name the folder with the real files");
        if (!test::has_python()) QSKIP("python3, which reads the same files for comparison, is missing");
        for (const QByteArray& line : test::python_output("wandb.py", logs()).split('\n'))
            if (!line.isEmpty()) expected_ << QJsonDocument::fromJson(line).object();
        QVERIFY(expected_.size() >= 20);
    }

    void every_log_is_as_python_reads_it() {
        const ImportReport report = wandb_.import(logs());
        QCOMPARE(report.files, std::int64_t(expected_.size()));
        QCOMPARE(report.runs, std::int64_t(expected_.size()));
        QCOMPARE(report.skipped.size(), std::size_t(0));
        std::int64_t points = 0, values = 0;
        for (const QJsonObject& log : expected_) {
            const QString name = log["name"].toString();
            const RunRecord run = wandb_.run(name.toStdString());
            compare_series(name, log["series"].toObject());
            if (QTest::currentTestFailed()) qFatal("%s differs", qPrintable(log["path"].toString()));
            for (const QJsonValue& series : log["series"].toObject())
                points += series["points"].toInteger();
            const QJsonValue exit = log["exit"];
            QVERIFY2(run.status == (exit.isNull()       ? RunStatus::crashed
                                    : exit.toInt() == 0 ? RunStatus::finished
                                                        : RunStatus::crashed),
                     qPrintable(name));
            if (!log["started"].isNull()) QCOMPARE(*run.started_at, log["started"].toString().toDouble());
            const auto config = value_of(parse_json(run.config, "config"));
            QStringList keys;
            for (const auto& member : config.GetObject())
                if (json_view(member.name) != "_wandb") keys << member.name.GetString();
            keys.sort();
            QCOMPARE(keys, log["config"].toVariant().toStringList());
            const QJsonObject summary = log["summary"].toObject();
            values += summary.size();
            for (const QString& key : summary.keys()) {
                const QString number = QString::number(summary[key].toString().toDouble(), 'g', 12);
                QVERIFY2(wandb_.values().contains(name + "@last " + key + "=" + number), qPrintable(name + " " + key));
            }
        }
        QCOMPARE(report.points, points);
        QCOMPARE(report.values, values);
    }

    void a_second_import_adds_nothing() {
        const ImportReport again = wandb_.import(logs());
        QCOMPARE(again.points + again.runs + again.series + again.values + again.checkpoints, std::int64_t(0));
    }
};

QTEST_APPLESS_MAIN(WandbRealDataTest)
#include "tst_wandb_realdata.moc"
