#include "engine/analysis/compare.h"
#include "engine/analysis/outcome_pairs.h"
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

OutcomeRecord item(const char* task, const char* key, const char* hash, double correct = 0) {
    OutcomeRecord record;
    record.item.task = task;
    record.item.key = key;
    record.item.doc_hash = hash;
    record.correct = correct;
    return record;
}

OutcomeRecord text(const char* key, double log_likelihood, std::int64_t tokens) {
    OutcomeRecord record = item("texts", key, key);
    record.correct.reset();
    record.log_likelihoods = {log_likelihood};
    record.tokens = tokens;
    return record;
}

struct Scores {
    double value = 0;
    std::optional<double> standard_error = {};
    std::vector<OutcomeRecord> outcomes = {};
    std::string provenance = "{}";
};

// What compare_checkpoints says of one quantity of this metric.
QuantityComparison compared(const std::string& metric, const Scores& of_a, const Scores& of_b) {
    ProjectFixture fixture;
    Checkpoints ids;
    const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
        ISOLOSS_TRY(ids.a, session.ensure_checkpoint(run, 1, 10));
        ISOLOSS_TRY(ids.b, session.ensure_checkpoint(run, 1, 20));
        QuantityRecord quantity = test::quantity_named("task/" + metric);
        quantity.metric = metric;
        quantity.subject = "task";
        ISOLOSS_TRY(const QuantityId quantity_id, session.ensure_quantity(quantity));
        for (const auto& [checkpoint, scores] : {std::pair(ids.a, &of_a), std::pair(ids.b, &of_b)}) {
            ValueRecord value;
            value.checkpoint = checkpoint;
            value.quantity = quantity_id;
            value.value = scores->value;
            value.standard_error = scores->standard_error;
            value.n = 100;
            value.provenance = scores->provenance;
            ISOLOSS_TRY(const ValueId id, session.put_value(value));
            if (!scores->outcomes.empty()) ISOLOSS_TRY_VOID(session.put_outcomes(id, scores->outcomes));
        }
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
    return value_of(compare_checkpoints(*fixture.reader(), {ids.a, ids.b})).quantities.at(0);
}

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
        // The same texts, but no items are stored: an unpaired error would be wrong.
        QVERIFY(!loss.standard_error);
        QVERIFY(QString::fromStdString(loss.error_reason).contains("not stored"));

        const auto flips = value_of(item_flips(*reader, acc.a->id, acc.b->id));
        QCOMPARE(flips.size(), std::size_t(8));
        QVERIFY(flips[0].kind == ItemFlip::Kind::learned);
        QCOMPARE(flips[0].item.text, std::string("question 3"));
        QCOMPARE(flips[0].chosen_b.value_or(-1), 1);
        QVERIFY(flips[7].kind == ItemFlip::Kind::both_right);
    }

    void pairing_data() {
        QTest::addColumn<std::vector<OutcomeRecord>>("a");
        QTest::addColumn<std::vector<OutcomeRecord>>("b");
        QTest::addColumn<QStringList>("pairs"); // keys of a and b
        using Items = std::vector<OutcomeRecord>;
        QTest::newRow("one document, other keys")
            << Items{item("t", "3", "h")} << Items{item("t", "3,strict", "h")} << QStringList{"3 3,strict"};
        QTest::newRow("another order") << Items{item("t", "1", "g"), item("t", "2", "h")}
                                       << Items{item("t", "9", "h"), item("t", "8", "g")} << QStringList{"2 9", "1 8"};
        QTest::newRow("a document twice")
            << Items{item("t", "1", "h"), item("t", "2", "h")} << Items{item("t", "2", "h"), item("t", "1", "h")}
            << QStringList{"2 2", "1 1"};
        QTest::newRow("twice, other keys")
            << Items{item("t", "1", "h"), item("t", "2", "h")}
            << Items{item("t", "8", "h"), item("t", "9", "h"), item("t", "10", "h")} << QStringList{"1 8", "2 9"};
        QTest::newRow("one without hash")
            << Items{item("t", "1", ""), item("t", "2", "h")} << Items{item("t", "1", "g"), item("t", "2", "")}
            << QStringList{"1 1", "2 2"};
        QTest::newRow("the document changed")
            << Items{item("t", "1", "g")} << Items{item("t", "1", "h")} << QStringList{};
        QTest::newRow("another task") << Items{item("t", "1", "h")} << Items{item("u", "1", "h")} << QStringList{};
    }

    void pairing() {
        QFETCH(std::vector<OutcomeRecord>, a);
        QFETCH(std::vector<OutcomeRecord>, b);
        QFETCH(QStringList, pairs);
        QStringList found;
        for (const auto& [of_a, of_b] : pair_outcomes(a, b))
            found.append(QString::fromStdString(of_a.item.key + " " + of_b.item.key));
        QCOMPARE(found, pairs);
    }

    void right_or_wrong_data() {
        QTest::addColumn<QString>("metric");
        for (const char* metric : {"acc", "acc_norm", "exact_match", "pass@1", "em"})
            QTest::newRow(metric) << metric;
    }

    /// a is right on 1, b on 1 2 3 of four: differences 0 1 1 0, mean 1/2, sd √(1/3), error √(1/12).
    void right_or_wrong() {
        QFETCH(QString, metric);
        const auto result = compared(
            metric.toStdString(),
            {0.25,
             0.25,
             {item("t", "1", "p", 1), item("t", "2", "q", 0), item("t", "3", "r", 0), item("t", "4", "s", 0)}},
            {0.75,
             0.25,
             {item("t", "4", "s", 0), item("t", "3", "r", 1), item("t", "2", "q", 1), item("t", "1", "p", 1)}});
        QVERIFY(result.paired);
        QCOMPARE(result.shared_items, 4);
        QCOMPARE(result.learned, 2);
        QCOMPARE(result.forgotten, 0);
        QCOMPARE(result.both_right, 1);
        QCOMPARE(result.both_wrong, 1);
        QCOMPARE(*result.difference, 0.5);
        QVERIFY(std::abs(*result.standard_error - std::sqrt(1.0 / 12)) < 1e-12);
        QVERIFY(std::abs(*result.mcnemar_p - 0.5) < 1e-12); // 2 · (1/2)²
        QVERIFY(result.error_reason.empty());
    }

    /// Partial scores have a paired error but no flips: differences .5 .1 0, mean .2, variance .07.
    void partial_scores() {
        const auto result =
            compared("f1", {0.3, {}, {item("t", "1", "p", 0.2), item("t", "2", "q", 0.4), item("t", "3", "r", 0.3)}},
                     {0.5, {}, {item("t", "1", "p", 0.7), item("t", "2", "q", 0.5), item("t", "3", "r", 0.3)}});
        QVERIFY(std::abs(*result.difference - 0.2) < 1e-12);
        QVERIFY(std::abs(*result.standard_error - std::sqrt(0.07 / 3)) < 1e-12);
        QVERIFY(!result.mcnemar_p);
    }

    /// Answers beside a quantity that is not their mean only count the flips.
    void answers_of_another_quantity() {
        const auto result = compared("choice_loss", {2.0, 0.1, {item("t", "1", "p", 1), item("t", "2", "q", 0)}},
                                     {1.5, 0.1, {item("t", "1", "p", 1), item("t", "2", "q", 1)}});
        QCOMPARE(*result.difference, -0.5);
        QVERIFY(!result.standard_error);
        QVERIFY(!result.error_reason.empty());
        QCOMPARE(result.learned, 1);
        QCOMPARE(*result.mcnemar_p, 1.0);
    }

    /// Losses 30 20 10 and 28 19 10 over 10 10 5 tokens: difference −3/25; e = −.8 .2 .6, error √(3/2·1.04)/25.
    void losses_of_the_same_texts() {
        const auto result = compared("loss", {2.4, 0.1, {text("1", -30, 10), text("2", -20, 10), text("3", -10, 5)}},
                                     {2.28, 0.1, {text("1", -28, 10), text("2", -19, 10), text("3", -10, 5)}});
        QVERIFY(result.paired);
        QVERIFY(std::abs(*result.difference + 0.12) < 1e-12);
        QVERIFY(std::abs(*result.standard_error - std::sqrt(1.56) / 25) < 1e-12);
        QVERIFY(!result.mcnemar_p);
    }

    void an_unpaired_error_needs_different_data_data() {
        QTest::addColumn<std::string>("hash_a");
        QTest::addColumn<std::string>("hash_b");
        QTest::addColumn<bool>("error");
        QTest::newRow("the same") << std::string("g") << std::string("g") << false;
        QTest::newRow("unknown") << std::string() << std::string() << false;
        QTest::newRow("one unknown") << std::string("g") << std::string() << false;
        QTest::newRow("different") << std::string("g") << std::string("h") << true;
    }

    void an_unpaired_error_needs_different_data() {
        QFETCH(std::string, hash_a);
        QFETCH(std::string, hash_b);
        QFETCH(bool, error);
        const auto provenance = [](const std::string& hash) {
            return hash.empty() ? std::string("{}") : "{\"data_hash\": \"" + hash + "\"}";
        };
        const auto result = compared("loss", {3.5, 0.03, {}, provenance(hash_a)}, {3.0, 0.04, {}, provenance(hash_b)});
        QCOMPARE(*result.difference, -0.5);
        QCOMPARE(result.standard_error.has_value(), error);
        QCOMPARE(result.error_reason.empty(), error);
        if (error) QVERIFY(std::abs(*result.standard_error - 0.05) < 1e-12);
    }

    void too_few_to_compare() {
        ProjectFixture fixture;
        const Checkpoints ids = fill(fixture);
        const auto reader = fixture.reader();
        QCOMPARE(compare_checkpoints(*reader, {ids.a}).error().kind, ErrorKind::usage);
    }

    void points_keep_their_precision() {
        ProjectFixture fixture;
        const auto written = fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "run"}, "run"));
            ISOLOSS_TRY(const SeriesId narrow, session.ensure_series(run, "narrow"));
            ISOLOSS_TRY(const SeriesId wide, session.ensure_series(run, "wide"));
            ISOLOSS_TRY_VOID(session.append_points(narrow, 1, test::counted_points({0.1f, 0.3f})));
            PointColumns doubles = test::counted_points({0.0f});
            doubles.values = std::vector<double>{0.1};
            return session.append_points(wide, 1, doubles);
        });
        REQUIRE_OK(written);
        const auto points = value_of(query_table(*fixture.reader(), "", QueryOf::points, {"value"}, "-value"));
        QCOMPARE(points.rows.size(), std::size_t(3));
        QCOMPARE(std::get<float>(points.rows[0][0]), 0.3f);
        QCOMPARE(std::get<float>(points.rows[1][0]), 0.1f); // a little more than the double
        QCOMPARE(std::get<double>(points.rows[2][0]), 0.1);
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
