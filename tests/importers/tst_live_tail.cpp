#include "engine/importers/tail/folder_watch.h"
#include "engine/importers/tail/live_tail.h"
#include "engine/importers/tail/tail_schedule.h"
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

    void an_undone_tail_reads_nothing_again_by_itself() {
        Tail tail;
        tail.log("a", 1, 4);
        tail.add(tail.root);
        const auto undone = tail.project.writer().run([](WriteSession& store) -> Expected<void> {
            ISOLOSS_TRY_VOID(store.undo_import(ImportId(1), UndoRule::with_what_builds_on_it));
            return {};
        });
        QVERIFY(undone);
        tail.log("a", 2, 4);
        tail.watch->turn({changed(tail.file("a"))});
        tail.watch->turn({}, 200ms);
        tail.watch->turn({}, 1h);
        QCOMPARE(tail.points(), std::int64_t(0));
        QCOMPARE(tail.tail->status().folders.at(0).problem->reason, std::string("its import was undone"));
        QVERIFY(value_of(tail.project.reader()->watched_folders()).empty());
        tail.add(tail.root);
        QCOMPARE(tail.points(), std::int64_t(2));
        QVERIFY(!tail.tail->status().folders.at(0).problem);
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

    // The real thing. No time is asserted: only that it happens.

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
