#include "engine/datasets/dataset.h"
#include "tests/support/compare_number.h"
#include "tests/support/measured_project.h"

using namespace isoloss;
using namespace isoloss::test;

/// Metrics of tasks and of membership, with a model whose numbers are known: ln p of a, b, c, d and the space is −.5,
/// −1.5, −2, −1 and −3 wherever they stand; most likely are a and the space.
class TaskPassesTest : public QObject {
    Q_OBJECT

    static std::vector<OutcomeRecord> outcomes(MeasuredProject& project, const std::string& key) {
        return value_of(project.fixture().reader()->outcomes(project.value(key).id));
    }

private Q_SLOTS:

    // Answers " a" (−3.5) and " cc" (−7), right is the first; " dd" (−5) and " b" (−4.5), right is the first.
    void soft_scores() {
        MeasuredProject project;
        write_bytes(project.path("task.jsonl"), "{\"query\": \"b\", \"choices\": [\"a\", \"cc\"], \"gold\": 0}\n"
                                                "{\"query\": \"a\", \"choices\": [\"dd\", \"b\"], \"gold\": 0}\n"
                                                "{\"query\": \"a\", \"choices\": [\"dd\", \"b\"], \"gold\": null}\n");
        project.queue({"acc", "acc_bytes", "brier", "task_bits_per_byte", "correct_prob", "margin"}, "task.jsonl");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().score_calls.load(), 1);
        compare_number(*project.value("acc[task]").value, .5);
        compare_number(*project.value("acc_bytes[task]").value, 1);
        // numpy: softmax of (−3.5, −7) and (−5, −4.5).
        compare_number(*project.value("correct_prob[task]").value, (.970688 + .377541) / 2);
        compare_number(*project.value("margin[task]").value, (3.5 - .5) / 2);
        compare_number(*project.value("brier[task]").value, (2 * .029312 * .029312 + 2 * .622459 * .622459) / 2);
        compare_number(*project.value("task_bits_per_byte[task]").value, (3.5 / 1 + 5. / 2) / 2 / .693147181);
        const ValueRecord margin = project.value("margin[task]");
        compare_number(*margin.standard_error, 2); // sd 2.828427 / √2
        QCOMPARE(margin.n, std::optional<std::int64_t>(2));
        QCOMPARE(margin.status, ValueStatus::partial); // an item has no right answer
        const auto items = outcomes(project, "correct_prob[task]");
        QCOMPARE(items.size(), std::size_t(3));
        compare_number(*items[0].correct, .970688);
        QVERIFY(!items[2].correct);
    }

    // Without the question the answers have the same log-likelihoods, so that nothing is gained: the first is chosen.
    void mutual_information() {
        MeasuredProject project;
        write_bytes(project.path("checkpoint-0/tokenizer_config.json"), R"({"bos_token": "d", "eos_token": "d"})");
        write_bytes(project.path("task.jsonl"), "{\"query\": \"b\", \"choices\": [\"cc\", \"a\"], \"gold\": 0}\n"
                                                "{\"query\": \"b\", \"choices\": [\"cc\", \"a\"], \"gold\": 1}\n");
        const JobRecord job = project.measure("acc_mutual_info", "task.jsonl");
        QVERIFY2(job.state == JobState::done, job.error.c_str());
        compare_number(*project.value("acc_mutual_info[task]").value, .5);
        QCOMPARE(outcomes(project, "acc_mutual_info[task]")[1].chosen, std::optional(0));
        QCOMPARE(project.state().score_calls.load(), 2);
    }

    // Whole sentences behind the first token: "a b" −5, "b b" −6; "cc" −4, "a" −.5.
    void minimal_pairs() {
        MeasuredProject project;
        write_bytes(project.path("checkpoint-0/tokenizer_config.json"), R"({"bos_token": "d"})");
        write_bytes(project.path("pairs.jsonl"), "{\"sentence_good\": \"a b\", \"sentence_bad\": \"b b\"}\n"
                                                 "{\"sentence_good\": \"cc\", \"sentence_bad\": \"a\"}\n");
        project.queue({"acc", "acc_mutual_info"}, "pairs.jsonl");
        QVERIFY(project.engine()->wait_until_idle());
        compare_number(*project.value("acc[pairs]").value, .5);
        const auto items = outcomes(project, "acc[pairs]");
        QCOMPARE(items[0].log_likelihoods, (std::vector<double>{-5, -6}));
        QCOMPARE(items[1].correct, std::optional(0.0));
        const ValueRecord mutual = project.value("acc_mutual_info[pairs]");
        QCOMPARE(mutual.status, ValueStatus::undefined);
        QVERIFY(mutual.reason.find("without a question") != std::string::npos);
    }

    void last_words() {
        MeasuredProject project;
        write_bytes(project.path("words.jsonl"), "{\"context\": \"b\", \"target\": \"aa\"}\n"
                                                 "{\"context\": \"b\", \"target\": \"ab\"}\n"
                                                 "{\"context\": \"b c\", \"target\": \"a\"}\n"
                                                 "{\"context\": \"b c\", \"target\": \" \"}\n");
        const JobRecord job = project.measure("last_word_accuracy", "words.jsonl");
        QVERIFY2(job.state == JobState::done, job.error.c_str());
        const ValueRecord value = project.value("last_word_accuracy[words]");
        compare_number(*value.value, 2. / 3);
        compare_number(*value.standard_error, 1. / 3); // √(2/9 / 2)
        QCOMPARE(value.status, ValueStatus::partial);  // a row is broken
        const auto items = outcomes(project, "last_word_accuracy[words]");
        QCOMPARE(items.size(), std::size_t(3));
        QCOMPARE(items[0].item.choices, std::vector<std::string>{"aa"});
        QCOMPARE(items[0].log_likelihoods, std::vector<double>{-4});
        QCOMPARE(items[1].correct, std::optional(0.0));
        QCOMPARE(items[1].tokens, std::optional<std::int64_t>(3));
    }

    // Scored are the tokens after the first: bd → −1, bc → −2, ba → −.5; b has nothing to score.
    void membership() {
        MeasuredProject project;
        write_bytes(project.path("mia.jsonl"), "{\"input\": \"bd\", \"label\": 1}\n{\"input\": \"bc\", \"label\": 0}\n"
                                               "{\"input\": \"ba\", \"label\": 1}\n{\"input\": \"b\", \"label\": 0}\n");
        project.queue({"min_k_prob", "min_k_prob.auc", "min_k_plus_plus", "zlib_ratio", "zlib_ratio.tpr_at_5_fpr",
                       "zlib_ratio.fpr_at_95_tpr"},
                      "mia.jsonl");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().row_calls.load(), 1);
        compare_number(*project.value("min_k_prob[mia]").value, -3.5 / 3);
        compare_number(*project.value("min_k_prob.auc[mia]").value, 1);
        compare_number(*project.value("min_k_plus_plus[mia]").value, (2 + 0 + 3) / 3.); // (ln p + 2)/.5
        compare_number(*project.value("zlib_ratio[mia]").value, -3.5 / 3 / 10); // two bytes have 10 in zlib's coding
        compare_number(*project.value("zlib_ratio.tpr_at_5_fpr[mia]").value, 1);
        compare_number(*project.value("zlib_ratio.fpr_at_95_tpr[mia]").value, 0);
        const ValueRecord value = project.value("min_k_prob[mia]");
        QCOMPARE(value.n_skipped, std::int64_t(1));
        QVERIFY2(value.provenance.find("\"members\":2,\"non_members\":2") != std::string::npos,
                 value.provenance.c_str());
        const auto items = outcomes(project, "min_k_prob[mia]");
        QCOMPARE(items.size(), std::size_t(3));
        QCOMPARE(items[0].item.gold, std::optional(1));
    }

    void membership_by_small_letters() {
        MeasuredProject project;
        write_bytes(project.path("mia.jsonl"),
                    "{\"input\": \"bd\", \"label\": 1}\n{\"input\": \"bc\", \"label\": 1}\n");
        project.queue({"lowercase_ratio", "lowercase_ratio.auc"}, "mia.jsonl");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().row_calls.load(), 2);
        compare_number(*project.value("lowercase_ratio[mia]").value, 1); // they are small already
        const ValueRecord auc = project.value("lowercase_ratio.auc[mia]");
        QCOMPARE(auc.status, ValueStatus::undefined);
        QCOMPARE(auc.reason, std::string("every text is a member"));
    }

    void weights_that_are_not_finite() {
        MeasuredProject project;
        project.state().gives_nan = true;
        write_bytes(project.path("task.jsonl"), "{\"query\": \"b\", \"choices\": [\"a\", \"cc\"], \"gold\": 0}\n");
        write_bytes(project.path("mia.jsonl"),
                    "{\"input\": \"bd\", \"label\": 1}\n{\"input\": \"bc\", \"label\": 0}\n");
        project.queue({"brier"}, "task.jsonl");
        project.queue({"min_k_prob", "min_k_prob.auc"}, "mia.jsonl");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.value("brier[task]").status, ValueStatus::nonfinite);
        QCOMPARE(project.value("min_k_prob[mia]").status, ValueStatus::nonfinite);
        QCOMPARE(project.value("min_k_prob.auc[mia]").status, ValueStatus::undefined);
    }

    void data_of_another_kind() {
        MeasuredProject project;
        write_bytes(project.path("words.jsonl"), "{\"context\": \"b\", \"target\": \"aa\"}\n");
        for (const char* metric : {"acc", "min_k_prob", "loss", "linear_probe_accuracy"})
            QVERIFY2(!queue_measurements(project.project(),
                                         {project.checkpoints(), {metric}, {project.file("words.jsonl")}, {}}),
                     metric);
    }

    // A data set of the project is read as was said when it was added, also by its path.
    void data_sets_of_the_project() {
        MeasuredProject project;
        write_bytes(project.path("said.jsonl"), "{\"text\": \"bd\", \"label\": 1}\n{\"text\": \"bc\", \"label\": 0}\n");
        DatasetOptions options;
        options.kind = DatasetKind::membership;
        DatasetRecord record = value_of(describe_dataset(project.file("said.jsonl"), options));
        record.name = "mine";
        REQUIRE_OK(project.fixture().writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(record.id, session.ensure_dataset(record));
            return {};
        }));
        const auto by_id = value_of(
            queue_measurements(project.project(), {project.checkpoints(), {"min_k_prob"}, {}, {}, {record.id}}));
        QCOMPARE(by_id.jobs.size(), std::size_t(1));
        const auto by_path = project.queue({"min_k_prob"}, "said.jsonl");
        QCOMPARE(by_path.jobs, by_id.jobs);
        QVERIFY(project.engine()->wait_until_idle());
        compare_number(*project.value("min_k_prob[mine]").value, -1.5);
    }
};

QTEST_GUILESS_MAIN(TaskPassesTest)
#include "tst_task_passes.moc"
