#include "tests/support/project_fixture.h"

#include <atomic>
#include <csignal>
#include <sqlite3.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::test;

namespace {

Expected<SeriesId> make_series(WriteSession& session) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"event_folder", "a"}, "a"));
    return session.ensure_series(run, "loss");
}

std::int64_t stored_points(const ProjectFixture& fixture) {
    std::int64_t count = 0;
    const auto reader = fixture.reader();
    for (const SeriesRecord& series : value_of(reader->series()))
        for (const auto& attempt : value_of(reader->points(series.id)))
            count += static_cast<std::int64_t>(attempt.points.size());
    return count;
}

} // namespace

/// Transactions, their durability, and what listeners hear.
class WriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void a_task_that_fails_leaves_nothing_data() {
        QTest::addColumn<bool>("throws");
        QTest::newRow("error") << false;
        QTest::newRow("exception") << true;
    }

    void a_task_that_fails_leaves_nothing() {
        QFETCH(bool, throws);
        ProjectFixture fixture;
        const auto result = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(make_series(session));
            if (throws) throw std::runtime_error("thrown");
            return fail(ErrorKind::usage, "failed");
        });
        QVERIFY(!result);
        QCOMPARE(result.error().kind, throws ? ErrorKind::internal : ErrorKind::usage);
        QVERIFY(value_of(fixture.reader()->runs()).empty());
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(make_series(session));
            return {};
        }));
    }

    void a_task_that_waits_for_another_is_refused() {
        ProjectFixture fixture;
        Expected<void> inner;
        REQUIRE_OK(fixture.writer().run([&](WriteSession&) -> Expected<void> {
            inner = fixture.writer().run([](WriteSession&) -> Expected<void> { return {}; });
            return {};
        }));
        QVERIFY(!inner);
    }

    void listeners_hear_what_changed() {
        ProjectFixture fixture;
        std::vector<ChangeSet> heard;
        const int handle = fixture.writer().subscribe([&](const ChangeSet& changes) { heard.push_back(changes); });
        SeriesId series;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(series, make_series(session));
            return session.append_points(series, 1, counted_points({1, 2}));
        }));
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"event_folder", "a"}, "a"));
            ISOLOSS_TRY_VOID(session.ensure_checkpoint(run, 1, 5));
            return {};
        }));
        REQUIRE_OK(fixture.writer().run([](WriteSession&) -> Expected<void> { return {}; }));
        QVERIFY(!fixture.writer().run([](WriteSession& session) { return session.rename_run(RunId(9), "x"); }));
        QCOMPARE(heard.size(), std::size_t{2}); // nothing of empty or failed tasks
        QVERIFY(heard[0].runs && !heard[0].checkpoints);
        QCOMPARE(heard[0].series, std::vector<SeriesId>{series});
        QVERIFY(heard[1].checkpoints && !heard[1].runs && heard[1].series.empty());
        fixture.writer().unsubscribe(handle);
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.ensure_run({"event_folder", "b"}, "b"));
            return {};
        }));
        QCOMPARE(heard.size(), std::size_t{2});
    }

    void waiting_counts_tasks_that_have_not_begun() {
        ProjectFixture fixture;
        std::atomic<bool> begun{false}, go{false};
        auto first = fixture.writer().submit([&](WriteSession&) -> Expected<void> {
            begun = true;
            while (!go)
                std::this_thread::yield();
            return {};
        });
        QTRY_VERIFY(begun.load());
        auto second = fixture.writer().submit([](WriteSession&) -> Expected<void> { return {}; });
        QCOMPARE(fixture.writer().waiting(), std::size_t{1});
        go = true;
        QVERIFY(first.get() && second.get());
        QCOMPARE(fixture.writer().waiting(), std::size_t{0});
    }

    void closing_drains_the_queue() {
        ProjectFixture fixture;
        for (int i = 0; i < 50; ++i)
            fixture.writer().submit([i](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY_VOID(session.ensure_run({"k", std::to_string(i)}, "r"));
                return {};
            });
        fixture.close();
        fixture.open();
        QCOMPARE(value_of(fixture.reader()->runs()).size(), std::size_t{50});
    }

    void attempts_are_kept_apart() {
        ProjectFixture fixture;
        SeriesId series;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(series, make_series(session));
            ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points({1, 2, 3}, 10)));
            ISOLOSS_TRY_VOID(session.append_points(series, 2, counted_points({7, 8}, 11)));
            return session.append_points(series, 1, counted_points({4}, 13));
        }));
        const auto reader = fixture.reader();
        const auto attempts = value_of(reader->points(series));
        QCOMPARE(attempts.size(), std::size_t{2});
        QCOMPARE(std::get<0>(attempts[0].points.values), (std::vector<float>{1, 2, 3, 4}));
        QCOMPARE(std::get<0>(attempts[1].points.values), (std::vector<float>{7, 8}));
        QCOMPARE(value_of(reader->runs()).at(0).attempts, 2);
        QCOMPARE(value_of(reader->series()).at(0).attempts, 2);
    }

    // Many small appends give the same chunks, and the same pyramid, as one large one.
    void small_appends_equal_one_large() {
        std::vector<float> values;
        for (int i = 0; i < 9000; ++i)
            values.push_back(static_cast<float>((i * 7919) % 1000));
        ProjectFixture small, large;
        SeriesId series;
        std::size_t sizes[] = {1, 7, 250, 4096, 33, 1000};
        for (std::size_t done = 0, turn = 0; done < values.size(); ++turn) {
            const std::size_t count = std::min(sizes[turn % std::size(sizes)], values.size() - done);
            const std::vector<float> part(values.begin() + static_cast<std::ptrdiff_t>(done),
                                          values.begin() + static_cast<std::ptrdiff_t>(done + count));
            REQUIRE_OK(small.writer().run([&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(series, make_series(session));
                return session.append_points(series, 1, counted_points(part, static_cast<std::int64_t>(done)));
            }));
            done += count;
        }
        REQUIRE_OK(large.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(series, make_series(session));
            return session.append_points(series, 1, counted_points(values));
        }));
        const char* all = "SELECT c.ordinal, c.count, c.min, c.max, c.first, c.last, c.payload, p.levels FROM chunk c "
                          "LEFT JOIN chunk_pyramid p ON p.chunk_id = c.id ORDER BY c.ordinal";
        QCOMPARE(value_of(small.reader()->sql(all)).rows, value_of(large.reader()->sql(all)).rows);
        QVERIFY(value_of(small.reader()->check_integrity()).empty());
    }

    // BAD_INPUTS row 79.
    void a_damaged_chunk_is_skipped_and_named() {
        ProjectFixture fixture;
        SeriesId series;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(series, make_series(session));
            return session.append_points(series, 1, counted_points(std::vector<float>(4100, 2.0f)));
        }));
        fixture.close();
        damage(fixture.path());
        fixture.open();
        std::vector<std::string> damaged;
        const auto points = value_of(fixture.reader()->points(series, {}, {}, &damaged));
        QCOMPARE(damaged.size(), std::size_t{1});
        QVERIFY(damaged[0].find("4096 to 4099") != std::string::npos);
        QCOMPARE(points.at(0).points.size(), std::size_t{4096});
        QCOMPARE(value_of(fixture.reader()->check_integrity()).size(), std::size_t{1});
        // New points begin a chunk of their own.
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            return session.append_points(series, 1, counted_points({5, 6}, 4100));
        }));
        const auto after = value_of(fixture.reader()->points(series));
        QCOMPARE(after.at(0).points.size(), std::size_t{4098});
        QVERIFY(value_of(fixture.reader()->chunks(series)).at(1).bad);
    }

    void every_acknowledged_point_survives_a_kill_data() {
        QTest::addColumn<int>("milliseconds");
        for (const int milliseconds : {5, 20, 60, 120})
            QTest::addRow("after %d ms", milliseconds) << milliseconds;
    }

    void every_acknowledged_point_survives_a_kill() {
        QFETCH(int, milliseconds);
        ProjectFixture fixture;
        fixture.close();
        int acknowledged[2];
        QCOMPARE(::pipe(acknowledged), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            fixture.open();
            for (std::int64_t step = 0;; ++step) {
                const auto written = fixture.writer().run(
                    [&](WriteSession& session) -> Expected<void> {
                        ISOLOSS_TRY(const auto series, make_series(session));
                        return session.append_points(series, 1, counted_points({1.0f}, step));
                    },
                    Durability::bulk);
                if (!written || ::write(acknowledged[1], &step, sizeof step) != sizeof step) ::_exit(1);
            }
        }
        ::close(acknowledged[1]);
        std::int64_t step = -1, count = 0;
        QCOMPARE(::read(acknowledged[0], &step, sizeof step), static_cast<ssize_t>(sizeof step));
        count = step + 1;
        ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
        QCOMPARE(::kill(child, SIGKILL), 0);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        while (::read(acknowledged[0], &step, sizeof step) == static_cast<ssize_t>(sizeof step))
            count = step + 1;
        ::close(acknowledged[0]);
        fixture.open();
        const std::int64_t stored = stored_points(fixture);
        QVERIFY2(stored == count || stored == count + 1,
                 qPrintable(QString("%1 stored of %2 acknowledged").arg(stored).arg(count)));
        QVERIFY(value_of(fixture.reader()->check_integrity()).empty());
    }

    // A limit on the size of files stands for a full disk; in a child, because it holds for the whole process.
    void a_full_disk_is_an_error_and_loses_nothing() {
        ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto series, make_series(session));
            return session.append_points(series, 1, counted_points({1, 2, 3}));
        }));
        fixture.close();
        const pid_t child = ::fork();
        if (child == 0) {
            fixture.open();
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{1 << 20, 1 << 20};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto series, make_series(session));
                std::vector<float> values(1'000'000);
                for (std::size_t i = 0; i < values.size(); ++i)
                    values[i] = static_cast<float>(i * 2654435761u % 1000003);
                return session.append_points(series, 1, counted_points(values, 3));
            });
            const bool refused = !written && written.error().kind == ErrorKind::io;
            ::_exit(refused && stored_points(fixture) == 3 ? 0 : 1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
        fixture.open();
        QCOMPARE(stored_points(fixture), std::int64_t{3});
    }

private:
    /// Flips a byte in the last chunk, through plain SQLite.
    static void damage(const std::filesystem::path& path);
};

void WriterTest::damage(const std::filesystem::path& path) {
    sqlite3* database = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    QCOMPARE(
        sqlite3_exec(database,
                     "UPDATE chunk SET payload = CAST(substr(payload, 1, 30) || x'ff' || substr(payload, 32) AS BLOB) "
                     "WHERE ordinal = 1",
                     nullptr, nullptr, nullptr),
        SQLITE_OK);
    sqlite3_close(database);
}

QTEST_GUILESS_MAIN(WriterTest)
#include "tst_writer.moc"
