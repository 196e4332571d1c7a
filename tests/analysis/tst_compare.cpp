#include "engine/analysis/compare.h"
#include "engine/analysis/query.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <cmath>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

OutcomeRecord outcome(int item, double correct) {
    OutcomeRecord record;
    record.item.task = "arc";
    record.item.key = std::to_string(item);
    record.item.text = "question " + std::to_string(item);
    record.correct = correct;
    record.chosen = static_cast<int>(correct);
    return record;
}

struct Checkpoints {
    CheckpointId a, b;
};

// a is right on items 0 1 2, b on 2 3 4 5 6 of 0 … 7; their losses share nothing.
Checkpoints fill(ProjectFixture& fixture) {
    Checkpoints ids;
    const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const RunId one, session.ensure_run({"test", "one"}, "one"));
        ISOLOSS_TRY(const RunId two, session.ensure_run({"test", "two"}, "two"));
        ISOLOSS_TRY_VOID(
            session.merge_run_config(one, R"({"lr": 1, "model": {"d": 8, "h": 2}, "paths": {"out": "x"}})"));
        ISOLOSS_TRY_VOID(session.merge_run_config(two, R"({"lr": 1, "model": {"d": 16}, "paths": {"out": "y"}})"));
        ISOLOSS_TRY(ids.a, session.ensure_checkpoint(one, 1, 10));
        ISOLOSS_TRY(ids.b, session.ensure_checkpoint(two, 1, 20));
        QuantityRecord acc = test::quantity_named("arc/acc");
        acc.metric = "acc";
        QuantityRecord loss = test::quantity_named("loss[x]");
        loss.metric = "loss";
        ISOLOSS_TRY(const QuantityId acc_id, session.ensure_quantity(acc));
        ISOLOSS_TRY(const QuantityId loss_id, session.ensure_quantity(loss));
        const auto put = [&](CheckpointId checkpoint, QuantityId quantity, double number,
                             double error) -> Expected<ValueId> {
            ValueRecord value;
            value.checkpoint = checkpoint;
            value.quantity = quantity;
            value.value = number;
            value.standard_error = error;
            return session.put_value(value);
        };
        std::vector<OutcomeRecord> of_a, of_b;
        for (int item = 0; item < 8; ++item) {
            of_a.push_back(outcome(item, item < 3 ? 1 : 0));
            of_b.push_back(outcome(item, item >= 2 && item < 7 ? 1 : 0));
        }
        ISOLOSS_TRY(const ValueId acc_a, put(ids.a, acc_id, 3.0 / 8, 0.17));
        ISOLOSS_TRY(const ValueId acc_b, put(ids.b, acc_id, 5.0 / 8, 0.17));
        ISOLOSS_TRY_VOID(session.put_outcomes(acc_a, of_a));
        ISOLOSS_TRY_VOID(session.put_outcomes(acc_b, of_b));
        if (auto put_a = put(ids.a, loss_id, 3.5, 0.03); !put_a) return fail(put_a.error());
        if (auto put_b = put(ids.b, loss_id, 3.0, 0.04); !put_b) return fail(put_b.error());
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
    return ids;
}

} // namespace

class CompareTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void two_checkpoints() {
        ProjectFixture fixture;
        const Checkpoints ids = fill(fixture);
        const auto reader = fixture.reader();
        const auto comparison = value_of(compare_checkpoints(*reader, {ids.a, ids.b}, {"paths"}));
        QCOMPARE(comparison.config.size(), std::size_t(2));
        QCOMPARE(comparison.config[0].field, std::string("model.d"));
        QCOMPARE(comparison.config[0].values, (std::vector<std::string>{"8", "16"}));
        QCOMPARE(comparison.config[1].values, (std::vector<std::string>{"2", ""}));

        QCOMPARE(comparison.quantities.size(), std::size_t(2));
        const auto& acc = comparison.quantities[0];
        QVERIFY(acc.paired);
        QCOMPARE(acc.shared_items, 8);
        QCOMPARE(acc.learned, 4);
        QCOMPARE(acc.forgotten, 2);
        QCOMPARE(acc.both_right, 1);
        QCOMPARE(acc.both_wrong, 1);
        // numpy: d = [-1, -1, 0, 1, 1, 1, 1, 0], d.mean() and d.std(ddof=1) / sqrt(8)
        QVERIFY(std::abs(*acc.difference - 0.25) < 1e-12);
        QVERIFY(std::abs(*acc.standard_error - 0.31339158526400435) < 1e-12);
        QVERIFY(std::abs(*acc.mcnemar_p - 0.6875) < 1e-12); // scipy binomtest(2, 6)

        const auto& loss = comparison.quantities[1];
        QVERIFY(!loss.paired);
        QVERIFY(!loss.mcnemar_p);
        QCOMPARE(*loss.difference, -0.5);
        QVERIFY(std::abs(*loss.standard_error - 0.05) < 1e-12);

        const auto flips = value_of(item_flips(*reader, acc.a->id, acc.b->id));
        QCOMPARE(flips.size(), std::size_t(8));
        QVERIFY(flips[0].kind == ItemFlip::Kind::learned);
        QCOMPARE(flips[0].item.text, std::string("question 3"));
        QCOMPARE(flips[0].chosen_b.value_or(-1), 1);
        QVERIFY(flips[7].kind == ItemFlip::Kind::both_right);
    }

    void too_few_to_compare() {
        ProjectFixture fixture;
        const Checkpoints ids = fill(fixture);
        const auto reader = fixture.reader();
        QCOMPARE(compare_checkpoints(*reader, {ids.a}).error().kind, ErrorKind::usage);
    }

    void queries() {
        ProjectFixture fixture;
        fill(fixture);
        const auto reader = fixture.reader();
        const auto runs = value_of(query_table(*reader, "", QueryOf::runs, {"run", "model.d"}, "-model.d"));
        QCOMPARE(runs.rows.size(), std::size_t(2));
        QCOMPARE(std::get<std::string>(runs.rows[0][0]), std::string("two"));
        QCOMPARE(std::get<double>(runs.rows[0][1]), 16.0);
        const auto checkpoints =
            value_of(query_table(*reader, "step > 5", QueryOf::checkpoints, {"run", "step", "loss[x]"}, "loss[x]"));
        QCOMPARE(checkpoints.columns, (std::vector<std::string>{"run", "step", "loss[x]"}));
        QCOMPARE(std::get<std::int64_t>(checkpoints.rows[0][1]), 20);
        QCOMPARE(std::get<double>(checkpoints.rows[1][2]), 3.5);
        QCOMPARE(value_of(query_table(*reader, "name = one", QueryOf::values)).rows.size(), std::size_t(2));
        QCOMPARE(value_of(query_table(*reader, "", QueryOf::items)).rows.size(), std::size_t(16));
        QVERIFY(value_of(query_table(*reader, "", QueryOf::points)).rows.empty());
        const auto wrong = query_table(*reader, "", QueryOf::values, {"quantty"});
        QVERIFY(!wrong.has_value());
        QVERIFY(QString::fromStdString(wrong.error().text()).contains("quantity"));
    }
};

QTEST_APPLESS_MAIN(CompareTest)
#include "tst_compare.moc"
