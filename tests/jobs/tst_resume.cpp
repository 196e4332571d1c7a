#include "tests/support/measured_project.h"

#include <bit>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::test;

/// A measurement that is ended in its middle goes on where it stopped and comes to the same result.
class ResumeTest : public QObject {
    Q_OBJECT

    struct Result {
        std::vector<std::uint64_t> bits; ///< of all values, standard errors and log-likelihoods
        int calls = 0;                   ///< of the model, in the last process
    };

    static std::uint64_t bits_of(const std::optional<double>& number) {
        return number ? std::bit_cast<std::uint64_t>(*number) : 0;
    }

    static Result result_of(MeasuredProject& project) {
        Result result;
        const auto reader = project.fixture().reader();
        for (const ValueRecord& value : value_of(reader->values())) {
            result.bits.push_back(bits_of(value.value));
            result.bits.push_back(bits_of(value.standard_error));
            for (const OutcomeRecord& outcome : value_of(reader->outcomes(value.id)))
                for (const double number : outcome.log_likelihoods)
                    result.bits.push_back(bits_of(number));
        }
        const FakeModelState& state = project.state();
        result.calls = state.score_calls + state.row_calls + state.fisher_calls + state.hessian_calls;
        return result;
    }

    static void prepare(MeasuredProject& project, const std::string& metric) {
        project.state().batch_tokens = 16; // many units
        project.state().scale = 0.7310585786300049;
        std::mt19937 random(11);
        QByteArray lines;
        for (int line = 0; line < 120; ++line) {
            std::string text;
            for (unsigned i = 0; i < 1 + random() % 20; ++i)
                text += static_cast<char>('a' + random() % 4);
            const QByteArray quoted = '"' + QByteArray::fromStdString(text) + '"';
            lines += metric == "acc" ? "{\"query\": " + quoted + ", \"choices\": [\"a\", \"bcd\", \"dd\"], \"gold\": 1}"
                                     : "{\"text\": " + quoted + "}";
            lines += '\n';
        }
        write_bytes(project.path("data.jsonl"), lines);
        project.queue({metric}, "data.jsonl");
    }

    static PredictionKind kind_of(const std::string& metric) {
        return metric == "mlm_loss" ? PredictionKind::masked_token : PredictionKind::next_token;
    }

    /// Measures in a process that kills itself at this call of the model; answers whether it came so far.
    static bool run_until_killed(MeasuredProject& project, int call) {
        project.fixture().close();
        const pid_t child = ::fork();
        if (child == 0) {
            project.fixture().open();
            project.state().calls_to_live = call;
            project.engine()->wait_until_idle();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        project.fixture().open();
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }

    static std::string partial_units(MeasuredProject& project) {
        const auto rows = value_of(project.fixture().reader()->sql("SELECT count(*) FROM main.partial_unit")).rows;
        return rows.at(0).at(0).value_or("");
    }

private Q_SLOTS:

    void a_killed_pass_goes_on_data() {
        QTest::addColumn<QString>("metric");
        for (const char* metric : {"loss", "mlm_loss", "acc", "fisher_trace", "hessian_trace"})
            QTest::newRow(metric) << metric;
    }

    void a_killed_pass_goes_on() {
        QFETCH(QString, metric);
        const std::string key = metric.toStdString();
        MeasuredProject whole(1, kind_of(key));
        prepare(whole, key);
        QVERIFY(whole.engine()->wait_until_idle());
        const Result expected = result_of(whole);
        QVERIFY(!expected.bits.empty());
        QVERIFY(expected.calls > 3);

        std::mt19937 random(3);
        for (int round = 0; round < 3; ++round) {
            MeasuredProject killed(1, kind_of(key));
            prepare(killed, key);
            int left = expected.calls;
            while (left > 1) {
                const int call = static_cast<int>(random() % static_cast<unsigned>(left));
                QVERIFY(run_until_killed(killed, call));
                left -= call;
                if (call == 0) break;
            }
            QVERIFY(killed.engine()->wait_until_idle());
            const Result result = result_of(killed);
            QCOMPARE(result.bits, expected.bits);
            // A kill loses the unit that was computed, and at most the one that was being stored.
            QVERIFY2(result.calls <= left + 8, qPrintable(QString::number(result.calls)));
        }
    }

    void a_quit_goes_on_without_computing_again() {
        MeasuredProject whole, stopped;
        prepare(whole, "loss");
        QVERIFY(whole.engine()->wait_until_idle());
        prepare(stopped, "loss");
        const Result expected = result_of(whole);
        {
            stopped.state().calls_to_block = 3;
            const auto engine = stopped.engine();
            QTRY_VERIFY(stopped.state().waiting.load());
        }
        QCOMPARE(stopped.state().score_calls.load(), 4);
        stopped.state().blocked = false;
        QVERIFY(stopped.engine()->wait_until_idle());
        QCOMPARE(result_of(stopped).bits, expected.bits);
        QCOMPARE(stopped.state().score_calls.load(), expected.calls + 1); // the one that was stopped
        QCOMPARE(partial_units(stopped), std::string("0"));
    }

    void other_conditions_begin_anew() {
        MeasuredProject project;
        prepare(project, "loss");
        QVERIFY(run_until_killed(project, 3));
        project.state().threads = 7;
        QVERIFY(project.engine({}, {.threads = 7})->wait_until_idle());
        MeasuredProject whole;
        prepare(whole, "loss");
        QVERIFY(whole.engine()->wait_until_idle());
        QCOMPARE(project.state().score_calls.load(), whole.state().score_calls.load());
    }

    void batches_shrink_until_they_fit() {
        MeasuredProject project;
        project.state().batch_tokens = 4096;
        project.state().memory_tokens = 1000;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::done);
        QCOMPARE(*project.value("loss[five]").value, 1.25);
        QVERIFY(project.value("loss[five]").provenance.find("\"batch_tokens\":512") != std::string::npos);
    }

    void what_never_fits_says_how_much_it_needs_data() {
        QTest::addColumn<QString>("metric");
        for (const char* metric : {"loss", "fisher_trace", "hessian_trace", "hessian_top_eigenvalue", "sam_sharpness"})
            QTest::newRow(metric) << metric;
    }

    void what_never_fits_says_how_much_it_needs() {
        QFETCH(QString, metric);
        MeasuredProject project;
        project.state().memory_tokens = 10;
        const JobId job = project.queue({metric.toStdString()}, "five.txt").jobs.at(0);
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::failed);
        const QString error = QString::fromStdString(project.job(job).error);
        QVERIFY2(error.contains("2.00 GiB") && error.contains("batches of 64 tokens"), qPrintable(error));
    }
};

QTEST_GUILESS_MAIN(ResumeTest)
#include "tst_resume.moc"
