#include "tests/support/project_dump.h"
#include "tests/support/project_fixture.h"

#include <csignal>
#include <limits>
#include <random>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::test;

namespace {

/// Whatever an importer may do, by chance: runs, identities, configs, points, checkpoints, values with outcomes and
/// sources out of small pools, so that imports meet in the same rows.
class RandomImporter {
public:
    explicit RandomImporter(unsigned seed) : random_(seed) {}

    Expected<void> change(WriteSession& session) {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"folder", text_below(4)}, "run " + text_below(1000)));
        switch (below(12)) {
        case 0:
            return session.add_identity(run, {"folder", text_below(6)});
        case 1:
            return session.merge_run_config(run, "{\"" + text_below(3) + "\":{\"lr\":" + text_below(5) + "}}");
        case 2:
            return describe(session, run);
        case 3:
            return session.set_run_started(run, 1.7e9 + below(100));
        case 4:
            return session.put_source(source(run));
        case 5:
        case 6:
            return put_checkpoint(session, run);
        case 7:
        case 8:
            return put_score(session, run);
        default:
            return append(session, run);
        }
    }

    Expected<void> describe(WriteSession& session, RunId run) {
        switch (below(5)) {
        case 0:
            return session.rename_run(run, "renamed " + text_below(9));
        case 1:
            return session.set_run_group(run, "group " + text_below(3));
        case 2:
            return session.set_run_notes(run, "note " + text_below(9));
        case 3:
            return session.set_run_tags(run, {"b \"quoted\"", "tag " + text_below(3), "a"});
        default:
            return session.set_run_status(run, below(2) == 0 ? RunStatus::finished : RunStatus::running);
        }
    }

    int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

private:
    std::string text_below(int limit) { return std::to_string(below(limit)); }

    std::int64_t step() { return 100 * below(4); }

    Expected<void> append(WriteSession& session, RunId run) {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(run, "series " + text_below(3)));
        const int attempt = 1 + below(3);
        ISOLOSS_TRY(const auto last, session.last_step(series, attempt));
        const int count = below(3) == 0 ? 1 + below(9000) : 1 + below(60);
        const bool wide = below(4) == 0;
        PointColumns points;
        std::vector<double> doubles;
        std::int64_t at = last.value_or(below(20) - 10);
        for (int i = 0; i < count; ++i) {
            points.steps.push_back(at);
            at += below(3);
            points.wall_times.push_back(below(9) == 0 ? std::nan("") : 1.7e9 + below(1000));
            doubles.push_back(below(30) == 0 ? std::nan("") : below(30) == 0 ? HUGE_VAL : below(1000) / 8.0);
        }
        if (wide) doubles[static_cast<std::size_t>(below(count))] = 0.1;
        points.values = std::move(doubles);
        if (!wide && below(2) == 0) {
            const auto& all = std::get<1>(points.values);
            points.values = std::vector<float>(all.begin(), all.end());
        }
        return session.append_points(series, attempt, points);
    }

    Expected<CheckpointId> checkpoint(WriteSession& session, RunId run) {
        return session.ensure_checkpoint(run, 1 + below(2), below(4) == 0 ? std::nullopt : std::optional(step()));
    }

    Expected<void> put_checkpoint(WriteSession& session, RunId run) {
        ISOLOSS_TRY(const CheckpointId id, checkpoint(session, run));
        CheckpointRecord record;
        if (below(2) == 0) record.tokens = below(1000), record.tokens_source = "logged " + text_below(2);
        if (below(2) == 0) record.flops = below(1000), record.flops_source = "6ND";
        if (below(2) == 0) record.path = "/folder/" + text_below(9), record.format = "huggingface";
        if (below(2) == 0) record.content_hash = "hash " + text_below(9);
        if (below(2) == 0) record.parameter_count = below(100);
        if (below(2) == 0) record.architecture = "gpt2";
        return session.update_checkpoint(id, record);
    }

    Expected<void> put_score(WriteSession& session, RunId run) {
        ISOLOSS_TRY(const CheckpointId id, checkpoint(session, run));
        ISOLOSS_TRY(const QuantityId quantity, session.ensure_quantity(quantity_named("task/" + text_below(4))));
        ValueRecord value;
        value.checkpoint = id;
        value.quantity = quantity;
        value.variant = text_below(2);
        value.recorded_at = 1.7e9 + below(3);
        if (below(5) != 0) value.value = below(6) == 0 ? std::nan("") : below(3) / 4.0;
        if (below(2) == 0) value.standard_error = below(3) / 8.0;
        if (!value.value) value.status = ValueStatus::undefined, value.reason = "no number";
        ISOLOSS_TRY(const ValueId stored, session.put_value(value));
        if (below(2) == 0) return {};
        std::vector<OutcomeRecord> outcomes(static_cast<std::size_t>(below(5)));
        for (OutcomeRecord& outcome : outcomes) {
            outcome.item.task = "task";
            outcome.item.key = text_below(12);
            outcome.correct = below(2);
            outcome.log_likelihoods = {-0.1 * below(9), -1.5};
        }
        return session.put_outcomes(stored, outcomes);
    }

    SourceRecord source(RunId run) {
        SourceRecord source;
        source.path = "/events/" + text_below(4);
        source.size = source.offset = static_cast<std::uint64_t>(below(1000));
        source.state = "{\"attempt\":" + text_below(9) + "}";
        if (below(2) == 0) source.run = run;
        return source;
    }

    std::mt19937 random_;
};

