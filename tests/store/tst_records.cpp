#include "tests/support/project_fixture.h"

#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

/// Everything that can be written comes back as it was.
class RecordsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void runs_come_back() {
        ProjectFixture fixture;
        RunId first, second;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(first, session.ensure_run({"event_folder", "a"}, "alpha"));
            ISOLOSS_TRY(second, session.ensure_run({"event_folder", "b"}, "beta"));
            ISOLOSS_TRY(const RunId again, session.ensure_run({"event_folder", "a"}, "other name"));
            if (again != first) return fail(ErrorKind::internal, "the identity was not recognised");
            ISOLOSS_TRY_VOID(session.set_run_group(first, "ablation"));
            ISOLOSS_TRY_VOID(session.set_run_tags(first, {"z", "a", "z"}));
            ISOLOSS_TRY_VOID(session.set_run_status(first, RunStatus::finished));
            ISOLOSS_TRY_VOID(session.set_run_started(first, 200.0));
            ISOLOSS_TRY_VOID(session.set_run_started(first, 100.0));
            ISOLOSS_TRY_VOID(session.set_run_started(first, 150.0));
            ISOLOSS_TRY_VOID(session.merge_run_config(first, R"({"lr": 1e-3, "model": {"width": 8}})"));
            ISOLOSS_TRY_VOID(session.merge_run_config(first, R"({"model": {"depth": 2}, "lr": 0.5})"));
            ISOLOSS_TRY_VOID(session.set_run_visible(first, false));
            return session.set_run_trashed(second, true);
        }));
        const auto reader = fixture.reader();
        const auto runs = value_of(reader->runs());
        QCOMPARE(runs.size(), std::size_t{1});
        const RunRecord& run = runs[0];
        QCOMPARE(run.name, std::string("alpha"));
        QCOMPARE(run.group, std::string("ablation"));
        QCOMPARE(run.tags, (std::vector<std::string>{"a", "z"}));
        QCOMPARE(run.status, RunStatus::finished);
        QCOMPARE(run.started_at, std::optional(100.0));
        QCOMPARE(run.config, std::string(R"({"lr":0.5,"model":{"width":8,"depth":2}})"));
        QVERIFY(!run.visible && !run.pinned && !run.archived);
        QCOMPARE(run.color, 0);
        QCOMPARE(value_of(reader->runs(TrashRule::with_trash)).size(), std::size_t{2});
        QCOMPARE(value_of(reader->run(second))->color, 1);
        QVERIFY(!value_of(reader->run(RunId(99))));
    }

    void a_change_of_a_missing_run_fails() {
        ProjectFixture fixture;
        const auto result =
            fixture.writer().run([](WriteSession& session) { return session.rename_run(RunId(7), "x"); });
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::not_found);
    }

    void checkpoints_fill_in() {
        ProjectFixture fixture;
        RunId run;
        CheckpointId at_step, final;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(run, session.ensure_run({"harness_model", "m"}, "m"));
            ISOLOSS_TRY(at_step, session.ensure_checkpoint(run, 1, 500));
            ISOLOSS_TRY(final, session.ensure_checkpoint(run, 1, std::nullopt));
            ISOLOSS_TRY(const auto again, session.ensure_checkpoint(run, 1, std::nullopt));
            if (again != final) return fail(ErrorKind::internal, "a second final checkpoint was made");
            CheckpointRecord files;
            files.path = "/runs/m/step500";
            files.parameter_count = 1234;
            ISOLOSS_TRY_VOID(session.update_checkpoint(at_step, files));
            CheckpointRecord tokens;
            tokens.tokens = 1e9;
            tokens.tokens_source = "logged";
            return session.update_checkpoint(at_step, tokens);
        }));
        const auto reader = fixture.reader();
        const auto checkpoints = value_of(reader->checkpoints(run));
        QCOMPARE(checkpoints.size(), std::size_t{2});
        QCOMPARE(checkpoints[0].step, std::optional<std::int64_t>(500));
        QCOMPARE(checkpoints[0].path, std::string("/runs/m/step500"));
        QCOMPARE(checkpoints[0].parameter_count, std::optional<std::int64_t>(1234));
        QCOMPARE(checkpoints[0].tokens, std::optional(1e9));
        QCOMPARE(checkpoints[0].tokens_source, std::string("logged"));
        QCOMPARE(checkpoints[0].run_name, std::string("m"));
        QVERIFY(!checkpoints[1].step);
        QCOMPARE(value_of(reader->checkpoint(final))->id, final);
        QCOMPARE(value_of(reader->runs())[0].checkpoint_count, 2);
    }

    void numbers_that_are_not_finite_stay_what_they_are_data() {
        QTest::addColumn<double>("number");
        QTest::newRow("NaN") << std::nan("");
        QTest::newRow("infinity") << HUGE_VAL;
        QTest::newRow("-infinity") << -HUGE_VAL;
    }

    void numbers_that_are_not_finite_stay_what_they_are() {
        QFETCH(double, number);
        ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "m"}, "m"));
            ValueRecord value;
            ISOLOSS_TRY(value.checkpoint, session.ensure_checkpoint(run, 1, 1));
            ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity_named("loss[x]")));
            value.value = number;
            ISOLOSS_TRY_VOID(session.put_value(value));
            return {};
        }));
        const auto values = value_of(fixture.reader()->values());
        QCOMPARE(values.size(), std::size_t{1});
        QCOMPARE(values[0].status, ValueStatus::nonfinite);
        QVERIFY(values[0].value.has_value());
        QVERIFY(std::isnan(number) ? std::isnan(*values[0].value) : *values[0].value == number);
    }

    void an_undefined_value_has_no_number() {
        ProjectFixture fixture;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "m"}, "m"));
            ValueRecord value;
            ISOLOSS_TRY(value.checkpoint, session.ensure_checkpoint(run, 1, 1));
            ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity_named("auc")));
            value.status = ValueStatus::undefined;
            value.reason = "no members";
            ISOLOSS_TRY_VOID(session.put_value(value));
            return {};
        }));
        const auto values = value_of(fixture.reader()->values());
        QVERIFY(!values.at(0).value);
        QCOMPARE(values[0].status, ValueStatus::undefined);
        QCOMPARE(values[0].reason, std::string("no members"));
    }

    void the_newest_variant_is_current() {
        ProjectFixture fixture;
        ValueRecord value;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "m"}, "m"));
            ISOLOSS_TRY(value.checkpoint, session.ensure_checkpoint(run, 1, 1));
            ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity_named("loss[x]")));
            value.value = 3.0;
            value.variant = "window 128";
            value.recorded_at = 10;
            ISOLOSS_TRY_VOID(session.put_value(value));
            value.value = 2.0;
            value.variant = "window 256";
            value.recorded_at = 20;
            ISOLOSS_TRY_VOID(session.put_value(value));
            value.value = 2.5;
            value.variant = "window 128";
            value.recorded_at = 15;
            ISOLOSS_TRY_VOID(session.put_value(value));
            return {};
        }));
        const auto reader = fixture.reader();
        const auto values = value_of(reader->values(value.checkpoint, value.quantity));
        QCOMPARE(values.size(), std::size_t{1});
        QCOMPARE(values[0].value, std::optional(2.0));
        QCOMPARE(values[0].quantity_key, std::string("loss[x]"));
        const auto history = value_of(reader->value_history(value.checkpoint, value.quantity));
        QCOMPARE(history.size(), std::size_t{2});
        QCOMPARE(history[0].value, std::optional(2.5));
        QCOMPARE(value_of(reader->quantities()).at(0).value_count, std::int64_t{2});
    }

    void outcomes_share_items() {
        ProjectFixture fixture;
        ValueId ids[2];
        OutcomeRecord outcome;
        outcome.item = {{}, "arc", "doc 1", "hash", "Which?", {"a", "\"b\"", "", "c\n"}, 2};
        outcome.correct = 1;
        outcome.chosen = 2;
        outcome.log_likelihoods = {-1.5, -HUGE_VAL, -0.0, -3.25};
        outcome.tokens = 4;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "m"}, "m"));
            ISOLOSS_TRY(const auto quantity, session.ensure_quantity(quantity_named("arc/acc")));
            for (int i = 0; i < 2; ++i) {
                ValueRecord value;
                value.quantity = quantity;
                value.value = 1;
                ISOLOSS_TRY(value.checkpoint, session.ensure_checkpoint(run, 1, i));
                ISOLOSS_TRY(ids[i], session.put_value(value));
                ISOLOSS_TRY_VOID(session.put_outcomes(ids[i], {outcome}));
            }
            return {};
        }));
        const auto reader = fixture.reader();
        const auto first = value_of(reader->outcomes(ids[0]));
        const auto second = value_of(reader->outcomes(ids[1]));
        QCOMPARE(first.size(), std::size_t{1});
        QCOMPARE(first[0].item.id, second.at(0).item.id);
        QCOMPARE(first[0].item.choices, outcome.item.choices);
        QCOMPARE(first[0].item.gold, std::optional(2));
        QCOMPARE(first[0].log_likelihoods, outcome.log_likelihoods);
        QVERIFY(std::signbit(first[0].log_likelihoods[2]));
        QCOMPARE(first[0].chosen, std::optional(2));
        QCOMPARE(first[0].tokens, std::optional<std::int64_t>(4));
        QVERIFY(value_of(reader->has_outcomes(ids[0])));

        // A value that changes loses its outcomes; an equal one keeps them.
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ValueRecord value = reader->values().value().at(0);
            ISOLOSS_TRY_VOID(session.put_value(value));
            value = reader->values().value().at(1);
            value.value = 0;
            ISOLOSS_TRY_VOID(session.put_value(value));
            return {};
        }));
        QVERIFY(value_of(reader->has_outcomes(ids[0])));
        QVERIFY(!value_of(reader->has_outcomes(ids[1])));
    }

    void sources_views_and_data_sets_come_back() {
        ProjectFixture fixture;
        SourceRecord source;
        source.path = "runs/\xff\xfe/events";
        source.device = 0xffffffffffffffffu;
        source.offset = 123;
        source.state = R"({"attempt": 2})";
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.begin_import({"runs"}));
            ISOLOSS_TRY_VOID(session.put_source(source));
            source.offset = 456;
            ISOLOSS_TRY_VOID(session.put_source(source));
            ISOLOSS_TRY_VOID(session.put_view({{}, "mine", "curves", R"({"log": true})", 5}));
            ISOLOSS_TRY_VOID(session.put_view({{}, "mine", "curves", R"({"log": false})", 6}));
            ISOLOSS_TRY(const auto one,
                        session.ensure_dataset({{}, "tiny", DatasetKind::multiple_choice, "/a", "h", 3}));
            ISOLOSS_TRY(const auto two,
                        session.ensure_dataset({{}, "tiny", DatasetKind::multiple_choice, "/b", "h", 3}));
            ISOLOSS_TRY_VOID(session.ensure_dataset({{}, "probe", DatasetKind::labelled_text, "/c", "i", 3}));
            if (one != two) return fail(ErrorKind::internal, "the data set was not found again");
            return {};
        }));
        const auto reader = fixture.reader();
        const auto found = value_of(reader->source(source.path));
        QVERIFY(found.has_value());
        QCOMPARE(found->path, source.path);
        QCOMPARE(found->device, source.device);
        QCOMPARE(found->offset, std::uint64_t{456});
        const auto views = value_of(reader->views());
        QCOMPARE(views.size(), std::size_t{1});
        QCOMPARE(views[0].body, std::string(R"({"log": false})"));
        const auto datasets = value_of(reader->datasets());
        QCOMPARE(datasets.size(), std::size_t{2});
        QCOMPARE(datasets[0].kind, DatasetKind::labelled_text);
        QCOMPARE(datasets[1].path, std::string("/b"));
        QCOMPARE(datasets[1].kind, DatasetKind::multiple_choice);
    }

    void start_view_is_one_of_the_views() {
        ProjectFixture fixture;
        const auto set = [&](const char* name) {
            return fixture.writer().run([name](WriteSession& session) { return session.set_start_view(name); });
        };
        ViewId plane;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(plane, session.put_view({{}, "plane", "downstream", R"({"x": "loss"})", 5}));
            ISOLOSS_TRY_VOID(session.put_view({{}, "curves", "curves", "{}", 5}));
            return {};
        }));
        const auto start = [&] { return value_of(fixture.reader()->start_view()); };
        QVERIFY(!start());
        REQUIRE_OK(set("plane"));
        QCOMPARE(start()->id, plane);
        QCOMPARE(start()->page, std::string("downstream"));
        QCOMPARE(start()->body, std::string(R"({"x": "loss"})"));
        const auto unknown = set("plain");
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().kind, ErrorKind::not_found);
        REQUIRE_OK(set("curves"));
        QCOMPARE(start()->name, std::string("curves"));
        // Removing another view leaves it, removing it removes it for good.
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) { return session.remove_view(plane); }));
        QCOMPARE(start()->name, std::string("curves"));
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) { return session.remove_view(start()->id); }));
        QVERIFY(!start());
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.put_view({{}, "curves", "curves", "{}", 6}));
            return {};
        }));
        QVERIFY(!start());
        REQUIRE_OK(set("curves"));
        REQUIRE_OK(set(""));
        QVERIFY(!start());
    }

    void rows_know_their_import() {
        ProjectFixture fixture;
        ImportId import;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(import, session.begin_import({"runs"}));
            return {};
        }));
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            session.continue_import(import);
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "a"}, "a"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points({1})));
            ISOLOSS_TRY_VOID(session.ensure_checkpoint(run, 1, 1));
            return session.finish_import(import, "{}");
        }));
        const auto rows = value_of(fixture.reader()->sql("SELECT import_id FROM run UNION ALL SELECT import_id FROM "
                                                         "attempt UNION ALL SELECT import_id FROM checkpoint UNION ALL "
                                                         "SELECT id FROM import WHERE finished_at > 0"))
                              .rows;
        const std::optional<std::string> expected = std::to_string(import.value);
        QCOMPARE(rows, (std::vector<std::vector<std::optional<std::string>>>(4, {expected})));
    }
};

QTEST_GUILESS_MAIN(RecordsTest)
#include "tst_records.moc"
