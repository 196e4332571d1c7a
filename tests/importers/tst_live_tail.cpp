#include "engine/importers/folder_watch.h"
#include "engine/importers/live_tail.h"
#include "engine/importers/polled_tree.h"
#include "engine/importers/run_pulse.h"
#include "engine/importers/tail_schedule.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/project_fixture.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace isoloss;
using namespace isoloss::support;
using namespace isoloss::test;

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// Time that passes when the test says so.
class FakeClock final : public TailClock {
public:
    std::chrono::steady_clock::time_point now() const override {
        return std::chrono::steady_clock::time_point(std::chrono::milliseconds(time_));
    }

    double utc() const override { return 1.7e9 + 1e-3 * static_cast<double>(time_); }

    void advance(std::chrono::milliseconds time) { time_ += time.count(); }

private:
    std::atomic<std::int64_t> time_ = 1'000'000;
};

/// Events that the test makes up. The tail gets them in wait(); between two of its turns it waits here.
class FakeWatch final : public FolderWatch {
public:
    explicit FakeWatch(std::shared_ptr<FakeClock> clock) : clock_(std::move(clock)) {}

    Expected<void> add(const fs::path& place) override {
        const std::lock_guard lock(mutex_);
        if (!fs::exists(place)) return fail({ErrorKind::not_found, place.string(), {}, "does not exist", {}});
        ++added_;
        return {};
    }

    void remove(const fs::path&) override {}

    std::vector<FolderEvent> wait(std::chrono::milliseconds most) override {
        std::unique_lock lock(mutex_);
        patience_ = most;
        waits_ = true;
        if (std::exchange(in_turn_, false)) ++turns_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return woken_ || go_; });
        in_turn_ = go_;
        woken_ = go_ = false;
        return std::exchange(events_, {});
    }

    void wake() override {
        const std::lock_guard lock(mutex_);
        woken_ = true;
        changed_.notify_all();
    }

    std::string polled_because(const fs::path&) const override { return {}; }

    // For the test.

    /// Lets the tail turn with these events after so much time, until it waits again. Answers how long it would wait.
    std::chrono::milliseconds turn(std::vector<FolderEvent> events = {}, std::chrono::milliseconds after = 0ms) {
        settle();
        clock_->advance(after);
        std::unique_lock lock(mutex_);
        events_ = std::move(events);
        go_ = true;
        const int before = turns_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return turns_ > before; });
        return patience_;
    }

    /// Waits until the tail waits and has nothing left to obey.
    void settle() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waits_ && !woken_; });
    }

    int added() {
        const std::lock_guard lock(mutex_);
        return added_;
    }

private:
    std::shared_ptr<FakeClock> clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<FolderEvent> events_;
    std::chrono::milliseconds patience_{};
    int turns_ = 0, added_ = 0;
    bool waits_ = false, woken_ = false, go_ = false, in_turn_ = false;
};

FolderEvent changed(const fs::path& path) {
    return {FolderEvent::Kind::changed, path};
}

FolderEvent gone(const fs::path& path) {
    return {FolderEvent::Kind::gone, path};
}

QString status_of(Reader& reader, const std::string& name) {
    for (const RunRecord& run : value_of(reader.runs()))
        if (run.name == name)
            return QString::fromStdString(std::string(run_status_name(run.status)) +
                                          (run.status_note.empty() ? "" : ": " + run.status_note));
    return "no such run";
}

/// A tail over a project with made-up events and time.
struct Tail {
    ProjectFixture project;
    fs::path root = project.folder() / "data";
    std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
    FakeWatch* watch = nullptr;
    std::mutex mutex;
    std::vector<ImportReport> news;
    std::unique_ptr<LiveTail> tail;

    Tail() {
        fs::create_directories(root);
        root = fs::canonical(root);
        start();
    }

    ~Tail() { tail.reset(); }

    void start() {
        TailOptions options;
        auto fake = std::make_unique<FakeWatch>(clock);
        watch = fake.get();
        options.watch = std::move(fake);
        options.clock = clock;
        options.on_news = [this](const ImportReport& report) {
            const std::lock_guard lock(mutex);
            news.push_back(report);
        };
        tail = std::make_unique<LiveTail>(project.project(), std::move(options));
        watch->settle();
    }

    void add(const fs::path& place, LiveTail::Keep keep = LiveTail::Keep::in_project) {
        tail->watch(place, keep);
        watch->turn();
    }

