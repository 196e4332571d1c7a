#include "engine/jobs/measure_estimate.h"
#include "tests/support/compare_number.h"
#include "tests/support/data_files.h"
#include "tests/support/measured_project.h"

#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

/// What is queued and what comes out, with a model whose numbers are known.
class MeasureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void an_estimate_says_what_is_left() {
        MeasuredProject project(2);
        const auto estimate = [&](std::vector<std::string> metrics) {
            return value_of(estimate_measurements(
                project.project(), {project.checkpoints(), std::move(metrics), {project.file("five.txt")}, {}}));
        };
        const MeasureEstimate first = estimate({"loss", "perplexity"});
        QCOMPARE(first.wanted, std::size_t{4});
        QCOMPARE(first.passes, std::size_t{2}); // both metrics come from one pass
        QCOMPARE(first.checkpoints, std::size_t{2});
        QVERIFY(!first.seconds); // nothing like it was measured
        project.queue({"loss"}, "five.txt");
        QCOMPARE(estimate({"loss"}).waiting, std::size_t{2});
        QVERIFY(project.engine()->wait_until_idle());
        const MeasureEstimate later = estimate({"loss", "perplexity"});
        QCOMPARE(later.measured.size(), std::size_t{2});
        QCOMPARE(later.measured[0].value.value, std::optional(1.25));
        QCOMPARE(later.passes, std::size_t{2});
        QVERIFY(later.seconds); // as long as the pass for loss took
        QCOMPARE(estimate({"loss"}).passes, std::size_t{0});
        QVERIFY(!estimate_measurements(project.project(),
                                       {project.checkpoints(), {"acc"}, {project.file("five.txt")}, {}}));
    }

    void parameters_come_back_data() {
        QTest::addColumn<QString>("json");
        QTest::addColumn<bool>("valid");
        QTest::newRow("defaults") << "{}" << true;
        QTest::newRow("all")
            << R"({"ascent":"eigenvector","bos":"no","limit":5,"probes":4,"seed":7,"stride":4,"type":"bfloat16","window":8})"
            << true;
        QTest::newRow("unknown name") << R"({"windows":8})" << false;
        QTest::newRow("zero window") << R"({"window":0})" << false;
        QTest::newRow("no probe") << R"({"probes":0})" << false;
        QTest::newRow("too many probes") << R"({"probes":1000000000000})" << false;
        QTest::newRow("unknown ascent") << R"({"ascent":"up"})" << false;
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

    void metrics_name_their_data() {
        QCOMPARE(data_kind_of(*find_metric("mlm_loss")), DatasetKind::text);
        QCOMPARE(data_kind_of(*find_metric("acc")), DatasetKind::multiple_choice);
        QCOMPARE(data_kind_of(*find_metric("linear_probe_accuracy")), DatasetKind::labelled_text);
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

    // The same text as token ids: what they stand for gives the bytes.
    void text_metrics_of_a_token_file() {
        MeasuredProject project;
        write_bytes(project.path("ids.npy"), npy_bytes("<u2", "(5,)", raw_bytes<quint16>({0, 0, 1, 2, 3})));
        const auto queued = project.queue({"loss", "bits_per_byte"}, "ids.npy");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.job(queued.jobs.at(0)).error, std::string());
        compare_number(*project.value("loss[ids]").value, 1.25);
        compare_number(*project.value("bits_per_byte[ids]").value, 1.442695);
        const auto outcomes = value_of(project.fixture().reader()->outcomes(project.value("loss[ids]").id));
        QCOMPARE(outcomes.at(0).item.text, std::string("abcd"));
    }

    void ids_outside_the_vocabulary_are_refused() {
        MeasuredProject project;
        write_bytes(project.path("ids.npy"), npy_bytes("<u2", "(2,)", raw_bytes<quint16>({0, 5})));
        const JobRecord job = project.measure("loss", "ids.npy");
        QCOMPARE(job.state, JobState::failed);
        QVERIFY2(job.error.find("token 5 is outside the model's vocabulary of 5") != std::string::npos,
                 job.error.c_str());
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

    // METRICS.md section 1, `mlm_loss`: p .5, .25, .8 → .767528, pseudo-perplexity 2.154435.
    void masked_loss_of_one_document() {
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("three.txt"), "abc");
        const JobRecord job = project.measure("mlm_loss", "three.txt");
        QVERIFY2(job.state == JobState::done, job.error.c_str());
        const ValueRecord loss = project.value("mlm_loss[three]");
        compare_number(*loss.value, .767528);
        compare_number(std::exp(*loss.value), 2.154435);
        QCOMPARE(loss.n, std::optional<std::int64_t>(3));
        QCOMPARE(loss.status, ValueStatus::ok);
        const auto& rows = project.state().rows;
        QCOMPARE(rows.size(), std::size_t{3});
        for (std::int32_t masked = 0; masked < 3; ++masked) {
            std::vector<std::int32_t> tokens{0, 1, 2};
            tokens[static_cast<std::size_t>(masked)] = 5;
            QCOMPARE(rows[static_cast<std::size_t>(masked)].tokens, tokens);
            QCOMPARE(rows[static_cast<std::size_t>(masked)].positions, std::vector<std::int32_t>{masked});
            QCOMPARE(rows[static_cast<std::size_t>(masked)].targets, std::vector<std::int32_t>{masked});
        }
        const auto outcomes = value_of(project.fixture().reader()->outcomes(loss.id));
        QCOMPARE(outcomes.size(), std::size_t{1});
        compare_number(outcomes[0].log_likelihoods.at(0), -3 * .767528);
        QCOMPARE(outcomes[0].item.text, std::string("abc"));
    }

    // numpy: documents of 3 and 2 tokens with 2.302585 and 1.223144 nats; the third is empty.
    void masked_loss_is_clustered_by_document() {
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("texts.jsonl"), "{\"text\":\"abc\"}\n{\"text\":\"cd\"}\n{\"text\":\"\"}\n");
        QCOMPARE(project.measure("mlm_loss", "texts.jsonl").state, JobState::done);
        const ValueRecord loss = project.value("mlm_loss[texts]");
        compare_number(*loss.value, .705146);
        compare_number(*loss.standard_error, .0748592);
        QVERIFY(loss.provenance.find("\"empty_documents\":1") != std::string::npos);
        const auto outcomes = value_of(project.fixture().reader()->outcomes(loss.id));
        QCOMPARE(outcomes.size(), std::size_t{2});
        QCOMPARE(outcomes[1].tokens, std::optional<std::int64_t>(2));
    }

    // 8 positions: windows of 8 and 2 tokens, masked in their own windows only.
    void masked_loss_of_a_long_document() {
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("ten.txt"), "aaaaaaaabb");
        QCOMPARE(project.measure("mlm_loss", "ten.txt").state, JobState::done);
        const ValueRecord loss = project.value("mlm_loss[ten]");
        compare_number(*loss.value, (8 * .693147181 + 2 * 1.386294361) / 10);
        const auto& rows = project.state().rows;
        QCOMPARE(rows.size(), std::size_t{10});
        QCOMPARE(rows[8].tokens, (std::vector<std::int32_t>{5, 1}));
        const auto outcomes = value_of(project.fixture().reader()->outcomes(loss.id));
        QCOMPARE(outcomes.size(), std::size_t{2});
        QCOMPARE(outcomes[1].item.text, std::string("bb"));
        compare_number(outcomes[1].log_likelihoods.at(0), -2 * 1.386294361);
    }

    void a_loss_of_the_other_kind_names_the_right_one_data() {
        QTest::addColumn<bool>("masked");
        QTest::addColumn<QString>("metric");
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("remedy");
        QTest::newRow("loss") << true << "loss"
                              << "five.txt"
                              << "Measure mlm_loss";
        QTest::newRow("acc") << true << "acc"
                             << "task.jsonl"
                             << "Measure mlm_loss or linear_probe_accuracy";
        QTest::newRow("mlm_loss") << false << "mlm_loss"
                                  << "five.txt"
                                  << "Measure loss";
    }

    void a_loss_of_the_other_kind_names_the_right_one() {
        QFETCH(bool, masked);
        QFETCH(QString, metric);
        QFETCH(QString, file);
        QFETCH(QString, remedy);
        MeasuredProject project(1, masked ? PredictionKind::masked_token : PredictionKind::next_token);
        write_bytes(project.path("task.jsonl"), R"({"query": "b", "choices": ["a", "cc"], "gold": 0})");
        const JobRecord job = project.measure(metric.toStdString(), file.toStdString());
        QCOMPARE(job.state, JobState::failed);
        QVERIFY2(QString::fromStdString(job.error).contains(remedy), job.error.c_str());
        QCOMPARE(project.state().score_calls + project.state().row_calls, 0);
    }

    void a_masked_model_needs_a_mask_data() {
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<QString>("words");
        QTest::newRow("none") << QByteArray("{}") << "no mask token";
        QTest::newRow("outside the vocabulary") << QByteArray(R"({"mask_token": "[MASK]"})") << "knows only 5 tokens";
    }

    void a_masked_model_needs_a_mask() {
        QFETCH(QByteArray, config);
        QFETCH(QString, words);
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("checkpoint-0/tokenizer_config.json"), config);
        write_bytes(project.path("checkpoint-0/config.json"), R"({"model_type": "bert", "vocab_size": 5})");
        for (const char* metric : {"mlm_loss", "fisher_trace"}) {
            const JobRecord job = project.measure(metric, "five.txt");
            QCOMPARE(job.state, JobState::failed);
            QVERIFY2(QString::fromStdString(job.error).contains(words), job.error.c_str());
        }
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
