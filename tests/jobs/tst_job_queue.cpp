#include "tests/support/measured_project.h"

#include <algorithm>
#include <mutex>

using namespace isoloss;
using namespace isoloss::test;

/// The order in which jobs run, what a person does to it, and how a checkpoint is loaded once for all that is asked of
/// it.
class JobQueueTest : public QObject {
    Q_OBJECT

    /// Metrics of the queue in the order in which they will run, with the step of their checkpoint: "loss 0".
    static QStringList queue_of(MeasuredProject& project) {
        QStringList queue;
        for (const JobRecord& job : value_of(project.fixture().reader()->queue()))
            queue +=
                QString::fromStdString(job.metric + job.checkpoint_label.substr(job.checkpoint_label.find('@') + 1));
        return queue;
    }

    static void wait_for_writes(MeasuredProject& project) {
        REQUIRE_OK(project.fixture().writer().run([](WriteSession&) { return Expected<void>(); }));
    }

private Q_SLOTS:

    void a_checkpoint_is_loaded_once() {
        MeasuredProject project(3);
        write_bytes(project.path("other.txt"), "dcba");
        // Asked for in an order that would load every checkpoint four times.
        project.queue({"loss"}, "five.txt");
        project.queue({"loss"}, "other.txt");
        project.queue({"fisher_trace"}, "five.txt");
        project.queue({"perplexity"}, "five.txt");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().loads.load(), 3);
        QCOMPARE(project.state().score_calls.load(), 6); // loss and perplexity of a text share theirs
    }

    void number_types_are_loaded_one_after_the_other() {
        MeasuredProject project(2);
        write_bytes(project.path("other.txt"), "dcba");
        MeasureParameters half;
        half.type = "bfloat16";
        for (const char* data : {"five.txt", "other.txt"}) {
            project.queue({"loss"}, data);
            project.queue({"loss"}, data, half);
        }
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().loads.load(), 6); // bfloat16 beside float32, to be compared
    }

    void one_failing_job_leaves_the_others() {
        MeasuredProject project(2);
        REQUIRE_OK(project.fixture().writer().run([&](WriteSession& session) -> Expected<void> {
            JobRecord job;
            job.checkpoint = project.checkpoints()[0];
            job.metric = "of_another_version";
            ISOLOSS_TRY_VOID(session.enqueue_job(job));
            return {};
        }));
        const auto jobs = project.queue({"loss", "fisher_trace"}, "five.txt").jobs;
        QVERIFY(project.engine()->wait_until_idle());
        for (const JobId job : jobs)
            QCOMPARE(project.job(job).state, JobState::done);
    }

    void the_queue_is_grouped_by_checkpoint_and_data() {
        MeasuredProject project(2);
        project.queue({"loss", "fisher_trace"}, "five.txt");
        project.queue({"perplexity"}, "five.txt");
        QCOMPARE(queue_of(project),
                 (QStringList{"loss 0", "fisher_trace 0", "perplexity 0", "loss 1", "fisher_trace 1", "perplexity 1"}));
    }

    void a_person_moves_jobs_data() {
        QTest::addColumn<int>("job");
        QTest::addColumn<int>("move");
        QTest::addColumn<QString>("order");
        const auto row = [](const char* name, int job, JobMove move, const char* order) {
            QTest::newRow(name) << job << int(move) << QString::fromLatin1(order);
        };
        row("to the front", 2, JobMove::first, "2 0 1 3");
        row("one up", 2, JobMove::up, "0 2 1 3");
        row("one down", 1, JobMove::down, "0 2 1 3");
        row("to the end", 1, JobMove::last, "0 2 3 1");
        row("the first goes no further up", 0, JobMove::up, "0 1 2 3");
        row("the last goes no further down", 3, JobMove::last, "0 1 2 3");
    }

    void a_person_moves_jobs() {
        QFETCH(int, job);
        QFETCH(int, move);
        QFETCH(QString, order);
        MeasuredProject project(4);
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        REQUIRE_OK(project.fixture().writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.move_job(jobs.at(std::size_t(job)), JobMove(move)));
            return {};
        }));
        QString steps = queue_of(project).join(' ').remove("loss ");
        QCOMPARE(steps, order);

        // The order holds over a restart, and it is the order in which they run.
        project.fixture().close();
        project.fixture().open();
        QCOMPARE(queue_of(project).join(' ').remove("loss "), order);
        std::vector<double> started;
        QVERIFY(project.engine()->wait_until_idle());
        for (const QString& step : order.split(' '))
            started.push_back(*project.job(jobs.at(step.toUInt())).started_at);
        QVERIFY(std::ranges::is_sorted(started));
    }

    void moves_add_up() {
        MeasuredProject project(4);
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        const auto engine = [&] {
            project.state().blocked = true;
            return project.engine();
        }();
        QTRY_VERIFY(project.state().waiting.load()); // job 0 runs
        engine->move(jobs[3], JobMove::first);
        engine->move(jobs[2], JobMove::first);
        engine->move(jobs[3], JobMove::down);
        wait_for_writes(project);
        QCOMPARE(queue_of(project).join(' ').remove("loss "), QString("2 1 3"));
        project.state().blocked = false;
        QVERIFY(engine->wait_until_idle());
    }

    void a_paused_job_rests_until_it_is_resumed() {
        MeasuredProject project(2);
        project.state().blocked = true;
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        engine->pause(jobs[0]); // it runs
        QTRY_COMPARE(engine->status().jobs(), std::vector<JobId>{jobs[1]});
        QCOMPARE(project.job(jobs[0]).state, JobState::queued);
        QVERIFY(project.job(jobs[0]).paused);
        engine->pause(jobs[1]);
        QVERIFY(engine->wait_until_idle());
        project.state().blocked = false;

        // Also over a restart.
        engine.reset();
        project.fixture().close();
        project.fixture().open();
        engine = project.engine();
        QVERIFY(engine->wait_until_idle());
        QVERIFY(project.job(jobs[0]).paused && project.job(jobs[1]).paused);
        engine->resume(jobs[1]);
        QVERIFY(engine->wait_until_idle());
        QTRY_COMPARE(project.job(jobs[1]).state, JobState::done);
        QCOMPARE(project.job(jobs[0]).state, JobState::queued);
        QVERIFY(!project.job(jobs[1]).paused);
    }

    void a_paused_queue_begins_nothing() {
        MeasuredProject project(2);
        project.state().blocked = true;
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        auto engine = project.engine();
        QTRY_VERIFY(project.state().waiting.load());
        engine->pause_all();
        wait_for_writes(project);
        QVERIFY(engine->wait_until_idle());
        QVERIFY(value_of(project.fixture().reader()->queue_paused()));
        project.state().blocked = false;
        engine.reset();
        project.fixture().close();
        project.fixture().open();
        engine = project.engine();
        QVERIFY(engine->wait_until_idle());
        for (const JobId job : jobs)
            QCOMPARE(project.job(job).state, JobState::queued);
        engine->resume_all();
        QVERIFY(engine->wait_until_idle());
        for (const JobId job : jobs)
            QCOMPARE(project.job(job).state, JobState::done);
    }

    void every_device_has_a_lane() {
        MeasuredProject project(2);
        project.state().devices = {"cpu", "cuda:0", "cuda:1"};
        project.state().blocked = true;
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        const auto engine = project.engine();
        QTRY_COMPARE(engine->status().jobs().size(), std::size_t{2});
        QTRY_COMPARE(engine->status().devices(), std::string("cuda:0, cuda:1"));
        project.state().blocked = false;
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(project.job(jobs[0]).device, std::string("cuda:0"));
        QCOMPARE(project.job(jobs[1]).device, std::string("cuda:1"));
        for (const ValueRecord& value : value_of(project.fixture().reader()->values()))
            QVERIFY(value.provenance.find("\"device\":\"cuda:") != std::string::npos);
    }

    void one_device_can_be_chosen() {
        MeasuredProject project(2);
        project.state().devices = {"cpu", "cuda:0", "cuda:1"};
        const auto jobs = project.queue({"loss"}, "five.txt").jobs;
        const auto engine = project.engine({}, {.device = "cuda:1", .threads = 3});
        QVERIFY(engine->wait_until_idle());
        QCOMPARE(engine->status().lanes.size(), std::size_t{1});
        QCOMPARE(project.job(jobs[0]).device, std::string("cuda:1"));
        QCOMPARE(project.state().threads.load(), 3);
    }
};

QTEST_GUILESS_MAIN(JobQueueTest)
#include "tst_job_queue.moc"
