#include "engine/importers/import.h"
#include "engine/series/series_cache.h"
#include "engine/store/project.h"
#include "tests/support/project_fixture.h"

#include <QFile>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

using Points = std::vector<std::pair<double, float>>;

Points sorted(Points points) {
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    return points;
}

// The points of a view at full detail; where x turns one is there twice.
Points drawn(const SeriesView& view) {
    Points points;
    for (const CurveStretch& stretch : view.stretches)
        for (std::size_t i = 0; i < stretch.size(); ++i)
            points.emplace_back(stretch.x_first[i], stretch.last[i]);
    return sorted(std::move(points));
}

SeriesRequest in_full(SeriesId series, CurveX x, const std::string& name = {}) {
    SeriesRequest request;
    request.series = series;
    request.x = x;
    request.x_series = name;
    request.attempts = AttemptRule::all;
    request.pixel_width = 100'000'000;
    return request;
}

} // namespace

class SeriesRealDataTest : public QObject {
    Q_OBJECT

    std::optional<ProjectFixture> ladder_;

    static QString data() { return qEnvironmentVariable("ISOLOSS_REAL_DATA"); }

    static void import_into(ProjectFixture& fixture, const QString& folder) {
        REQUIRE_OK(import_paths(fixture.project(), {(data() + folder).toStdString()}, {}));
    }

private Q_SLOTS:

    void initTestCase() {
        if (data().isEmpty()) QSKIP("ISOLOSS_REAL_DATA does not name the folder of real files");
    }

    void ladder_data() {
        QTest::addColumn<int>("x");
        QTest::addColumn<QString>("column");
        QTest::addColumn<double>("factor");
        QTest::newRow("tokens") << static_cast<int>(CurveX::tokens) << "throughput/total_tokens" << 1.0;
        QTest::newRow("FLOPs") << static_cast<int>(CurveX::flops) << "throughput/total_training_Gflops" << 1e9;
        QTest::newRow("learning rate") << static_cast<int>(CurveX::series) << "optim/learning_rate_group0" << 1.0;
    }

    /// Loss over what the OLMo ladder logged beside it, against the columns of its files.
    void ladder() {
        QFETCH(int, x);
        QFETCH(QString, column);
        QFETCH(double, factor);
        const QString metric = QStringLiteral("eval/c4_en-validation/CrossEntropyLoss");
        if (!ladder_) {
            ladder_.emplace();
            import_into(*ladder_, QStringLiteral("/suites/olmo_ladder/peteish-final-new"));
        }
        const auto reader = ladder_->reader();
        SeriesCache cache;
        int compared = 0;
        const auto all_runs = value_of(reader->runs());
        for (const RunRecord& run : all_runs) {
            QFile file(data() + "/suites/olmo_ladder/peteish-final-new/" + QString::fromStdString(run.name) + ".csv");
            QVERIFY2(file.open(QIODevice::ReadOnly | QIODevice::Text), qPrintable(file.fileName()));
            const QStringList header = QString::fromUtf8(file.readLine()).trimmed().split(',');
            const auto x_column = header.indexOf(column), y_column = header.indexOf(metric);
            const auto series = value_of(reader->series(run.id));
            const auto loss = std::find_if(series.begin(), series.end(), [&](const SeriesRecord& record) {
                return record.name == metric.toStdString();
            });
            if (x_column < 0 || y_column < 0 || loss == series.end()) continue;
            Points expected;
            while (!file.atEnd()) {
                const QStringList cells = QString::fromUtf8(file.readLine()).trimmed().split(',');
                bool has_x = false, has_y = false;
                const double at = cells.at(x_column).toDouble(&has_x), y = cells.at(y_column).toDouble(&has_y);
                if (has_x && has_y) expected.emplace_back(factor * at, static_cast<float>(y));
            }
            const auto view =
                value_of(cache.view(*reader, in_full(loss->id, static_cast<CurveX>(x), column.toStdString())));
            QVERIFY2(view->x.missing.empty(), view->x.missing.c_str());
            QCOMPARE(drawn(*view), sorted(std::move(expected)));
            ++compared;
        }
        QVERIFY(compared >= 10);
    }

    void pairs_data() {
        QTest::addColumn<QString>("folder");
        QTest::newRow("event files") << "/formats/tensorboard";
        QTest::newRow("offline runs") << "/formats/wandb";
    }

    /// Every series of real runs over another one: the points that both have are there, and every other lies between
    /// the logged x beside it.
    void pairs() {
        QFETCH(QString, folder);
        ProjectFixture fixture;
        import_into(fixture, folder);
        const auto reader = fixture.reader();
        SeriesCache cache;
        std::size_t at_logged_steps = 0;
        const auto all_runs = value_of(reader->runs());
        for (const RunRecord& run : all_runs) {
            auto series = value_of(reader->series(run.id));
            std::erase_if(series, [](const SeriesRecord& record) { return record.points > 20000; });
            for (std::size_t i = 0; i < series.size(); ++i) {
                const SeriesRecord& x = series[(i + 1) % series.size()];
                std::map<std::pair<int, std::int64_t>, double> logged;
                const auto x_attempts = value_of(reader->points(x.id));
                for (const PointsOfAttempt& of : x_attempts)
                    for (std::size_t k = 0; k < of.points.size(); ++k)
                        if (std::isfinite(of.points.value(k)))
                            logged[{of.attempt, of.points.steps[k]}] = of.points.value(k);
                const auto view = value_of(cache.view(*reader, in_full(series[i].id, CurveX::series, x.name)));
                QVERIFY(!view->by_column);
                const Points found = drawn(*view);
                std::size_t expected = 0;
                const auto y_attempts = value_of(reader->points(series[i].id));
                for (const PointsOfAttempt& of : y_attempts)
                    for (std::size_t k = 0; k < of.points.size(); ++k) {
                        if (!std::isfinite(of.points.value(k))) continue;
                        const auto at = logged.find({of.attempt, of.points.steps[k]});
                        if (at == logged.end()) continue;
                        ++expected;
                        const std::pair point(at->second, static_cast<float>(of.points.value(k)));
                        QVERIFY(std::binary_search(found.begin(), found.end(), point));
                    }
                at_logged_steps += expected;
                // Nothing lies beyond what was logged.
                for (const auto& [at, y] : found)
                    QVERIFY(at >= x.min && at <= x.max);
            }
        }
        QVERIFY(at_logged_steps > 100);
    }
};

QTEST_APPLESS_MAIN(SeriesRealDataTest)
#include "tst_series_realdata.moc"
