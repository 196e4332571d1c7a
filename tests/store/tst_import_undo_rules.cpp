#include "tests/support/import_steps.h"

using namespace isoloss;
using namespace isoloss::test;

Q_DECLARE_METATYPE(Writer::Task)

/// What may be undone, what goes along, and what a person is told of it.
class ImportUndoRulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void what_builds_on_an_import_is_named_data() {
        QTest::addColumn<Writer::Task>("first");
        QTest::addColumn<Writer::Task>("second");
        QTest::addColumn<bool>("builds_on_it");
        const auto row = [](const char* name, const Writer::Task& first, const Writer::Task& second,
                            bool builds_on_it = true) { QTest::newRow(name) << first << second << builds_on_it; };
        // Runs a and b, attempt 1 of series loss, and the checkpoint at step 0 with its value are there before.
        const auto points = [](const char* run, const char* series, int attempt, std::int64_t step) {
            return [=](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto to, session.ensure_run({"folder", run}, run));
                ISOLOSS_TRY(const auto id, session.ensure_series(to, series));
                return session.append_points(id, attempt, counted_points({1}, step));
            };
        };
        const auto config = [](const char* run, const char* json) {
            return [=](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto to, session.ensure_run({"folder", run}, run));
                return session.merge_run_config(to, json);
            };
        };
        const auto identity = [](const char* run, const char* kind, const char* key) {
            return [=](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto to, session.ensure_run({"folder", run}, run));
                return session.add_identity(to, {kind, key});
            };
        };
        const auto checkpoint = [](const char* run, int attempt, std::int64_t step, const char* path = "") {
            return [=](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto to, session.ensure_run({"folder", run}, run));
                ISOLOSS_TRY(const auto id, session.ensure_checkpoint(to, attempt, step));
                CheckpointRecord record;
                record.path = path;
                return session.update_checkpoint(id, record);
            };
        };
        const auto score = [](std::int64_t step, double number, bool with_outcomes = false) {
            return [=](WriteSession& session) -> Expected<void> {
                return put_score(session, step, number, with_outcomes);
            };
        };
        const auto source = [](const char* path) {
            return [=](WriteSession& session) -> Expected<void> {
                SourceRecord record;
                record.path = path;
                return session.put_source(record);
            };
        };
        row("points behind points", points("a", "loss", 1, 1), points("a", "loss", 1, 2));
        row("points in other attempts of a series", points("a", "loss", 2, 1), points("a", "loss", 3, 2));
        row("another attempt of a new series", points("a", "new", 2, 1), points("a", "new", 3, 2));
        row("new series that move the beginning of an attempt", points("a", "new", 1, -1), points("a", "newer", 1, -2));
        row("a new series in a new attempt", points("a", "new", 2, 1), points("a", "newer", 2, 2));
        row("a new series of a new run", points("c", "loss", 1, 1), points("c", "new", 2, 1));
        row("series of two runs", points("a", "loss", 1, 1), points("b", "loss", 1, 1), false);
        row("one config", config("a", R"({"lr":1})"), config("a", R"({"lr":2})"));
        row("the config of a new run", config("c", "{}"), config("c", R"({"lr":2})"));
        row("the same config", config("a", R"({"lr":1})"), config("a", R"({"lr":1})"), false);
        row("configs of two runs", config("a", R"({"lr":1})"), config("b", R"({"lr":1})"), false);
        row("an identity that moves on", identity("a", "harness", "x"), identity("b", "harness", "x"));
        row("an identity of a new run that moves", config("c", "{}"), identity("a", "folder", "c"));
        row("an identity of a new run", config("c", "{}"), identity("c", "harness", "x"));
        row("two identities", identity("a", "harness", "x"), identity("a", "harness", "y"), false);
        row("the path of a checkpoint", checkpoint("a", 1, 0, "/1"), checkpoint("a", 1, 0, "/2"));
        row("the path of a new checkpoint", checkpoint("a", 1, 5), checkpoint("a", 1, 5, "/2"));
        row("a checkpoint in a new attempt", points("a", "loss", 2, 1), checkpoint("a", 2, 1));
        row("a checkpoint of a new run", config("c", "{}"), checkpoint("c", 1, 1));
        row("checkpoints of an old attempt", checkpoint("a", 1, 5), checkpoint("a", 1, 6), false);
        row("a value replaced twice", score(0, 2), score(0, 3));
        row("outcomes of one value", score(0, 1, true), score(0, 1, true));
        row("a value of a new checkpoint", checkpoint("a", 1, 5), score(5, 1));
        row("the same value", score(0, 2), score(0, 2), false);
        row("one file", source("/1"), source("/1"));
        row("two files", source("/1"), source("/2"), false);
    }

    void what_builds_on_an_import_is_named() {
        QFETCH(Writer::Task, first);
        QFETCH(Writer::Task, second);
        QFETCH(bool, builds_on_it);
        ProjectFixture fixture;
        import_with(fixture, [](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(append({0}, 0)(session));
            ISOLOSS_TRY_VOID(session.ensure_run({"folder", "b"}, "b"));
            return put_score(session, 0, 1, false);
        });
        const ImportId one = import_with(fixture, first), two = import_with(fixture, second);
        const QStringList before = content(fixture);
        const auto undone = undo(fixture, one);
        QCOMPARE(!undone.has_value(), builds_on_it);
        if (builds_on_it) {
            QCOMPARE(undone.error().kind, ErrorKind::usage);
            const std::string words = "import " + std::to_string(two.value) + " builds on it";
            QVERIFY2(undone.error().reason.find(words) != std::string::npos, undone.error().reason.c_str());
            compare_dumps(content(fixture), before);
        }
        REQUIRE_OK(undo(fixture, two));
        if (builds_on_it) REQUIRE_OK(undo(fixture, one));
    }

    void words_of_a_person_stay() {
        ProjectFixture fixture;
        RunId run;
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(run, session.ensure_run({"folder", "a"}, "first"));
            return {};
        });
        const ImportId import = import_with(fixture, [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.rename_run(run, "second"));
            ISOLOSS_TRY_VOID(session.set_run_tags(run, {"imported"}));
            return session.set_run_notes(run, "imported");
        });
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.rename_run(run, "mine"));
            return session.set_run_tags(run, {"mine"});
        });
        REQUIRE_OK(undo(fixture, import));
        const RunRecord after = *value_of(fixture.reader()->run(run));
        QCOMPARE(after.name, std::string("mine"));
        QCOMPARE(after.tags, std::vector<std::string>{"mine"});
        QCOMPARE(after.notes, std::string());
    }

    void measurements_and_notes_go_only_when_that_is_agreed() {
        ProjectFixture fixture;
        const QStringList before = content(fixture);
        CheckpointId checkpoint;
        const ImportId import = import_with(fixture, [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(checkpoint, make_checkpoint(session, 5));
            return {};
        });
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            JobRecord job;
            job.checkpoint = checkpoint;
            job.metric = "loss";
            ISOLOSS_TRY_VOID(session.enqueue_job(job));
            ISOLOSS_TRY(const auto run, session.find_run({"folder", "a"}));
            ISOLOSS_TRY_VOID(session.set_run_notes(*run, "the good one"));
            ISOLOSS_TRY(const auto quantity, session.ensure_quantity(quantity_named("loss[wiki]")));
            for (const char* variant : {"", "seed=2"}) {
                ValueRecord value;
                value.checkpoint = checkpoint;
                value.quantity = quantity;
                value.variant = variant;
                value.value = 3;
                ISOLOSS_TRY_VOID(session.put_value(value));
            }
            return {};
        });
        const auto refused = undo(fixture, import);
        QVERIFY(!refused);
        for (const char* part : {"2 measured values", "1 job", "1 run that was named"})
            QVERIFY2(refused.error().reason.find(part) != std::string::npos, refused.error().reason.c_str());
        const auto undone = value_of(undo(fixture, import, UndoRule::with_what_builds_on_it));
        QCOMPARE(undone.removed_measured_values, std::int64_t{2});
        QCOMPARE(undone.removed_jobs, std::int64_t{1});
        QVERIFY((undone.removed == ImportContent{1, 0, 0, 1, 0, 0}));
        // What was measured is a quantity of its own, which no import brought.
        QStringList after = content(fixture);
        QCOMPARE(after.removeIf([](const QString& line) { return line.startsWith("quantity:"); }), 1);
        compare_dumps(after, before);
    }

    void the_list_says_what_each_import_holds() {
        ProjectFixture fixture;
        const ImportId one = import_with(fixture, append({1, 2, 3}, 0));
        const ImportId two = import_with(fixture, append({4, 5}, 3));
        const ImportId three = import_with(fixture, [](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(append({6}, 5)(session));
            return put_score(session, 5, 1, true);
        });
        auto list = value_of(fixture.reader()->imports());
        QCOMPARE(list.size(), std::size_t{3});
        QCOMPARE(list[0].paths, std::vector<std::string>{"/data"});
        QVERIFY(list[0].undoable && list[0].finished_at && !list[0].undone_at);
        QVERIFY((list[0].holds == ImportContent{1, 1, 3, 0, 0, 0}));
        QVERIFY((list[1].holds == ImportContent{0, 0, 2, 0, 0, 0}));
        QVERIFY((list[2].holds == ImportContent{0, 0, 1, 1, 1, 2}));
        QCOMPARE(value_of(undo(fixture, three)).removed.points, std::int64_t{1});
        REQUIRE_OK(undo(fixture, two));
        list = value_of(fixture.reader()->imports());
        QVERIFY(list[2].undone_at && list[1].undone_at && !list[0].undone_at);
        QVERIFY(list[2].holds == ImportContent{});
        QVERIFY((list[0].holds == ImportContent{1, 1, 3, 0, 0, 0}));
        const auto twice = undo(fixture, two);
        QVERIFY(!twice && twice.error().kind == ErrorKind::usage);
        const auto unknown = undo(fixture, ImportId(9));
        QVERIFY(!unknown && unknown.error().kind == ErrorKind::not_found);
        REQUIRE_OK(undo(fixture, one));
        QVERIFY(value_of(fixture.reader()->runs()).empty());
    }

    void an_import_that_was_undone_does_not_go_on() {
        ProjectFixture fixture;
        const QStringList before = content(fixture);
        const ImportId import = begin_import(fixture);
        const auto go_on = [&](const Writer::Task& task) {
            return fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                session.continue_import(import);
                return task(session);
            });
        };
        REQUIRE_OK(go_on(append({1}, 0)));
        REQUIRE_OK(undo(fixture, import));
        const auto next = go_on(append({2}, 1));
        QVERIFY(!next && next.error().kind == ErrorKind::cancelled);
        compare_dumps(content(fixture), before);
    }

    void listeners_hear_that_anything_may_have_changed() {
        ProjectFixture fixture;
        const ImportId import = import_with(fixture, append({1}, 0));
        bool everything = false;
        const int handle =
            fixture.writer().subscribe([&](const ChangeSet& changes) { everything = changes.everything; });
        REQUIRE_OK(undo(fixture, import));
        fixture.writer().unsubscribe(handle);
        QVERIFY(everything);
    }
};

QTEST_GUILESS_MAIN(ImportUndoRulesTest)
#include "tst_import_undo_rules.moc"
