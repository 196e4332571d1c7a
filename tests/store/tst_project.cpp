#include "tests/support/project_fixture.h"

#include <cstring>

using namespace isoloss;
using namespace isoloss::test;

class ProjectTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void points_survive_a_reopening() {
        ProjectFixture fixture;
        SeriesId series;
        std::vector<float> values(10000);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i) * 0.5f;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"event_folder", "a"}, "a"));
            ISOLOSS_TRY(series, session.ensure_series(run, "loss"));
            return session.append_points(series, 1, counted_points(values));
        }));
        fixture.close();
        fixture.open();
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto last, session.last_step(series, 1));
            if (last != 9999) return fail(ErrorKind::internal, "the last step is wrong");
            return session.append_points(series, 1, counted_points({1, 2, 3}, 10000));
        }));
        values.insert(values.end(), {1, 2, 3});
        const auto reader = fixture.reader();
        const auto attempts = value_of(reader->points(series));
        QCOMPARE(attempts.size(), std::size_t{1});
        QCOMPARE(std::get<0>(attempts[0].points.values), values);
        QCOMPARE(attempts[0].points.steps.back(), std::int64_t{10002});
        QCOMPARE(value_of(reader->chunks(series)).size(), std::size_t{3});
        const auto record = value_of(reader->series()).at(0);
        QCOMPARE(record.points, std::int64_t{10003});
        QCOMPARE(record.last, 3.0);
        QCOMPARE(record.max, 4999.5);
        QCOMPARE(record.last_step, std::int64_t{10002});
        QCOMPARE(value_of(reader->runs()).at(0).attempts, 1);
    }

    void decreasing_steps_are_refused() {
        ProjectFixture fixture;
        const auto result = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"event_folder", "a"}, "a"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points({1, 2, 3}, 5)));
            return session.append_points(series, 1, counted_points({1}, 4));
        });
        QVERIFY(!result);
        QVERIFY(value_of(fixture.reader()->runs()).empty()); // rolled back as a whole
    }
};

QTEST_GUILESS_MAIN(ProjectTest)
#include "tst_project.moc"
