#include "engine/base/json.h"
#include "tests/support/compare_number.h"
#include "tests/support/measured_project.h"

#include <limits>

using namespace isoloss;
using namespace isoloss::test;

using Ids = std::vector<std::int32_t>;

/// Fisher trace, Hessian and sharpness with a model whose numbers are known.
class CurvaturePassesTest : public QObject {
    Q_OBJECT

    static MeasureParameters with_limit(std::int64_t limit) {
        MeasureParameters parameters;
        parameters.limit = limit;
        return parameters;
    }

private Q_SLOTS:

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
        QCOMPARE(project.state().rows.size(), std::size_t{2});
        QCOMPARE(project.state().rows[0].tokens, (Ids{0, 1, 2, 3, 0, 1, 2, 3}));
        QCOMPARE(project.state().rows[0].targets, (Ids{1, 2, 3, 0, 1, 2, 3}));
    }

    // Rows of one position: at least 16 batches where there are so many rows, at most 64 rows in one.
    void batches_of_masked_rows_data() {
        QTest::addColumn<int>("tokens");
        QTest::addColumn<int>("batch_rows");
        QTest::newRow("few") << 10 << 1;
        QTest::newRow("40 in 20 batches of 2") << 40 << 2;
        QTest::newRow("2000 in batches of 64") << 2000 << 64;
    }

    void batches_of_masked_rows() {
        QFETCH(int, tokens);
        QFETCH(int, batch_rows);
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("long.txt"), QByteArray(tokens, 'b'));
        QCOMPARE(project.measure("fisher_trace", "long.txt").state, JobState::done);
        QCOMPARE(project.state().fisher.batch_rows, batch_rows);
        QCOMPARE(project.state().rows.size(), std::size_t(tokens));
        QCOMPARE(project.value("fisher_trace[long]").n, std::optional<std::int64_t>(tokens));
    }

    // Probes 1 … 16 have mean 8.5 and sd/√16 = 1.190238; 1 … 4: 2.5 and .645497.
    void hessian_trace_is_the_mean_of_the_probes() {
        MeasuredProject project;
        write_bytes(project.path("long.txt"), "abcdabcdabcdabcd");
        MeasureParameters parameters;
        parameters.seed = 5;
        QCOMPARE(project.measure("hessian_trace", "long.txt", parameters).state, JobState::done);
        QCOMPARE(project.state().curvature.seed, std::uint64_t{5});
        const ValueRecord trace = project.value("hessian_trace[long]");
        compare_number(*trace.value, 8.5);
        compare_number(*trace.standard_error, 1.190238);
        QCOMPARE(trace.n, std::optional<std::int64_t>(14));
        QCOMPARE(trace.status, ValueStatus::ok);
        parameters.probes = 4;
        QCOMPARE(project.measure("hessian_trace", "long.txt", parameters).state, JobState::done);
        const ValueRecord fewer = project.value("hessian_trace[long]");
        compare_number(*fewer.value, 2.5);
        compare_number(*fewer.standard_error, .645497);
        QVERIFY(fewer.provenance.find("\"probes\":4") != std::string::npos);
    }

    void a_power_iteration_that_does_not_settle_is_partial() {
        MeasuredProject project(1, PredictionKind::masked_token);
        QCOMPARE(project.measure("hessian_top_eigenvalue", "five.txt").state, JobState::done);
        const ValueRecord settled = project.value("hessian_top_eigenvalue[five]");
        compare_number(*settled.value, -2.5);
        QVERIFY(!settled.standard_error);
        QCOMPARE(settled.n, std::optional<std::int64_t>(5));
        QCOMPARE(settled.status, ValueStatus::ok);
        QVERIFY(settled.provenance.find("\"iterations\":7") != std::string::npos);
        project.state().converges = false;
        MeasureParameters other;
        other.seed = 1;
        QCOMPARE(project.measure("hessian_top_eigenvalue", "five.txt", other).state, JobState::done);
        const ValueRecord unsettled = project.value("hessian_top_eigenvalue[five]");
        QCOMPARE(unsettled.status, ValueStatus::partial);
        QVERIFY2(unsettled.reason.find("100 iterations") != std::string::npos, unsettled.reason.c_str());
    }

    void sharpness_climbs_where_it_is_told() {
        MeasuredProject project;
        QCOMPARE(project.measure("sam_sharpness", "five.txt").state, JobState::done);
        compare_number(*project.value("sam_sharpness[five]").value, .25);
        MeasureParameters parameters;
        parameters.ascent = CurvatureOptions::Ascent::eigenvector;
        QCOMPARE(project.measure("sam_sharpness", "five.txt", parameters).state, JobState::done);
        const ValueRecord value = project.value("sam_sharpness[five]");
        compare_number(*value.value, .5);
        QVERIFY(value.provenance.find("top eigenvector") != std::string::npos);
        QVERIFY(value.provenance.find("\"radius\":0.05") != std::string::npos);
    }

    void each_metric_runs_alone() {
        MeasuredProject project;
        project.queue({"hessian_trace", "hessian_top_eigenvalue", "sam_sharpness"}, "five.txt");
        QVERIFY(project.engine()->wait_until_idle());
        QCOMPARE(project.state().hessian_calls.load(), 4); // of four probes each
        QCOMPARE(project.state().eigenvalue_calls.load(), 1);
        QCOMPARE(project.state().sharpness_calls.load(), 1);
        QCOMPARE(project.state().loads.load(), 1);
    }

    // Windows of 8 predict 7: 16,384 tokens are 2,048 windows.
    void only_the_front_of_long_data() {
        MeasuredProject project;
        write_bytes(project.path("long.txt"), QByteArray(20000, 'a'));
        QCOMPARE(project.measure("hessian_trace", "long.txt").state, JobState::done);
        const ValueRecord trace = project.value("hessian_trace[long]");
        QCOMPARE(trace.n, std::optional<std::int64_t>(2048 * 7));
        QCOMPARE(trace.status, ValueStatus::ok);
        const auto provenance = parse_json(trace.provenance, "provenance");
        QVERIFY(provenance);
        QCOMPARE(json_int(*provenance, "most_tokens"), std::optional<std::int64_t>(16384));
        QCOMPARE(json_int(*provenance, "bytes"), std::optional<std::int64_t>(16384));
        QCOMPARE(json_int(*provenance, "bytes_in_all"), std::optional<std::int64_t>(20000));
        QCOMPARE(project.measure("hessian_trace", "long.txt", with_limit(24)).state, JobState::done);
        QCOMPARE(project.value("hessian_trace[long]").n, std::optional<std::int64_t>(21));
        QCOMPARE(project.measure("fisher_trace", "long.txt").state, JobState::done);
        QCOMPARE(project.value("fisher_trace[long]").n, std::optional<std::int64_t>(2500 * 7));
    }

    void a_masked_model_measures_the_front_only() {
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("long.txt"), QByteArray(20000, 'a'));
        QCOMPARE(project.measure("fisher_trace", "long.txt").state, JobState::done);
        QCOMPARE(project.value("fisher_trace[long]").n, std::optional<std::int64_t>(16384));
    }

    // 20,000 rows of 20,000 tokens each would be 1.6 GB.
    void rows_that_would_fill_the_memory() {
        MeasuredProject project(1, PredictionKind::masked_token);
        write_bytes(project.path("checkpoint-0/config.json"), R"({"model_type": "bert", "vocab_size": 6,
            "max_position_embeddings": 20000})");
        write_bytes(project.path("long.txt"), QByteArray(20000, 'a'));
        const JobRecord job = project.measure("hessian_trace", "long.txt", with_limit(20000));
        QCOMPARE(job.state, JobState::failed);
        QVERIFY2(job.error.find("smaller limit or window") != std::string::npos, job.error.c_str());
    }

    void nothing_to_predict_is_undefined_data() {
        QTest::addColumn<QString>("metric");
        for (const char* metric : {"fisher_trace", "hessian_trace", "hessian_top_eigenvalue", "sam_sharpness"})
            QTest::newRow(metric) << QString::fromLatin1(metric);
    }

    void nothing_to_predict_is_undefined() {
        QFETCH(QString, metric);
        MeasuredProject project;
        write_bytes(project.path("one.txt"), "a");
        const JobRecord job = project.measure(metric.toStdString(), "one.txt");
        QVERIFY2(job.state == JobState::done, job.error.c_str());
        const ValueRecord value = project.value(metric.toStdString() + "[one]");
        QVERIFY(!value.value);
        QCOMPARE(value.status, ValueStatus::undefined);
        QVERIFY(!value.reason.empty());
    }
};

QTEST_GUILESS_MAIN(CurvaturePassesTest)
#include "tst_curvature_passes.moc"