    fs::path file(const std::string& run) const { return root / run / "events.out.tfevents.1"; }

    void log(const std::string& run, std::int64_t step, float value) const {
        put_file(file(run), scalar_frame("loss", step, value, clock->utc()), true);
    }

    std::int64_t points() const {
        std::int64_t count = 0;
        for (const RunRecord& run : value_of(project.reader()->runs()))
            count += run.point_count;
        return count;
    }

    QString status(const std::string& run) const { return status_of(*project.reader(), run); }

    std::vector<ImportReport> take_news() {
        const std::lock_guard lock(mutex);
        return std::exchange(news, {});
    }
};

} // namespace

class LiveTailTest : public QObject {
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

    // The tail as a whole.

    void growth_is_read_from_where_it_stopped() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.log("b", 1, 4);
        tail.add(tail.root);
        QCOMPARE(tail.points(), std::int64_t(2));
        QCOMPARE(tail.status("a"), QString("running"));
        tail.take_news();
        tail.log("a", 2, 3);
        tail.log("a", 3, 2);
        const auto wait = tail.watch->turn({changed(tail.file("a")), changed(tail.file("a"))});
        QCOMPARE(wait.count(), std::int64_t(TailSchedule::gathering.count()));
        QCOMPARE(tail.points(), std::int64_t(2));
        tail.watch->turn({}, wait);
        QCOMPARE(tail.points(), std::int64_t(4));
        const auto news = tail.take_news();
        QCOMPARE(news.size(), std::size_t(1));
        QCOMPARE(news.at(0).points, std::int64_t(2));
        QCOMPARE(news.at(0).news.at(0).name, std::string("a"));
        QCOMPARE(news.at(0).news.at(0).last_step, std::optional<std::int64_t>(3));
        // All of it is one import with one report.
        tail.tail.reset();
        const auto rows = value_of(tail.project.reader()->sql("SELECT report FROM import")).rows;
        QCOMPARE(rows.size(), std::size_t(1));
        QVERIFY(QString::fromStdString(*rows.at(0).at(0)).contains("\"points\":4"));
    }

    // BAD_INPUTS.md rows 1 to 3: no data yet, a part of a frame, a cut payload: waited for.
    void unfinished_records_are_waited_for() {
        Tail tail;
        put_file(tail.file("a"), "");
        tail.add(tail.root);
        const std::string frame = scalar_frame("loss", 1, 4, tail.clock->utc());
        for (std::size_t size : {std::size_t(5), std::size_t(20), frame.size()}) {
            QCOMPARE(tail.points(), std::int64_t(0));
            const auto before = fs::file_size(tail.file("a"));
            put_file(tail.file("a"), frame.substr(before, size - before), true);
            tail.watch->turn({changed(tail.file("a"))});
            tail.watch->turn({}, 200ms);
        }
        QCOMPARE(tail.points(), std::int64_t(1));
        for (const ImportReport& news : tail.take_news())
            QVERIFY(news.skipped.empty());
    }

    // Row 4: what stands before the damage is kept; told once, however often it is tried.
    void damage_is_told_once() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.add(tail.root);
        tail.take_news();
        put_file(tail.file("a"), std::string(40, 'x'), true);
        std::chrono::milliseconds wait = tail.watch->turn({changed(tail.file("a"))});
        int turns = 0;
        for (; wait < 100s && turns < 100; ++turns)
            wait = tail.watch->turn({}, wait);
        QCOMPARE(turns, 1 + TailSchedule::most_retries); // and then it is left alone
        const auto news = tail.take_news();
        QCOMPARE(news.size(), std::size_t(1));
        QVERIFY(QString::fromStdString(news.at(0).skipped.at(0).reason).contains("damaged at byte"));
        QCOMPARE(tail.points(), std::int64_t(1));
    }

    // Row 22.
    void a_replaced_or_shrunk_file_is_a_new_attempt_data() {
        QTest::addColumn<bool>("renamed");
        QTest::newRow("shrunk in place") << false;
        QTest::newRow("another renamed over it") << true;
    }

    void a_replaced_or_shrunk_file_is_a_new_attempt() {
        QFETCH(bool, renamed);
        Tail tail;
        tail.log("a", 1, 4);
        tail.log("a", 2, 3);
        tail.add(tail.root);
        const std::string bytes = scalar_frame("loss", 1, 9, tail.clock->utc() + 1);
        if (renamed) {
            put_file(tail.root / "new", bytes);
            fs::rename(tail.root / "new", tail.file("a"));
            tail.watch->turn({gone(tail.file("a")), changed(tail.file("a"))});
        } else {
            put_file(tail.file("a"), bytes);
            tail.watch->turn({changed(tail.file("a"))});
        }
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.points(), std::int64_t(3));
        QCOMPARE(value_of(tail.project.reader()->runs()).at(0).attempts, 2);
        QCOMPARE(tail.status("a"), QString("running"));
    }

    void a_deleted_file_leaves_its_run_and_says_so() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.log("b", 1, 4);
        tail.add(tail.root);
        fs::remove_all(tail.root / "a");
        tail.watch->turn({gone(tail.root / "a")});
        QCOMPARE(tail.status("a"), QString("running")); // it may be back in a moment
        tail.watch->turn({}, 3s);
        QCOMPARE(tail.status("a"), QString("presumed crashed: its files are gone"));
        QCOMPARE(tail.status("b"), QString("running"));
        QCOMPARE(tail.points(), std::int64_t(2));
        tail.log("a", 2, 3);
        tail.watch->turn({changed(tail.root / "a")});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.status("a"), QString("running"));
    }

    // Row 23.
    void an_unreadable_file_is_tried_again() {
        if (::geteuid() == 0) QSKIP("root reads whatever its permissions are");
        Tail tail;
        tail.log("a", 1, 4);
        tail.add(tail.root);
        tail.log("a", 2, 3);
        ::chmod(tail.file("a").c_str(), 0);
        tail.watch->turn({changed(tail.file("a"))});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.take_news().back().skipped.size(), std::size_t(1));
        ::chmod(tail.file("a").c_str(), 0600);
        tail.watch->turn({}, 1s);
        QCOMPARE(tail.points(), std::int64_t(2));
    }

    void a_file_that_goes_before_it_is_read_holds_up_no_other() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.log("b", 1, 4);
        tail.add(tail.root);
        tail.log("b", 2, 4);
        fs::remove(tail.file("a"));
        tail.watch->turn({changed(tail.file("a")), changed(tail.file("b"))});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.points(), std::int64_t(3));
    }

    void new_folders_are_named_from_the_watched_one() {
        Tail tail;
        tail.add(tail.root);
        tail.log("group/c", 1, 4);
        tail.watch->turn({changed(tail.root / "group")});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.status("group/c"), QString("running"));
        // And a new file in a folder that is there.
        put_file(tail.root / "group" / "d" / "events.out.tfevents.9", scalar_frame("loss", 1, 4, tail.clock->utc()));
        tail.watch->turn({changed(tail.root / "group" / "d" / "events.out.tfevents.9")});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.status("group/d"), QString("running"));
    }

    void files_that_are_nothing_are_no_news() {
        Tail tail;
        tail.add(tail.root);
        put_file(tail.root / "train.log", "step 1\n");
        std::chrono::milliseconds wait = tail.watch->turn({changed(tail.root / "train.log")});
        int turns = 0;
        for (; wait < 590s && turns < 100; ++turns)
            wait = tail.watch->turn({}, wait);
        QVERIFY2(turns < 5, "a file of which nothing comes is read again and again");
        QVERIFY(tail.take_news().empty());
        const auto imports = value_of(tail.project.reader()->sql("SELECT id FROM import")).rows;
        QVERIFY(imports.empty());
    }

    void linked_runs_are_followed() {
        Tail tail;
        const fs::path elsewhere = tail.project.folder() / "elsewhere";
        put_file(elsewhere / "events.out.tfevents.1", scalar_frame("loss", 1, 4, tail.clock->utc()));
        fs::create_directory_symlink(elsewhere, tail.root / "linked");
        tail.add(tail.root);
        put_file(elsewhere / "events.out.tfevents.1", scalar_frame("loss", 2, 4, tail.clock->utc()), true);
        tail.watch->turn({changed(tail.root / "linked" / "events.out.tfevents.1")});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.points(), std::int64_t(2));
        QCOMPARE(tail.status("linked"), QString("running"));
        QCOMPARE(value_of(tail.project.reader()->runs()).size(), std::size_t(1));
    }

    // A checkpoint is saved file by file; it is whole only with the last one.
    void a_checkpoint_that_is_being_saved_is_taken_when_it_is_whole() {
        Tail tail;
        tail.add(tail.root);
        const fs::path folder = tail.root / "run" / "checkpoint-100";
        put_file(folder / "config.json", R"({"model_type":"gpt2","n_embd":4})");
        tail.watch->turn({changed(tail.root / "run")});
        tail.watch->turn({}, 200ms);
        const std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
        put_file(folder / "model.safetensors", little_endian(header.size(), 8) + header);
        for (int turn = 0; turn < 2; ++turn)
            tail.watch->turn({changed(folder / "model.safetensors")}, 200ms);
        put_file(folder / "model.safetensors", std::string(4, '\0'), true);
        std::chrono::milliseconds wait = tail.watch->turn({changed(folder / "model.safetensors")}, 6s);
        for (int turn = 0; turn < 20 && wait < 100s; ++turn)
            wait = tail.watch->turn({}, wait);
        const auto checkpoints = value_of(tail.project.reader()->checkpoints());
        QCOMPARE(checkpoints.size(), std::size_t(1));
        QCOMPARE(checkpoints.at(0).step, std::optional<std::int64_t>(100));
        QCOMPARE(checkpoints.at(0).parameter_count, std::optional<std::int64_t>(1));
    }

    void lost_events_bring_a_new_look_at_everything() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.add(tail.root);
        tail.log("a", 2, 4);
        tail.log("new", 1, 4);
        tail.watch->turn({{FolderEvent::Kind::lost, tail.root}}, 10s);
        QCOMPARE(tail.points(), std::int64_t(3));
        QCOMPARE(tail.watch->added(), 2);
    }

    void silent_runs_are_presumed_crashed_and_come_back() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.add(tail.root);
        QCOMPARE(tail.status("a"), QString("running"));
        const auto wait = tail.watch->turn();
        QVERIFY(wait <= 601s);
        tail.watch->turn({}, 601s);
        QVERIFY(tail.status("a").startsWith("presumed crashed: nothing new since "));
        tail.log("a", 2, 3);
        tail.watch->turn({changed(tail.file("a"))});
        tail.watch->turn({}, 200ms);
        QCOMPARE(tail.status("a"), QString("running"));
        put_file(tail.file("a"), hparams_end_frame(1), true);
        tail.watch->turn({changed(tail.file("a"))}, 1s);
        tail.watch->turn({}, 200ms);
        tail.watch->turn({}, 10h);
        QCOMPARE(tail.status("a"), QString("finished"));
    }

    void kept_folders_are_watched_again() {
        Tail tail;
        const fs::path other = tail.project.folder() / "other";
        fs::create_directories(other);
        tail.add(tail.root);
        tail.add(other, LiveTail::Keep::for_now);
        QCOMPARE(tail.tail->status().folders.size(), std::size_t(2));
        tail.tail.reset();
        tail.log("a", 1, 4);
        tail.start();
        tail.watch->turn();
        QCOMPARE(tail.tail->status().folders.size(), std::size_t(1));
        QCOMPARE(tail.points(), std::int64_t(1));
        tail.tail->unwatch(tail.root);
        tail.watch->turn();
        QVERIFY(tail.tail->status().folders.empty());
        QVERIFY(value_of(tail.project.reader()->watched_folders()).empty());
        QCOMPARE(tail.points(), std::int64_t(1));
    }

    void a_folder_that_is_not_there_says_so_and_is_tried_again() {
        Tail tail;
        const fs::path later = tail.root / "later";
        tail.add(later);
        QVERIFY(tail.tail->status().folders.at(0).problem);
        put_file(later / "a" / "events.out.tfevents.1", scalar_frame("loss", 1, 4, tail.clock->utc()));
        tail.watch->turn({}, 11s);
        QVERIFY(!tail.tail->status().folders.at(0).problem);
        QCOMPARE(tail.points(), std::int64_t(1));
    }

    // Looking instead of being told.

    void looking_finds_what_has_changed() {
        QTemporaryDir folder;
        const fs::path root = fs::canonical(folder.path().toStdString());
        put_file(root / "a" / "x", "1");
        PolledTree::Time now{1000s};
        const double utc = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
        PolledTree tree(root, "for a test");
        QVERIFY(tree.look(now, utc).empty());
        put_file(root / "a" / "x", "2", true);
        QVERIFY(tree.look(now + 500ms, utc).empty()); // not every call looks
        QCOMPARE(tree.look(now + 1s, utc), std::vector{changed(root / "a" / "x")});
        QVERIFY(tree.look(now + 2s, utc).empty());
        put_file(root / "b" / "y", "1");
        QVERIFY(tree.look(now + 3s, utc).empty()); // new files are found by the look at the whole tree
        QCOMPARE(tree.look(now + 10s, utc), (std::vector{changed(root / "b"), changed(root / "b" / "y")}));
        fs::remove(root / "a" / "x");
        QCOMPARE(tree.look(now + 11s, utc), std::vector{gone(root / "a" / "x")});
        QVERIFY(tree.next() <= now + 12s);
    }

    // The real thing, with inotify where there is one. No time is asserted: only that it happens.

    void the_system_tells_of_changes() {
        QTemporaryDir folder;
        const fs::path root = fs::canonical(folder.path().toStdString());
        fs::create_directories(root / "old");
        const auto watch = system_folder_watch();
        REQUIRE_OK(watch->add(root));
        std::set<fs::path> seen, missing;
        const auto wait_for = [&](const fs::path& path, FolderEvent::Kind kind) {
            for (int turn = 0; turn < 200; ++turn)
                for (const FolderEvent& event : watch->wait(100ms))
                    if (event.path == path && event.kind == kind) return true;
            return false;
        };
        put_file(root / "old" / "x", "1");
        QVERIFY(wait_for(root / "old" / "x", FolderEvent::Kind::changed));
        fs::create_directories(root / "new" / "deep");
        QVERIFY(wait_for(root / "new", FolderEvent::Kind::changed));
        put_file(root / "new" / "deep" / "y", "1");
        QVERIFY(wait_for(root / "new" / "deep" / "y", FolderEvent::Kind::changed));
        fs::rename(root / "new", root / "moved");
        QVERIFY(wait_for(root / "moved", FolderEvent::Kind::changed));
        put_file(root / "moved" / "deep" / "y", "2", true);
        QVERIFY(wait_for(root / "moved" / "deep" / "y", FolderEvent::Kind::changed));
        fs::remove(root / "old" / "x");
        QVERIFY(wait_for(root / "old" / "x", FolderEvent::Kind::gone));
        // What happens behind a link is told of in its place; a link in a circle is no trap.
        QTemporaryDir elsewhere;
        const fs::path target = fs::canonical(elsewhere.path().toStdString());
        put_file(target / "z", "1");
        fs::create_directory_symlink(root, target / "circle");
        fs::create_directory_symlink(target, root / "link");
        QVERIFY(wait_for(root / "link", FolderEvent::Kind::changed));
        put_file(target / "z", "2", true);
        QVERIFY(wait_for(root / "link" / "z", FolderEvent::Kind::changed));
        fs::create_symlink(target / "z", root / "old" / "file_link");
        QVERIFY(wait_for(root / "old" / "file_link", FolderEvent::Kind::changed));
        watch->wake();
        watch->wait(1h); // ends at once
    }

    void a_real_run_is_followed() {
        ProjectFixture project;
        const fs::path root = fs::canonical(project.folder()) / "data";
        const fs::path file = root / "a" / "events.out.tfevents.1";
        put_file(file, scalar_frame("loss", 0, 1));
        std::mutex mutex;
        std::condition_variable grown;
        std::int64_t points = 0;
        TailOptions options;
        options.on_news = [&](const ImportReport& report) {
            const std::lock_guard lock(mutex);
            points += report.points;
            grown.notify_all();
        };
        LiveTail tail(project.project(), std::move(options));
        const auto wait_for = [&](std::int64_t count) {
            std::unique_lock lock(mutex);
            return grown.wait_for(lock, 60s, [&] { return points >= count; });
        };
        tail.watch(root, LiveTail::Keep::in_project);
        QVERIFY(wait_for(1));
        for (int step = 1; step <= 20; ++step) {
            put_file(file, scalar_frame("loss", step, 1), true);
            if (step % 5 == 0) QVERIFY(wait_for(step + 1));
        }
        put_file(root / "b" / "events.out.tfevents.1", scalar_frame("loss", 0, 1));
        QVERIFY(wait_for(22));
        const auto series = value_of(project.reader()->series());
        QCOMPARE(series.size(), std::size_t(2));
        QCOMPARE(series.at(0).points, std::int64_t(21));
    }
};

QTEST_GUILESS_MAIN(LiveTailTest)
#include "tst_live_tail.moc"