void write(ProjectFixture& fixture, const Writer::Task& task) {
    if (const auto written = fixture.writer().run(task, Durability::bulk); !written)
        throw std::runtime_error(written.error().text());
}

ImportId begin_import(ProjectFixture& fixture) {
    ImportId import;
    write(fixture, [&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(import, session.begin_import({"/data"}));
        return {};
    });
    return import;
}

/// One import of one transaction.
ImportId import_with(ProjectFixture& fixture, const Writer::Task& task) {
    const ImportId import = begin_import(fixture);
    write(fixture, [&](WriteSession& session) -> Expected<void> {
        session.continue_import(import);
        ISOLOSS_TRY_VOID(task(session));
        return session.finish_import(import, "{}");
    });
    return import;
}

/// One import of several transactions.
ImportId import_by_chance(ProjectFixture& fixture, RandomImporter& importer) {
    const ImportId import = begin_import(fixture);
    for (int transactions = 1 + importer.below(3); transactions > 0; --transactions)
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            session.continue_import(import);
            for (int changes = 1 + importer.below(15); changes > 0; --changes)
                ISOLOSS_TRY_VOID(importer.change(session));
            return {};
        });
    return import;
}

Expected<ImportUndone> undo(ProjectFixture& fixture, ImportId import, UndoRule rule = UndoRule::only_what_files_hold) {
    ImportUndone undone;
    const auto written = fixture.writer().run(
        [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(undone, session.undo_import(import, rule));
            return {};
        },
        Durability::bulk);
    if (!written) return fail(written.error());
    return undone;
}

QStringList content(const ProjectFixture& fixture, DumpOf what = DumpOf::all_rows) {
    const auto reader = fixture.reader();
    return dump(*reader, what);
}

Expected<SeriesId> make_series(WriteSession& session) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"folder", "a"}, "a"));
    return session.ensure_series(run, "loss");
}

Writer::Task append(std::vector<float> values, std::int64_t first_step) {
    return [=](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const auto series, make_series(session));
        return session.append_points(series, 1, counted_points(values, first_step));
    };
}

Expected<CheckpointId> make_checkpoint(WriteSession& session, std::int64_t step) {
    ISOLOSS_TRY(const auto run, session.ensure_run({"folder", "a"}, "a"));
    return session.ensure_checkpoint(run, 1, step);
}

