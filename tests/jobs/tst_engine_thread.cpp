#include "tests/support/measured_project.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::test;

/// The life of jobs: claimed, cancelled, tried again, interrupted, resumed.
class EngineThreadTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void a_model_is_kept_while_its_jobs_last() {
        MeasuredProject project(2);
        write_bytes(project.path("other.txt"), "dcba");
        project.queue({"loss"}, "five.txt");
        project.queue({"loss"}, "other.txt");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().score_calls.load(), 4);
        QCOMPARE(project.state().loads.load(), 2);
        QCOMPARE(project.state().modules.load(), 1);
    }

    void nothing_is_measured_twice() {
        MeasuredProject project;
        const auto first = project.queue({"loss"}, "five.txt");
        const auto waiting = project.queue({"loss"}, "five.txt");
        QCOMPARE(waiting.jobs, first.jobs);
        const auto engine = project.engine();
        QVERIFY(engine->wait_until_idle());
        const auto again = project.queue({"loss"}, "five.txt");
        QVERIFY(again.jobs.empty());
        QCOMPARE(again.measured.size(), std::size_t{1});
        QCOMPARE(again.measured[0].job, first.jobs.at(0));
        QCOMPARE(again.measured[0].checkpoint_label, std::string("r @ 0"));
        QCOMPARE(again.measured[0].value.quantity_key, std::string("loss[five]"));
        QCOMPARE(again.measured[0].value.value, std::optional(1.25));
        QVERIFY(again.measured[0].value.recorded_at > 0);
        engine->wake();
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.state().score_calls.load(), 1);
    }

    void a_failure_is_kept_in_words_and_can_be_retried() {
        MeasuredProject project;
        project.state().fails_to_load = true;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        const auto engine = project.engine();
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::failed);
        QVERIFY(project.job(job).error.find("the weights are odd") != std::string::npos);
        project.state().fails_to_load = false;
        engine->retry(job);
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::done);
        QCOMPARE(project.job(job).tries, 2);
        QVERIFY(project.job(job).error.empty());
    }

    void a_missing_module_fails_every_job() {
        MeasuredProject project(2);
        project.state().fails_to_start = true;
        const auto queued = project.queue({"loss"}, "five.txt");
        QVERIFY(project.engine()->wait_until_idle());
        for (const JobId job : queued.jobs)
            QCOMPARE(project.job(job).state, JobState::failed);
    }

    void data_that_changed_is_not_measured() {
        MeasuredProject project;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        write_bytes(project.path("five.txt"), "dddd");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::failed);
        QVERIFY(project.job(job).error.find("has changed") != std::string::npos);
    }

    void a_running_job_is_cancelled() {
        MeasuredProject project;
        project.state().blocked = true;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        const auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        QCOMPARE(engine->status().jobs(), std::vector<JobId>{job});
        engine->cancel(job);
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::cancelled);
        QVERIFY(value_of(project.fixture().reader()->values()).empty());
        project.state().blocked = false;
        engine->retry(job);
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::done);
    }

    void every_kind_of_pass_is_cancelled_data() {
        QTest::addColumn<QString>("metric");
        QTest::addColumn<bool>("masked");
        QTest::newRow("mlm_loss") << "mlm_loss" << true;
        for (const char* metric : {"fisher_trace", "hessian_trace", "hessian_top_eigenvalue", "sam_sharpness"})
            QTest::newRow(metric) << metric << false;
        QTest::newRow("linear_probe_accuracy") << "linear_probe_accuracy" << false;
    }

    void every_kind_of_pass_is_cancelled() {
        QFETCH(QString, metric);
        QFETCH(bool, masked);
        MeasuredProject project(1, masked ? PredictionKind::masked_token : PredictionKind::next_token);
        QByteArray lines;
        for (int row = 0; row < 20; ++row)
            lines += "{\"text\": \"ab\", \"label\": " + QByteArray::number(row % 2) + "}\n";
        write_bytes(project.path("probe.jsonl"), lines);
        project.state().blocked = true;
        const JobId job = project.queue({metric.toStdString()}, "probe.jsonl").jobs.at(0);
        const auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        engine->cancel(job);
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::cancelled);
        QVERIFY(value_of(project.fixture().reader()->values()).empty());
    }

    void cancelling_one_job_of_a_pass_leaves_the_others() {
        MeasuredProject project;
        project.state().blocked = true;
        const auto jobs = project.queue({"loss", "perplexity"}, "five.txt").jobs;
        const auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        engine->cancel(jobs.at(0));
        project.state().blocked = false;
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(jobs[0]).state, JobState::cancelled);
        QCOMPARE(project.job(jobs[1]).state, JobState::done);
    }

    void queued_jobs_are_cancelled() {
        MeasuredProject project(3);
        project.state().blocked = true;
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        const auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        engine->cancel(jobs.at(2));
        QTRY_COMPARE(project.job(jobs[2]).state, JobState::cancelled);
        engine->cancel_all();
        QVERIFY(engine->wait_until_idle());
        for (const JobId job : jobs)
            QCOMPARE(project.job(job).state, JobState::cancelled);
    }

    void quitting_leaves_the_job_for_next_time() {
        MeasuredProject project;
        project.state().blocked = true;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        engine.reset();
        QCOMPARE(project.job(job).state, JobState::queued);
        project.state().blocked = false;
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::done);
    }

    void a_kill_leaves_the_job_for_next_time() {
        MeasuredProject project;
        const JobId job = project.queue({"loss"}, "five.txt").jobs.at(0);
        project.fixture().close();
        int ready[2];
        QCOMPARE(::pipe(ready), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            project.fixture().open();
            project.state().blocked = true;
            const auto engine = project.engine();
            while (!project.state().waiting)
                ::usleep(1000);
            const char mark = 'r';
            if (::write(ready[1], &mark, 1) != 1) ::_exit(1);
            for (;;)
                ::pause();
        }
        char mark = 0;
        QCOMPARE(::read(ready[0], &mark, 1), ssize_t{1});
        QCOMPARE(::kill(child, SIGKILL), 0);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        ::close(ready[0]);
        ::close(ready[1]);

        project.fixture().open();
        QCOMPARE(project.job(job).state, JobState::running);
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.job(job).state, JobState::done);
        QCOMPARE(project.job(job).tries, 2);
        QCOMPARE(value_of(project.fixture().reader()->values()).size(), std::size_t{1});
    }

    void waiting_ends_when_it_is_cancelled() {
        MeasuredProject project;
        project.state().blocked = true;
        project.queue({"loss"}, "five.txt");
        const auto engine = project.engine();
        CancellationSource source;
        source.cancel();
        QVERIFY(!engine->wait_until_idle(source.token()));
    }

    void listeners_hear_of_every_state() {
        MeasuredProject project;
        project.queue({"loss"}, "five.txt");
        std::mutex mutex;
        std::vector<EngineStatus::State> states;
        auto engine = project.engine([&](const EngineStatus& status) {
            const std::lock_guard lock(mutex);
            if (states.empty() || states.back() != status.state) states.push_back(status.state);
        });
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(engine->status().state, EngineStatus::State::idle);
        QCOMPARE(engine->status().devices(), std::string("CPU · 1 thread"));
        engine.reset();
        using State = EngineStatus::State;
        QCOMPARE(states, (std::vector<State>{State::running, State::loading_module, State::running, State::idle,
                                             State::stopped}));
    }
};

QTEST_GUILESS_MAIN(EngineThreadTest)
#include "tst_engine_thread.moc"
