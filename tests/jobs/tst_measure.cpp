#include "tests/support/measured_project.h"

#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

namespace {

void compare_number(double actual, double expected) {
    QVERIFY2(std::abs(actual - expected) <= 1e-6 * std::max(1.0, std::abs(expected)),
             qPrintable(QString("%1 instead of %2").arg(actual, 0, 'g', 9).arg(expected, 0, 'g', 9)));
}

} // namespace

/// What is queued and what comes out, with a model whose numbers are known.
class MeasureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void parameters_come_back_data() {
        QTest::addColumn<QString>("json");
        QTest::addColumn<bool>("valid");
        QTest::newRow("defaults") << "{}" << true;
        QTest::newRow("all") << R"({"bos":"no","limit":5,"seed":7,"stride":4,"type":"bfloat16","window":8})" << true;
        QTest::newRow("unknown name") << R"({"windows":8})" << false;
        QTest::newRow("zero window") << R"({"window":0})" << false;
        QTest::newRow("unknown type") << R"({"type":"float8"})" << false;
    }

    void parameters_come_back() {
        QFETCH(QString, json);
        QFETCH(bool, valid);
        const auto parameters = MeasureParameters::parse(json.toStdString());
        QCOMPARE(parameters.has_value(), valid);
        if (valid) QCOMPARE(parameters->canonical_json(), json.toStdString());
    }

    void an_unknown_metric_names_the_known() {
        MeasuredProject project;
        const auto result =
            queue_measurements(project.project(), {project.checkpoints(), {"lost"}, {project.file("five.txt")}, {}});
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::usage);
        QVERIFY(result.error().text().find("fisher_trace_no_embeddings") != std::string::npos);
    }

    void data_must_fit_the_metric() {
        MeasuredProject project;
        const auto result =
            queue_measurements(project.project(), {project.checkpoints(), {"acc"}, {project.file("five.txt")}, {}});
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::usage);
        QVERIFY(value_of(project.fixture().reader()->jobs()).empty());
    }

    void a_checkpoint_without_files_is_refused() {
        MeasuredProject project;
        project.add_checkpoint(77, "");
        const auto queued = project.queue({"loss"}, "five.txt");
        QCOMPARE(queued.jobs.size(), std::size_t{1});
        QCOMPARE(queued.refused.size(), std::size_t{1});
        QVERIFY(queued.refused[0].starts_with("r @ 77"));
    }

    // log p −.5, −1.5, −2, −1 after an unscored first token; 5 bytes: loss 5/4, perplexity e^1.25 (METRICS.md), bits
    // per byte 5/(5 ln 2) = 1/ln 2; standard error of the loss: sd .6454972 / √4.
    void text_metrics_of_one_pass() {
        MeasuredProject project;
        const auto queued = project.queue({"loss", "perplexity", "bits_per_byte", "bits_per_char"}, "five.txt");
        QCOMPARE(queued.jobs.size(), std::size_t{4});
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().score_calls.load(), 1);
        QCOMPARE(project.state().loads.load(), 1);
        const ValueRecord loss = project.value("loss[five]");
        compare_number(*loss.value, 1.25);
        compare_number(*loss.standard_error, 0.3227486);
        QCOMPARE(loss.n, std::optional<std::int64_t>(4));
        QCOMPARE(loss.status, ValueStatus::ok);
        compare_number(*project.value("perplexity[five]").value, 3.490343);
        compare_number(*project.value("bits_per_byte[five]").value, 1.442695);
        compare_number(*project.value("bits_per_char[five]").value, 1.442695);
        const auto reader = project.fixture().reader();
        const auto outcomes = value_of(reader->outcomes(loss.id));
        QCOMPARE(outcomes.size(), std::size_t{1});
        QCOMPARE(outcomes[0].log_likelihoods, std::vector<double>{-5.0});
        QCOMPARE(outcomes[0].item.text, std::string("abcd"));
        for (const char* member : {"\"metric_version\"", "\"tokenizer_hash\"", "\"checkpoint_hash\"", "\"data_hash\"",
                                   "\"dtype\"", "\"window\":8", "\"library\":\"Fake 1.0\""})
            QVERIFY2(loss.provenance.find(member) != std::string::npos, member);
        for (const QuantityRecord& quantity : value_of(reader->quantities()))
            if (quantity.key == "loss[five]") {
                QCOMPARE(quantity.unit, std::string("nats/token"));
                QCOMPARE(quantity.direction, Direction::down);
            }
        for (const JobId id : queued.jobs)
            QCOMPARE(project.job(id).state, JobState::done);
    }

    // Answers a (−.5) and cc (−4): acc picks a; per character −.5 and −2 also. Answers dd (−2) and b (−1.5): acc picks
    // b, per character dd (−1). Gold a and dd.
    void choice_metrics_of_one_pass() {
        MeasuredProject project;
        write_bytes(project.path("task.jsonl"), "{\"query\": \"b\", \"choices\": [\"a\", \"cc\"], \"gold\": 0}\n"
                                                "{\"query\": \"a\", \"choices\": [\"dd\", \"b\"], \"gold\": 0}\n");
        project.queue({"acc", "acc_norm"}, "task.jsonl");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().score_calls.load(), 1);
        const ValueRecord acc = project.value("acc[task]");
        compare_number(*acc.value, 0.5);
        compare_number(*acc.standard_error, 0.5); // √(.25/1)
        compare_number(*project.value("acc_norm[task]").value, 1.0);
        const auto outcomes = value_of(project.fixture().reader()->outcomes(acc.id));
        QCOMPARE(outcomes.size(), std::size_t{2});
        QCOMPARE(outcomes[0].correct, std::optional(1.0));
        QCOMPARE(outcomes[1].correct, std::optional(0.0));
        QCOMPARE(outcomes[1].chosen, std::optional(1));
        QCOMPARE(outcomes[1].item.choices, (std::vector<std::string>{"dd", "b"}));
    }

    // 16 tokens are two sequences of 8, in two batches with 7 positions each: mean of 1 and 2, standard error
    // √(2/1 · 2·(7·.5)²)/14 = .5.
    void fisher_metrics_of_one_pass() {
        MeasuredProject project;
        write_bytes(project.path("long.txt"), "abcdabcdabcdabcd");
        project.queue({"fisher_trace", "fisher_trace_no_embeddings"}, "long.txt");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().fisher_calls.load(), 1);
        const ValueRecord trace = project.value("fisher_trace[long]");
        compare_number(*trace.value, 1.5);
        compare_number(*trace.standard_error, 0.5);
        QCOMPARE(trace.n, std::optional<std::int64_t>(14));
        compare_number(*project.value("fisher_trace_no_embeddings[long]").value, 0.75);
    }

    void weights_that_are_not_finite_give_a_flagged_value() {
        MeasuredProject project;
        project.state().gives_nan = true;
        project.queue({"loss"}, "five.txt");
        QVERIFY(project.engine()->wait_until_idle());
        const ValueRecord loss = project.value("loss[five]");
        QVERIFY(loss.value && std::isnan(*loss.value));
        QCOMPARE(loss.status, ValueStatus::nonfinite);
        QVERIFY(!loss.standard_error);
        QVERIFY(loss.reason.find("weights contain NaN") != std::string::npos);
    }

    void nothing_to_score_is_undefined() {
        MeasuredProject project;
        write_bytes(project.path("one.txt"), "a");
        project.queue({"loss"}, "one.txt");
        QVERIFY(project.engine()->wait_until_idle());
        const ValueRecord loss = project.value("loss[one]");
        QVERIFY(!loss.value);
        QCOMPARE(loss.status, ValueStatus::undefined);
        QVERIFY(!loss.reason.empty());
    }
};

QTEST_GUILESS_MAIN(MeasureTest)
#include "tst_measure.moc"
