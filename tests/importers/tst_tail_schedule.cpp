#include "engine/importers/tail/run_pulse.h"
#include "engine/importers/tail/tail_schedule.h"

#include <QTest>

using namespace isoloss;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

/// When a live tail reads what, and what it thinks of silent runs: with times that the test gives.
class TailScheduleTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // When a path is read again.

    void the_first_change_is_read_at_once_and_a_stream_at_intervals() {
        TailSchedule schedule;
        TailSchedule::Time now{};
        const fs::path file = "/a/events";
        schedule.changed(file, now);
        QVERIFY(schedule.take_due(now).empty()); // the rest of the write is gathered
        now += TailSchedule::gathering;
        QCOMPARE(schedule.take_due(now).size(), std::size_t(1));
        QCOMPARE(schedule.settle(file, TailSchedule::Outcome::taken, now), 0);
        QVERIFY(!schedule.next());
        int reads = 0;
        for (int ms = 0; ms < 1000; ++ms) { // a change every millisecond
            now += 1ms;
            schedule.changed(file, now);
            for (const auto& path : schedule.take_due(now)) {
                schedule.settle(path, TailSchedule::Outcome::taken, now);
                ++reads;
            }
        }
        QCOMPARE(reads, 10);
    }

    void failures_are_retried_more_and_more_seldom() {
        TailSchedule schedule;
        TailSchedule::Time now{};
        const fs::path file = "/a/events";
        schedule.changed(file, now);
        std::vector<std::int64_t> waits;
        for (;;) {
            const auto next = schedule.next();
            if (!next) break;
            waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(*next - now).count());
            now = *next;
            QCOMPARE(schedule.take_due(now).size(), std::size_t(1));
            schedule.settle(file, TailSchedule::Outcome::failed, now);
        }
        QCOMPARE(waits, (std::vector<std::int64_t>{10, 500, 1000, 2000, 4000, 8000, 16000, 32000, 60000}));
        // A change is worth a look, but not at once.
        schedule.changed(file, now);
        QVERIFY(*schedule.next() == now + TailSchedule::patience);
        now = *schedule.next();
        schedule.take_due(now);
        QCOMPARE(schedule.settle(file, TailSchedule::Outcome::taken, now), 0);
        QVERIFY(!schedule.next());
    }

    void what_is_nothing_is_left_alone_until_it_changes() {
        TailSchedule schedule;
        TailSchedule::Time now{};
        schedule.changed("/a/train.log", now);
        schedule.changed("/a/b/notes", now);
        now += 1s;
        QCOMPARE(schedule.take_due(now).size(), std::size_t(2));
        schedule.settle("/a/train.log", TailSchedule::Outcome::nothing, now);
        QVERIFY(!schedule.next());
        schedule.changed("/a/train.log", now);
        QVERIFY(*schedule.next() == now + TailSchedule::first_retry);
        schedule.forget("/a");
        QVERIFY(!schedule.next());
    }

    void what_is_slow_to_read_is_read_seldom() {
        TailSchedule schedule;
        TailSchedule::Time now{};
        schedule.changed("/a", now);
        now += 1s;
        schedule.take_due(now);
        schedule.settle("/a", TailSchedule::Outcome::taken, now, 500ms);
        schedule.changed("/a", now);
        QVERIFY(*schedule.next() == now + 2s);
    }

    void quiet_is_waited_for() {
        TailSchedule schedule;
        TailSchedule::Time now{};
        schedule.changed("/a", now, 1s);
        now += 900ms;
        schedule.changed("/a", now, 1s);
        now += 900ms;
        QVERIFY(schedule.take_due(now).empty());
        now += 100ms;
        QCOMPARE(schedule.take_due(now).size(), std::size_t(1));
    }

    // Whether a run is running.

    void silence_is_judged_data() {
        QTest::addColumn<double>("interval");
        QTest::addColumn<double>("silence");
        QTest::addColumn<bool>("crashed");
        QTest::newRow("every second, 10 minutes") << 1.0 << 600.0 << false;
        QTest::newRow("every second, longer") << 1.0 << 601.0 << true;
        QTest::newRow("every minute, 20 minutes") << 60.0 << 1200.0 << false;
        QTest::newRow("every minute, longer") << 60.0 << 1201.0 << true;
        QTest::newRow("every hour, 20 hours") << 3600.0 << 72000.0 << false;
        QTest::newRow("every hour, longer") << 3600.0 << 72001.0 << true;
    }

    void silence_is_judged() {
        QFETCH(double, interval);
        QFETCH(double, silence);
        QFETCH(bool, crashed);
        const RunId run(1);
        double now = 1.7e9;
        RunPulse pulse;
        pulse.begin(run, {RunStatus::unknown, {}, now, interval}, now);
        for (int i = 0; i < 40; ++i) {
            now += interval;
            pulse.wrote(run, now, now, RunStatus::unknown);
        }
        const auto begun = pulse.take_verdicts(now);
        QCOMPARE(begun.size(), std::size_t(1));
        QCOMPARE(begun.at(0).status, RunStatus::running);
        const auto verdicts = pulse.take_verdicts(now + silence);
        QCOMPARE(!verdicts.empty(), crashed);
        if (!crashed) return;
        QCOMPARE(verdicts.at(0).status, RunStatus::presumed_crashed);
        QVERIFY(verdicts.at(0).note.starts_with("nothing new since 2023-1"));
        QVERIFY(!pulse.next());
        // It comes back to life.
        pulse.wrote(run, now + silence + 1, now + silence + 1, RunStatus::unknown);
        QCOMPARE(pulse.take_verdicts(now + silence + 1).at(0).status, RunStatus::running);
    }

    void a_watched_run_begins_as_its_files_say_data() {
        QTest::addColumn<RunStatus>("stored");
        QTest::addColumn<double>("age");
        QTest::addColumn<QString>("verdict");
        QTest::newRow("young, no end logged") << RunStatus::unknown << 5.0 << "running";
        QTest::newRow("old, no end logged") << RunStatus::unknown << 1e6 << "none";
        QTest::newRow("was running and is silent") << RunStatus::running << 1e6 << "presumed crashed";
        QTest::newRow("was presumed crashed and writes") << RunStatus::presumed_crashed << 5.0 << "running";
        QTest::newRow("still presumed crashed") << RunStatus::presumed_crashed << 1e6 << "none";
        QTest::newRow("finished just now") << RunStatus::finished << 5.0 << "none";
        QTest::newRow("crashed just now") << RunStatus::crashed << 5.0 << "none";
    }

    void a_watched_run_begins_as_its_files_say() {
        QFETCH(RunStatus, stored);
        QFETCH(double, age);
        QFETCH(QString, verdict);
        RunPulse pulse;
        pulse.begin(RunId(1), {stored, {}, 1.7e9 - age, std::nullopt}, 1.7e9);
        const auto verdicts = pulse.take_verdicts(1.7e9);
        QCOMPARE(verdicts.empty() ? "none" : QString::fromUtf8(run_status_name(verdicts.at(0).status).data()), verdict);
    }

    void an_end_stands_until_more_is_written() {
        RunPulse pulse;
        const RunId run(1);
        pulse.wrote(run, 1000, 1000, RunStatus::unknown);
        QCOMPARE(pulse.take_verdicts(1000).at(0).status, RunStatus::running);
        pulse.wrote(run, 1010, 1010, RunStatus::finished);
        QVERIFY(pulse.take_verdicts(1e6).empty());
        pulse.wrote(run, 1e6, 1e6, RunStatus::unknown);
        QCOMPARE(pulse.take_verdicts(1e6).at(0).status, RunStatus::running);
    }

    void old_points_are_no_life_sign() {
        RunPulse pulse;
        pulse.wrote(RunId(1), 1.7e9, 1.6e9, RunStatus::unknown);
        QVERIFY(pulse.take_verdicts(1.7e9).empty());
        // A source that says "running" and has been silent for years.
        pulse.wrote(RunId(2), 1.7e9, 1.6e9, RunStatus::running);
        QCOMPARE(pulse.take_verdicts(1.7e9).at(0).status, RunStatus::presumed_crashed);
    }
};

QTEST_APPLESS_MAIN(TailScheduleTest)
#include "tst_tail_schedule.moc"