Expected<void> put_score(WriteSession& session, std::int64_t step, double number, bool with_outcomes) {
    ISOLOSS_TRY(const auto checkpoint, make_checkpoint(session, step));
    ISOLOSS_TRY(const auto quantity, session.ensure_quantity(quantity_named("task/acc")));
    ValueRecord value;
    value.checkpoint = checkpoint;
    value.quantity = quantity;
    value.value = number;
    ISOLOSS_TRY(const auto id, session.put_value(value));
    if (!with_outcomes) return {};
    OutcomeRecord first, second;
    first.item.key = "1";
    second.item.key = "2";
    return session.put_outcomes(id, {first, second});
}

} // namespace

Q_DECLARE_METATYPE(Writer::Task)

/// Whatever an import changed, undoing it makes it what it was.
class ImportUndoTest : public QObject {
    Q_OBJECT

    static void add_seeds(unsigned count) {
        QTest::addColumn<unsigned>("seed");
        for (unsigned seed = 1; seed <= count; ++seed)
            QTest::addRow("seed %u", seed) << seed;
    }

    static void verify_sound(const ProjectFixture& fixture) {
        const auto faults = value_of(fixture.reader()->check_integrity());
        QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    }

private Q_SLOTS:

    void imports_are_undone_newest_first_data() { add_seeds(15); }

