#include "engine/analysis/filter_rows.h"
#include "engine/analysis/run_table.h"
#include "engine/base/number_text.h"
#include "engine/store/project.h"

#include "tests/support/project_fixture.h"

#include <QTest>
#include <limits>
#include <map>

using namespace isoloss;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

QuantityRecord quantity(const char* subject, const char* metric) {
    QuantityRecord record;
    record.key = std::string(subject) + "/" + metric;
    record.metric = metric;
    record.subject = subject;
    return record;
}

Expected<void> put(WriteSession& session, CheckpointId checkpoint, const QuantityRecord& record, double number) {
    ISOLOSS_TRY(const QuantityId id, session.ensure_quantity(record));
    ValueRecord value;
    value.checkpoint = checkpoint;
    value.quantity = id;
    value.value = number;
    value.status = number == number ? ValueStatus::ok : ValueStatus::nonfinite;
    if (const auto stored = session.put_value(value); !stored) return fail(stored.error());
    return {};
}

PointColumns points(std::vector<std::int64_t> steps, std::vector<float> values) {
    PointColumns columns;
    columns.wall_times.assign(steps.size(), nan_value);
    columns.steps = std::move(steps);
    columns.values = std::move(values);
    return columns;
}

// "small" has series and checkpoints at 10 and 20, "large" has checkpoints at 10 and without a step, "gone" is in the
// trash.
Expected<void> fill(WriteSession& session) {
    ISOLOSS_TRY(const RunId small, session.ensure_run({"test", "small"}, "small"));
    ISOLOSS_TRY(const RunId large, session.ensure_run({"test", "large"}, "large"));
    ISOLOSS_TRY(const RunId gone, session.ensure_run({"test", "gone"}, "gone"));
    ISOLOSS_TRY_VOID(
        session.merge_run_config(small, R"({"optimizer": {"lr": 0.001}, "seed": "7", "model": {"d": 8}})"));
    ISOLOSS_TRY_VOID(session.merge_run_config(large, R"({"optimizer": {"lr": 0.0001}, "teacher": {"d": 9}})"));
    ISOLOSS_TRY_VOID(session.merge_run_config(gone, R"({"scheduler": {"lr": 5}})"));
    ISOLOSS_TRY_VOID(session.set_run_group(small, "ablation"));
    ISOLOSS_TRY_VOID(session.set_run_tags(small, {"good", "wide"}));

    ISOLOSS_TRY(const SeriesId loss, session.ensure_series(small, "val/loss"));
    ISOLOSS_TRY_VOID(session.append_points(loss, 1, points({5, 10, 15, 20, 25}, {5, 4, 3.5f, 3, 2.75f})));
    ISOLOSS_TRY_VOID(session.append_points(loss, 2, points({20, 26}, {3.25f, 2.5f})));
    ISOLOSS_TRY(const SeriesId score, session.ensure_series(small, "score"));
    ISOLOSS_TRY_VOID(session.append_points(score, 1, points({1, 2, 3}, {0.5f, 0.25f, 0.75f})));
    ISOLOSS_TRY(const SeriesId of_gone, session.ensure_series(gone, "val/loss"));
    ISOLOSS_TRY_VOID(session.append_points(of_gone, 1, points({1}, {9})));

    ISOLOSS_TRY(const CheckpointId small_10, session.ensure_checkpoint(small, 1, 10));
    ISOLOSS_TRY(const CheckpointId small_20, session.ensure_checkpoint(small, 1, 20));
    ISOLOSS_TRY(const CheckpointId large_10, session.ensure_checkpoint(large, 1, 10));
    ISOLOSS_TRY(const CheckpointId large_last, session.ensure_checkpoint(large, 1, std::nullopt));
    ISOLOSS_TRY(const CheckpointId gone_10, session.ensure_checkpoint(gone, 1, 10));
    CheckpointRecord known;
    known.tokens = 1e6;
    ISOLOSS_TRY_VOID(session.update_checkpoint(small_10, known));

    const QuantityRecord arc = quantity("arc", "acc"), piqa = quantity("piqa", "acc");
    ISOLOSS_TRY_VOID(put(session, small_10, arc, 0.25));
    ISOLOSS_TRY_VOID(put(session, small_20, arc, 0.375));
    ISOLOSS_TRY_VOID(put(session, large_10, arc, 0.5));
    ISOLOSS_TRY_VOID(put(session, large_last, arc, 0.75));
    ISOLOSS_TRY_VOID(put(session, gone_10, arc, 0.875));
    ISOLOSS_TRY_VOID(put(session, small_10, piqa, 0.5));
    ISOLOSS_TRY_VOID(put(session, large_last, piqa, 1));
    QuantityRecord same_name;
    same_name.key = "score";
    ISOLOSS_TRY_VOID(put(session, large_10, same_name, nan_value));
    ISOLOSS_TRY_VOID(put(session, large_last, same_name, 1.5));
    return session.set_run_trashed(gone, true);
}

