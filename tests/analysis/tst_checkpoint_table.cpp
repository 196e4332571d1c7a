#include "engine/analysis/checkpoint_table.h"
#include "engine/analysis/filter_rows.h"
#include "engine/store/project.h"

#include "tests/support/project_fixture.h"
#include <QTemporaryDir>

#include <QTest>
#include <cmath>
#include <limits>
#include <tuple>

using namespace isoloss;

namespace {

QuantityRecord imported(const char* task, const char* metric) {
    QuantityRecord quantity;
    quantity.key = std::string(task) + "/" + metric;
    quantity.metric = metric;
    quantity.subject = task;
    quantity.unit = "share";
    quantity.direction = Direction::up;
    return quantity;
}

QuantityRecord measured(const char* metric, const char* dataset) {
    QuantityRecord quantity;
    quantity.key = std::string(metric) + "[" + dataset + "]";
    quantity.kind = QuantityKind::measured;
    quantity.metric = metric;
    quantity.subject = dataset;
    quantity.unit = "nats/token";
    quantity.direction = Direction::down;
    return quantity;
}

Expected<void> put(WriteSession& session, CheckpointId checkpoint, const QuantityRecord& record,
                   std::optional<double> number, std::optional<double> error = {}, const char* reason = "") {
    ISOLOSS_TRY(const QuantityId quantity, session.ensure_quantity(record));
    ValueRecord value;
    value.checkpoint = checkpoint;
    value.quantity = quantity;
    value.value = number;
    value.standard_error = error;
    value.reason = reason;
    value.status = number ? ValueStatus::ok : ValueStatus::undefined;
    if (const auto stored = session.put_value(value); !stored) return fail(stored.error());
    return {};
}

// Two runs: "small" with checkpoints at 10, 20, 30 in two attempts, "large" at 10 and without a step.
Expected<void> fill(WriteSession& session) {
    ISOLOSS_TRY(const RunId small, session.ensure_run({"test", "small"}, "small"));
    ISOLOSS_TRY(const RunId large, session.ensure_run({"test", "large"}, "large"));
    ISOLOSS_TRY(const RunId gone, session.ensure_run({"test", "gone"}, "gone"));
    ISOLOSS_TRY_VOID(session.merge_run_config(
        small, R"({"optimizer": {"lr": 0.001, "name": "adamw"}, "tied": true, "seed": "7", "model": {"d": 8}})"));
    ISOLOSS_TRY_VOID(session.merge_run_config(
        large, R"({"optimizer": {"lr": 0.0001, "name": "sgd"}, "tied": false, "seed": "8", "teacher": {"d": 9}})"));
    ISOLOSS_TRY_VOID(session.set_run_group(small, "ablation"));
    ISOLOSS_TRY_VOID(session.set_run_tags(small, {"good", "wide"}));
    ISOLOSS_TRY_VOID(session.set_run_status(large, RunStatus::finished));

    ISOLOSS_TRY(const SeriesId loss, session.ensure_series(small, "val/loss"));
    PointColumns first;
    first.steps = {5, 10, 15, 20, 25};
    first.wall_times.assign(5, std::numeric_limits<double>::quiet_NaN());
    first.values = std::vector<float>{5, 4, 3.5f, 3, 2.75f};
    ISOLOSS_TRY_VOID(session.append_points(loss, 1, first));
    PointColumns second;
    second.steps = {20, 26};
    second.wall_times.assign(2, std::numeric_limits<double>::quiet_NaN());
    second.values = std::vector<float>{3.25f, 2.5f};
    ISOLOSS_TRY_VOID(session.append_points(loss, 2, second));

    std::vector<CheckpointId> ids;
    for (const std::int64_t step : {10, 20, 28}) {
        ISOLOSS_TRY(ids.emplace_back(), session.ensure_checkpoint(small, 1, step));
    }
    ISOLOSS_TRY(ids.emplace_back(), session.ensure_checkpoint(small, 2, 30));
    ISOLOSS_TRY(ids.emplace_back(), session.ensure_checkpoint(large, 1, 10));
    ISOLOSS_TRY(ids.emplace_back(), session.ensure_checkpoint(large, 1, std::nullopt));
    ISOLOSS_TRY(const CheckpointId of_gone, session.ensure_checkpoint(gone, 1, 10));
    ISOLOSS_TRY_VOID(put(session, of_gone, imported("arc", "acc"), 0.9));
    ISOLOSS_TRY_VOID(session.set_run_trashed(gone, true));
    CheckpointRecord known;
    known.tokens = 1e6;
    known.parameter_count = 260000;
    ISOLOSS_TRY_VOID(session.update_checkpoint(ids[0], known));

    for (std::size_t i = 0; i < ids.size(); ++i) {
        const double x = static_cast<double>(i);
        ISOLOSS_TRY_VOID(put(session, ids[i], imported("arc", "acc"), 0.2 + 0.1 * x, 0.03));
        if (i != 1) ISOLOSS_TRY_VOID(put(session, ids[i], imported("piqa", "acc"), 0.5 + 0.1 * x, 0.04));
        if (i == 3) ISOLOSS_TRY_VOID(put(session, ids[i], imported("rare", "acc"), 1.0));
        if (i < 2) ISOLOSS_TRY_VOID(put(session, ids[i], measured("loss", "stories"), 3.0 - 0.5 * x, 0.01));
    }
    return put(session, ids[2], measured("loss", "stories"), std::nullopt, {}, "no token was scored");
}

} // namespace

class CheckpointTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() {
        auto project = Project::create(folder_.path().toStdString() + "/p.isoloss");
        QVERIFY2(project.has_value(), project ? "" : project.error().text().c_str());
        project_ = std::move(*project);
        const auto filled = project_->writer().run(fill);
        QVERIFY2(filled.has_value(), filled ? "" : filled.error().text().c_str());
        reader_ = std::move(*project_->reader());
    }

    void cleanupTestCase() {
        reader_.reset();
        project_.reset();
    }

    void cells_data() {
        QTest::addColumn<QList<double>>("expected"); // NaN: none
        const double none = std::numeric_limits<double>::quiet_NaN();
        const auto row = [](const char* key, const QList<double>& expected) { QTest::newRow(key) << expected; };
        row("step", {10, 20, 28, 30, 10, none});
        row("attempt", {1, 1, 1, 2, 1, 1});
        row("tokens", {1e6, none, none, none, none, none});
        row("parameters", {260000, none, none, none, none, none});
        row("arc/acc", {.2, .3, .4, .5, .6, .7});
        row("piqa/acc", {.5, none, .7, .8, .9, 1.0});
        row("loss[stories]", {3, 2.5, none, none, none, none});
        row("loss", {3, 2.5, none, none, none, none});
        row("lr", {.001, .001, .001, .001, .0001, .0001});
        row("config.optimizer.lr", {.001, .001, .001, .001, .0001, .0001});
        row("seed", {7, 7, 7, 7, 8, 8});
        row("teacher.d", {none, none, none, none, 9, 9});
        // 20 was written by both attempts: the last wins. 28 of attempt 1 goes back to its own 25, 30 of attempt 2
        // to 26.
        row("series:val/loss", {4, 3.25, 2.75, 2.5, none, none});
        row("val/loss", {4, 3.25, 2.75, 2.5, none, none});
        // rare/acc is dropped, and the checkpoint without piqa/acc has no mean.
        row("mean(*/acc)", {.35, none, .55, .65, .75, .85});
        row("mean(arc/acc, piqa/*)", {.35, none, .55, .65, .75, .85});
    }

    void cells() {
        QFETCH(QList<double>, expected);
        const auto table = load_checkpoint_table(*reader_, "", {QTest::currentDataTag()});
        QVERIFY2(table.has_value(), table ? "" : table.error().text().c_str());
        QCOMPARE(table->checkpoints.size(), std::size_t(6));
        const auto& column = table->columns.front();
        QVERIFY(!column.is_text);
        for (std::size_t i = 0; i < 6; ++i) {
            const double wanted = expected[static_cast<int>(i)];
            const auto& cell = column.cells[i].value;
            QCOMPARE(cell.has_value(), !std::isnan(wanted));
            if (cell) QVERIFY(std::abs(*cell - wanted) < 1e-12);
        }
    }

    void a_cell_says_more_than_its_value() {
        const auto table = load_checkpoint_table(*reader_, "", {"loss", "mean(*/acc)"});
        const auto* loss = table->column("loss");
        QCOMPARE(loss->title, std::string("loss [stories]"));
        QCOMPARE(loss->unit, std::string("nats/token"));
        QVERIFY(loss->direction == Direction::down);
        QCOMPARE(*loss->cells[0].standard_error, 0.01);
        QVERIFY(loss->cells[0].value_id.value > 0);
        QCOMPARE(loss->cells[2].reason, std::string("no token was scored"));
        const auto* mean = table->column("mean(*/acc)");
        QCOMPARE(mean->note, std::string("mean over 2 tasks; 1 dropped (rare/acc)"));
        QCOMPARE(mean->cells[1].reason, std::string("1 of 2 tasks missing"));
        QVERIFY(std::abs(*mean->cells[0].standard_error - 0.025) < 1e-12); // √(.03² + .04²) / 2
        QVERIFY(mean->direction == Direction::up);
    }

    /// Of several variants of a value the newest counts, also where all values are read at once.
    void the_newest_variant_counts_data() {
        QTest::addColumn<int>("quantities");
        QTest::newRow("one quantity") << 1;
        QTest::newRow("many quantities") << 40;
    }

    void the_newest_variant_counts() {
        QFETCH(int, quantities);
        test::ProjectFixture fixture;
        std::vector<std::string> keys;
        const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
            for (int i = 0; i < quantities; ++i) {
                keys.push_back("task_" + std::to_string(i) + "/acc");
                ISOLOSS_TRY(const QuantityId quantity, session.ensure_quantity(test::quantity_named(keys.back())));
                for (const std::int64_t step : {10, 20}) {
                    ISOLOSS_TRY(const CheckpointId checkpoint, session.ensure_checkpoint(run, 1, step));
                    for (const auto& [variant, number, time] :
                         {std::tuple("b", 1.0, 100.0), std::tuple("a", 2.0, 300.0), std::tuple("c", 3.0, 200.0)}) {
                        ValueRecord value;
                        value.checkpoint = checkpoint;
                        value.quantity = quantity;
                        value.variant = variant;
                        value.value = number + static_cast<double>(step);
                        value.recorded_at = time;
                        if (auto put = session.put_value(value); !put) return fail(put.error());
                    }
                }
            }
            return {};
        });
        REQUIRE_OK(written);
        const auto table = test::value_of(load_checkpoint_table(*fixture.reader(), "", keys));
        for (const QuantityColumn& column : table.columns) {
            QCOMPARE(column.cells.at(0).value.value_or(0), 12.0);
            QCOMPARE(column.cells.at(1).value.value_or(0), 22.0);
        }
    }

    void texts() {
        const auto table = load_checkpoint_table(*reader_, "", {"run", "optimizer.name", "tied", "group"});
        QVERIFY(table.has_value());
        for (const auto& column : table->columns)
            QVERIFY(column.is_text);
        QCOMPARE(table->column("run")->texts[4], std::string("large"));
        QCOMPARE(table->column("optimizer.name")->texts[0], std::string("adamw"));
        QCOMPARE(table->column("tied")->texts[4], std::string("false"));
        QCOMPARE(table->runs.size(), std::size_t(2));
        QCOMPARE(table->run_of(4)->name, std::string("large"));
    }

    void faults_data() {
        QTest::addColumn<QString>("words");
        QTest::newRow("arc/ac") << "arc/acc";
        QTest::newRow("acc") << "3 quantities";
        QTest::newRow("d") << "model.d, teacher.d";
        QTest::newRow("mean(nothing*)") << "no checkpoint has";
        QTest::newRow("series:nothing") << "no checkpoint has";
        QTest::newRow("zzzzzz") << "import it";
    }

    void faults() {
        QFETCH(QString, words);
        const auto table = load_checkpoint_table(*reader_, "", {QTest::currentDataTag()});
        QVERIFY(!table.has_value());
        QVERIFY2(QString::fromStdString(table.error().text()).contains(words), table.error().text().c_str());
    }

    void filtered_checkpoints_data() {
        QTest::addColumn<int>("rows");
        const auto row = [](const char* filter, int rows) { QTest::newRow(filter) << rows; };
        row("", 6);
        row("small", 4);
        row("name = large", 2);
        row("group = ablation and step >= 20", 3);
        row("arc/acc > 0.45", 3);
        row("loss < 2.75", 1);
        row("has(loss)", 2);
        row("not has(loss)", 4);
        row("has(piqa/acc)", 5);
        row("has(unheard_of)", 0);
        row("lr < 3e-4", 2);
        row("optimizer.name = adam*", 4);
        row("tied = true", 4);
        row("seed = 7", 4);
        row("val/loss < 3", 2);
        row("min(val/loss) = 2.5", 4);
        row("max(val/loss) = 5", 4);
        row("first(val/loss) = 5", 4);
        row("last(val/loss) = 2.5", 4);
        row("at(val/loss, 20) = 3.25", 4);
        row("max(arc/acc) > 0.6", 2);
        row("mean(arc/acc, piqa/acc) > 0.6", 3);
        row("tag = wide", 4);
        row("status = finished", 2);
        row("group = acc", 0);
        row("unheard_of < 3", 0);
        row("archived = false", 6);
        row("parameters = 260000", 1);
    }

    void filtered_checkpoints() {
        QFETCH(int, rows);
        const auto found = filter_checkpoints(*reader_, QTest::currentDataTag());
        QVERIFY2(found.has_value(), found ? "" : found.error().text().c_str());
        QCOMPARE(static_cast<int>(found->size()), rows);
        QCOMPARE(static_cast<int>(load_checkpoint_table(*reader_, QTest::currentDataTag(), {})->checkpoints.size()),
                 rows);
    }

    void filtered_runs_data() {
        QTest::addColumn<int>("rows");
        const auto row = [](const char* filter, int rows) { QTest::newRow(filter) << rows; };
        row("", 2);
        row("mal", 1);
        row("lr < 3e-4 or group = ablation", 2);
        row("min(val/loss) < 2.9", 1);
        row("val/loss = 2.5", 1);
        row("has(loss)", 1);
        row("loss = 2.5", 1);
        row("arc/acc > 0.6", 1);
        row("tag ~ GOO", 1);
        row("tag != good", 1);
        row("attempt = 2", 1);
        row("step = 26", 1);
    }

    void filtered_runs() {
        QFETCH(int, rows);
        const auto found = filter_runs(*reader_, QTest::currentDataTag());
        QVERIFY2(found.has_value(), found ? "" : found.error().text().c_str());
        QCOMPARE(static_cast<int>(found->size()), rows);
    }

    void an_ambiguous_name_is_an_error() {
        const auto found = filter_runs(*reader_, "d < 3");
        QVERIFY(!found.has_value());
        QVERIFY(QString::fromStdString(found.error().text()).contains("model.d, teacher.d"));
    }

    void every_choice_can_be_loaded() {
        const auto choices = quantity_choices(*reader_);
        QVERIFY(choices.has_value());
        QVERIFY(choices->size() > 10);
        QCOMPARE(choices->front().key, std::string("loss[stories]"));
        for (const auto& choice : *choices) {
            const auto table = load_checkpoint_table(*reader_, "", {choice.key});
            QVERIFY2(table.has_value(), table ? "" : table.error().text().c_str());
            const auto& column = table->columns.front();
            const auto filled = column.is_text ? std::any_of(column.texts.begin(), column.texts.end(),
                                                             [](const std::string& text) { return !text.empty(); })
                                               : std::any_of(column.cells.begin(), column.cells.end(),
                                                             [](const Cell& cell) { return cell.value.has_value(); });
            QVERIFY2(filled, choice.key.c_str());
        }
    }

private:
    QTemporaryDir folder_;
    std::unique_ptr<Project> project_;
    std::unique_ptr<Reader> reader_;
};

QTEST_APPLESS_MAIN(CheckpointTableTest)
#include "tst_checkpoint_table.moc"
