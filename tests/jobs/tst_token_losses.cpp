#include "tests/support/measured_project.h"

#include <QTest>
#include <cmath>
#include <future>
#include <numbers>

using namespace isoloss;
using namespace isoloss::test;

namespace {

/// Reads a text with the project's checkpoint.
Expected<TokenLosses> read(MeasuredProject& project, const std::string& text) {
    std::promise<Expected<TokenLosses>> promise;
    auto answer = promise.get_future();
    const auto engine = project.engine();
    engine->read_text(project.checkpoints().at(0), text,
                      [&](Expected<TokenLosses> losses) { promise.set_value(std::move(losses)); });
    return answer.get();
}

const std::optional<double> none;
constexpr double half = -0.69314718055994531, quarter = -1.3862943611198906, most = -0.22314355131420976;

} // namespace

Q_DECLARE_METATYPE(std::vector<std::optional<double>>)

/// How hard a model finds each token of a text, for somebody who waits.
class TokenLossesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // The fake model gives token 0, 1, 2 the probabilities .5, .25, .8, others 1/e; it takes 8 tokens at once.
    void every_token_has_its_log_prob_data() {
        using LogProbs = std::vector<std::optional<double>>;
        QTest::addColumn<bool>("masked");
        QTest::addColumn<QString>("text");
        QTest::addColumn<LogProbs>("expected");
        QTest::newRow("the first token has nothing before it")
            << false << "aabcd" << LogProbs{none, half, quarter, most, -1.0};
        QTest::newRow("windows begin anew")
            << false << "aaaaaaaabb" << LogProbs{none, half, half, half, half, half, half, half, none, quarter};
        QTest::newRow("a rest of one token predicts nothing")
            << false << "aaaaaaaab" << LogProbs{none, half, half, half, half, half, half, half, none};
        QTest::newRow("a masked model reads every token") << true << "abc" << LogProbs{half, quarter, most};
        QTest::newRow("nothing") << false << "" << LogProbs{};
    }

    void every_token_has_its_log_prob() {
        QFETCH(bool, masked);
        QFETCH(QString, text);
        QFETCH(std::vector<std::optional<double>>, expected);
        MeasuredProject project(1, masked ? PredictionKind::masked_token : PredictionKind::next_token);
        const TokenLosses losses = value_of(read(project, text.toStdString()));
        QCOMPARE(losses.log_probs.size(), expected.size());
        for (std::size_t token = 0; token < expected.size(); ++token) {
            QCOMPARE(losses.log_probs[token].has_value(), expected[token].has_value());
            QVERIFY(std::abs(losses.log_probs[token].value_or(0) - expected[token].value_or(0)) < 1e-15);
        }
        QCOMPARE(losses.ids.size(), expected.size());
        QCOMPARE(losses.checkpoint, project.checkpoints().at(0));
    }

    void means_are_over_what_was_scored() {
        MeasuredProject project;
        const TokenLosses losses = value_of(read(project, "aabcd"));
        const double sum = -(half + quarter + most - 1.0);
        QCOMPARE(losses.loss().value(), sum / 4);
        QCOMPARE(losses.bits_per_byte().value(), sum / (5 * std::numbers::ln2));
        QVERIFY(!value_of(read(project, "a")).loss());
    }

    void a_long_text_is_refused() {
        MeasuredProject project;
        const auto losses = read(project, std::string(most_read_text + 1, 'a'));
        QVERIFY(!losses);
        QCOMPARE(losses.error().kind, ErrorKind::limit);
    }

    void a_pass_that_runs_waits_and_goes_on() {
        MeasuredProject project;
        project.state().blocked = true;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        const auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        std::promise<JobState> promise;
        auto state_at_answer = promise.get_future();
        engine->read_text(project.checkpoints().at(0), "ab", [&](const Expected<TokenLosses>& losses) {
            if (losses) promise.set_value(project.job(job).state);
        });
        QTRY_COMPARE(project.job(job).state, JobState::queued); // it made room
        project.state().blocked = false;
        QCOMPARE(state_at_answer.get(), JobState::queued);
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::done);
        QCOMPARE(project.value("loss[five]").value, std::optional(1.25));
    }

    void a_checkpoint_without_files_is_an_error() {
        MeasuredProject project(0);
        project.add_checkpoint(1, "/nowhere");
        QVERIFY(!read(project, "ab"));
    }
};

QTEST_APPLESS_MAIN(TokenLossesTest)
#include "tst_token_losses.moc"