    void imports_are_undone_newest_first() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            for (int i = 0; i < 10; ++i)
                ISOLOSS_TRY_VOID(importer.change(session));
            return {};
        });
        std::vector<QStringList> before;
        std::vector<ImportId> imports;
        for (int i = 0; i < 5; ++i) {
            before.push_back(content(fixture));
            imports.push_back(import_by_chance(fixture, importer));
        }
        for (; !imports.empty(); imports.pop_back(), before.pop_back()) {
            REQUIRE_OK(undo(fixture, imports.back()));
            compare_dumps(content(fixture), before.back());
            verify_sound(fixture);
        }
    }

    void every_order_that_is_allowed_ends_at_the_beginning_data() { add_seeds(15); }

    void every_order_that_is_allowed_ends_at_the_beginning() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        import_by_chance(fixture, importer);
        const QStringList before = content(fixture);
        std::vector<ImportId> imports;
        for (int i = 0; i < 6; ++i)
            imports.push_back(import_with(fixture, [&](WriteSession& session) { return importer.change(session); }));
        int out_of_order = 0;
        while (!imports.empty()) {
            const auto at = static_cast<std::size_t>(importer.below(static_cast<int>(imports.size())));
            const auto held = value_of(fixture.reader()->imports());
            const auto undone = undo(fixture, imports[at]);
            if (!undone) {
                QCOMPARE(undone.error().kind, ErrorKind::usage);
                continue;
            }
            QCOMPARE(undone->imports, std::vector<ImportId>{imports[at]});
            // The others have what they had.
            const auto holding = value_of(fixture.reader()->imports());
            for (std::size_t i = 0; i < held.size(); ++i)
                QVERIFY(held[i].id == imports[at] || held[i].holds == holding[i].holds);
            out_of_order += at + 1 < imports.size();
            imports.erase(imports.begin() + static_cast<std::ptrdiff_t>(at));
        }
        QVERIFY2(out_of_order > 0 || seed > 3, "every import built on the one before it: the pools are too small");
        compare_dumps(content(fixture), before);
        verify_sound(fixture);
    }

    void an_import_goes_with_those_that_build_on_it_data() { add_seeds(10); }

    void an_import_goes_with_those_that_build_on_it() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        import_by_chance(fixture, importer);
        const QStringList before = content(fixture);
        std::vector<ImportId> imports;
        for (int i = 0; i < 3; ++i)
            imports.push_back(import_by_chance(fixture, importer));
        for (const ImportId import : imports) {
            const auto list = value_of(fixture.reader()->imports());
            if (list.at(static_cast<std::size_t>(import.value) - 1).undone_at) continue;
            const auto plan = value_of(fixture.reader()->plan_undo(import));
            const auto undone = value_of(undo(fixture, import, UndoRule::with_what_builds_on_it));
            QCOMPARE(undone.imports, plan.imports);
            QVERIFY(undone.removed == plan.removes);
        }
        compare_dumps(content(fixture), before);
    }

    void importing_again_is_as_if_never_undone_data() { add_seeds(10); }

    void importing_again_is_as_if_never_undone() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        import_by_chance(fixture, importer);
        RandomImporter again = importer;
        const ImportId import = import_by_chance(fixture, importer);
        const QStringList after = content(fixture, DumpOf::what_they_mean);
        REQUIRE_OK(undo(fixture, import));
        import_by_chance(fixture, again);
        compare_dumps(content(fixture, DumpOf::what_they_mean), after);
    }

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

    // What cannot be read cannot be cut: it stays, is named, and does not stand in the way of the rest.
    void a_damaged_chunk_is_left_and_named() {
        ProjectFixture fixture;
        write(fixture, append(std::vector<float>(4100, 1), 0));
        const ImportId import = import_with(fixture, append(std::vector<float>(8000, 2), 4100));
        fixture.close();
        sqlite3* database = nullptr;
        QCOMPARE(sqlite3_open(fixture.path().c_str(), &database), SQLITE_OK);
        QCOMPARE(
            sqlite3_exec(database, "UPDATE chunk SET payload = x'00' WHERE ordinal = 1", nullptr, nullptr, nullptr),
            SQLITE_OK);
        sqlite3_close(database);
        fixture.open();
        const auto undone = value_of(undo(fixture, import));
        QCOMPARE(undone.damaged.size(), std::size_t{1});
        const auto reader = fixture.reader();
        const SeriesRecord series = value_of(reader->series()).at(0);
        const auto chunks = value_of(reader->chunks(series.id));
        QCOMPARE(chunks.size(), std::size_t{2});
        QVERIFY(!chunks[0].bad && chunks[1].bad);
        QCOMPARE(series.points, std::int64_t{4100});
        write(fixture, append({5}, 12100));
        QCOMPARE(value_of(reader->points(series.id)).at(0).points.size(), std::size_t{4097});
    }

    void a_crash_before_the_end_leaves_the_project_as_it_was() {
        ProjectFixture fixture;
        RandomImporter importer(7);
        import_by_chance(fixture, importer);
        const ImportId import = import_by_chance(fixture, importer);
        const QStringList before = content(fixture);
        fixture.close();
        const pid_t child = ::fork();
        if (child == 0) {
            fixture.open();
            (void)fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                if (session.undo_import(import, UndoRule::only_what_files_hold)) ::kill(::getpid(), SIGKILL);
                return {};
            });
            ::_exit(1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        fixture.open();
        compare_dumps(content(fixture), before);
        REQUIRE_OK(undo(fixture, import));
    }

    // A limit on the size of files stands for a full disk; in a child, because it holds for the whole process.
    void a_full_disk_leaves_the_project_as_it_was() {
        ProjectFixture fixture;
        write(fixture, append({1, 2, 3}, 0));
        std::vector<float> values(400'000);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i * 2654435761u % 1000003);
        const ImportId import = import_with(fixture, append(values, 3));
        const QStringList before = content(fixture);
        fixture.close();
        const pid_t child = ::fork();
        if (child == 0) {
            fixture.open();
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{1 << 14, 1 << 14};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto undone = undo(fixture, import);
            ::_exit(!undone && undone.error().kind == ErrorKind::io ? 0 : 1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
        fixture.open();
        compare_dumps(content(fixture), before);
        REQUIRE_OK(undo(fixture, import));
        QCOMPARE(value_of(fixture.reader()->series()).at(0).points, std::int64_t{3});
    }

    // What is removed is not written once more.
    void undoing_writes_little() {
        ProjectFixture fixture;
        std::vector<float> values(1'000'000);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i * 2654435761u % 1000003);
        const ImportId import = import_with(fixture, append(values, 0));
        fixture.close();
        const auto size = std::filesystem::file_size(fixture.path());
        fixture.open();
        REQUIRE_OK(undo(fixture, import));
        const auto log = std::filesystem::file_size(fixture.path().string() + "-wal");
        QVERIFY2(log < size / 8, qPrintable(QString("%1 bytes of log for %2 of project").arg(log).arg(size)));
    }
};

QTEST_GUILESS_MAIN(ImportUndoTest)
#include "tst_import_undo.moc"