QString shown(const FilterValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return QString::fromStdString(number_text(*number));
    if (const auto* text = std::get_if<std::string>(&value)) return QString::fromStdString(*text);
    QStringList texts;
    if (const auto* several = std::get_if<std::vector<std::string>>(&value))
        for (const std::string& text : *several)
            texts += QString::fromStdString(text);
    return texts.join('+');
}

} // namespace

class RunTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() {
        REQUIRE_OK(fixture_.writer().run(fill));
        reader_ = fixture_.reader();
        fields_ = test::value_of(RunFields::load(*reader_, TrashRule::with_trash));
    }

    void cells_data() {
        QTest::addColumn<QStringList>("expected"); // small, large, gone
        const auto row = [](const char* key, const char* small, const char* large, const char* gone) {
            QTest::newRow(key) << QStringList{small, large, gone};
        };
        row("name", "small", "large", "gone");
        row("group", "ablation", "", "");
        row("tags", "good+wide", "", "");
        row("checkpoints", "2", "2", "1");
        row("series", "2", "0", "1");
        row("points", "10", "0", "1");
        row("archived", "false", "false", "false");
        row("attempts", "2", "1", "1");
        row("step", "26", "10", "1");
        row("tokens", "1e+06", "", "");
        row("seed", "7", "", "");
        row("config.optimizer.lr", "0.001", "1e-04", "");
        // That of the trash does not make the name ambiguous, and has a name where there is no other.
        row("lr", "0.001", "1e-04", "");
        row("scheduler.lr", "", "", "5");
        row("arc/acc", "0.375", "0.75", "0.875");
        row("val/loss", "2.5", "", "9");
        row("last(val/loss)", "2.5", "", "9");
        row("first(val/loss)", "5", "", "9");
        row("min(val/loss)", "2.5", "", "9");
        row("max(val/loss)", "5", "", "9");
        // 20 is in both attempts: the last wins. 15 is in the first alone. 24 goes back to 20 of the last attempt,
        // which has nothing before 17.
        row("at(val/loss, 20)", "3.25", "", "9");
        row("at(val/loss, 15)", "3.5", "", "9");
        row("at(val/loss, 24)", "3.25", "", "9");
        row("at(val/loss, 17)", "", "", "9");
        row("at(val/loss, 1e3)", "2.5", "", "9");
        row("at(val/loss,0)", "", "", "");
        row("min(arc/acc)", "0.25", "0.5", "0.875");
        row("first(arc/acc)", "0.25", "0.5", "0.875");
        row("at(arc/acc, 10)", "0.25", "0.5", "0.875");
        row("at(arc/acc, 20)", "0.375", "", "");
        // A series in one run and a quantity in another; extremes are over finite values.
        row("score", "", "1.5", "");
        row("min(score)", "0.25", "1.5", "");
        row("first(score)", "0.5", "NaN", "");
        row("min(series:score)", "0.25", "", "");
        // Of the four checkpoints outside of the trash two have piqa/acc.
        row("mean(*/acc)", "0.375", "0.875", "");
        row("mean(nothing*)", "", "", "");
        row("has(lr)", "1", "1", "0");
        row("has(tags)", "1", "0", "0");
        row("has(min(score))", "1", "1", "0");
        row("has(unheard_of)", "0", "0", "0");
        row("unheard_of", "", "", "");
        row("min(lr)", "", "", "");
    }

    void cells() {
        QFETCH(QStringList, expected);
        const auto column = fields_->cells(*reader_, QTest::currentDataTag());
        QVERIFY2(column.has_value(), column ? "" : column.error().text().c_str());
        QStringList texts;
        for (const FilterValue& value : **column)
            texts += shown(value);
        QCOMPARE(texts, expected);
    }

    void faults_data() {
        QTest::addColumn<QString>("words");
        QTest::newRow("d") << "model.d, teacher.d";
        QTest::newRow("acc") << "2 quantities: arc/acc, piqa/acc";
        QTest::newRow("last(acc)") << "2 quantities";
        QTest::newRow("has(d)") << "model.d, teacher.d";
        QTest::newRow("at(val/loss)") << "names no step";
        QTest::newRow("at(val/loss, 1.5)") << "names no step";
    }

    void faults() {
        QFETCH(QString, words);
        const auto column = fields_->cells(*reader_, QTest::currentDataTag());
        QVERIFY(!column.has_value());
        QCOMPARE(column.error().kind, ErrorKind::usage);
        QVERIFY2(QString::fromStdString(column.error().text()).contains(words), column.error().text().c_str());
        // Such a column of the table is empty and says why.
        const RunTable table = test::value_of(load_run_table(*reader_, "", {QTest::currentDataTag(), "name"}));
        QVERIFY(!table.columns[0].reason.empty());
        QCOMPARE(table.columns[0].cells, std::vector<FilterValue>(2));
        QVERIFY(table.columns[1].reason.empty());
    }

    /// The window and the command line mean the same.
    void filtered_data() {
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char* filter, const QStringList& expected) { QTest::newRow(filter) << expected; };
        row("", {"small", "large"});
        row("lr < 3e-4", {"large"});
        row("first(val/loss) = 5 and at(val/loss, 15) = 3.5", {"small"});
        row("mean(*/acc) > 0.5", {"large"});
        row("min(score) < 2", {"small", "large"});
        row("max(score) < 1", {"small"});
        row("attempts = 2", {"small"});
        row("tags != good", {"large"});
        row("has(tokens)", {"small"});
        row("group = d", {});
        row("group != d", {"small"});
        row("name = sm* and not has(teacher.d)", {"small"});
        row("step > checkpoints", {"small", "large"});
    }

    void filtered() {
        QFETCH(QStringList, expected);
        const auto table = load_run_table(*reader_, QTest::currentDataTag(), {});
        const auto ids = filter_runs(*reader_, QTest::currentDataTag());
        REQUIRE_OK(table);
        REQUIRE_OK(ids);
        QStringList names;
        std::vector<RunId> of_table;
        for (const RunRecord& run : table->runs) {
            names += QString::fromStdString(run.name);
            of_table.push_back(run.id);
        }
        QCOMPARE(names, expected);
        QCOMPARE(of_table, *ids);
        QCOMPARE(table->total, std::size_t(2));
    }

    void an_ambiguous_name_is_an_error_at_its_place() {
        const auto table = load_run_table(*reader_, "name = small and d < 3", {});
        QVERIFY(!table.has_value());
        QCOMPARE(table.error().kind, ErrorKind::usage);
        QCOMPARE(table.error().place, std::string("column 18"));
        const auto ids = filter_runs(*reader_, "name = small and d < 3");
        QVERIFY(!ids.has_value());
        QCOMPARE(ids.error().text(), table.error().text());
    }

    void choices_are_of_runs_outside_of_the_trash() {
        std::map<std::string, std::int64_t> runs;
        for (const RunColumnChoice& choice : test::value_of(fields_->choices(*reader_))) {
            runs[choice.key] = choice.runs;
            QVERIFY2(fields_->cells(*reader_, choice.key).has_value(), choice.key.c_str());
        }
        QCOMPARE(runs["config.optimizer.lr"], std::int64_t(2));
        QCOMPARE(runs["config.seed"], std::int64_t(1));
        QCOMPARE(runs["min(val/loss)"], std::int64_t(1));
        QCOMPARE(runs["arc/acc"], std::int64_t(2));
        QCOMPARE(runs["group"], std::int64_t(1));
        QCOMPARE(runs["tokens"], std::int64_t(1));
        QVERIFY(!runs.contains("config.scheduler.lr"));
        QVERIFY(!runs.contains("notes"));
    }

    void what_was_read_stays() {
        const auto before = test::value_of(fields_->cells(*reader_, "group"));
        REQUIRE_OK(fixture_.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.find_run({"test", "large"}));
            return session.set_run_group(*run, "late");
        }));
        QCOMPARE(test::value_of(fields_->cells(*reader_, "group")), before);
        QCOMPARE(test::value_of(load_run_table(*reader_, "group = late", {})).runs.size(), std::size_t(1));
    }

private:
    test::ProjectFixture fixture_;
    std::unique_ptr<Reader> reader_;
    std::shared_ptr<const RunFields> fields_;
};

QTEST_APPLESS_MAIN(RunTableTest)
#include "tst_run_table.moc"
