#include "engine/series/series_cache.h"
#include "engine/store/project.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using V = std::vector<double>;
using Points = std::vector<std::pair<std::int64_t, double>>;

/// What a run has besides its loss, and what comes of it.
struct Case {
    CurveX x = CurveX::tokens;
    std::string config = "{}";
    std::vector<std::pair<std::string, Points>> series;
    std::vector<CheckpointRecord> checkpoints;
};

CheckpointRecord checkpoint(std::int64_t step, std::optional<double> tokens, std::optional<double> flops = {},
                            std::optional<std::int64_t> parameters = {}) {
    CheckpointRecord record;
    record.step = step;
    record.tokens = tokens;
    record.flops = flops;
    record.parameter_count = parameters;
    return record;
}

PointColumns columns_of(const Points& points) {
    PointColumns columns;
    std::vector<double> values;
    for (const auto& [step, value] : points) {
        columns.steps.push_back(step);
        columns.wall_times.push_back(1000 + static_cast<double>(step));
        values.push_back(value);
    }
    columns.values = std::move(values);
    return columns;
}

Expected<SeriesId> write(WriteSession& session, const Case& of) {
    ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "r1"}, "r1"));
    ISOLOSS_TRY_VOID(session.merge_run_config(run, of.config));
    ISOLOSS_TRY(const SeriesId loss, session.ensure_series(run, "loss"));
    ISOLOSS_TRY_VOID(session.append_points(loss, 1, columns_of({{0, 4}, {100, 3}, {150, 2}, {200, 1}, {300, 0}})));
    for (const auto& [name, points] : of.series) {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(run, name));
        ISOLOSS_TRY_VOID(session.append_points(series, 1, columns_of(points)));
    }
    for (const CheckpointRecord& record : of.checkpoints) {
        ISOLOSS_TRY(const CheckpointId id, session.ensure_checkpoint(run, record.attempt, record.step));
        ISOLOSS_TRY_VOID(session.update_checkpoint(id, record));
    }
    return loss;
}

} // namespace

Q_DECLARE_METATYPE(Case)

class XSourceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    /// The loss has points at steps 0, 100, 150, 200 and 300.
    void sources_data() {
        QTest::addColumn<Case>("of");
        QTest::addColumn<V>("expected"); ///< x of these points
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const Case& of, const V& expected, const char* words) {
            QTest::newRow(name) << of << expected << QString::fromUtf8(words);
        };
        const V nothing{unknown, unknown, unknown, unknown, unknown};
        const Points seen{{100, 1000}, {200, 3000}};
        const V at_seen{unknown, 1000, 2000, 3000, unknown};

        row("logged",
            {CurveX::tokens, R"({"batch_size": 8, "seq_len": 4})", {{"train/num_input_tokens_seen", seen}}, {}},
            at_seen, "tokens logged as train/num_input_tokens_seen");
        row("logged with spaces, in billions", {CurveX::tokens, "{}", {{"Tokens B", {{100, 1}, {200, 3}}}}, {}},
            {unknown, 1e9, 2e9, 3e9, unknown}, "tokens logged as Tokens B × 1e9");
        row("of two names the surer one",
            {CurveX::tokens, "{}", {{"tokens", {{100, 7}, {200, 8}}}, {"throughput/total_tokens", seen}}, {}}, at_seen,
            "tokens logged as throughput/total_tokens");
        row("tokens of a batch are no count of tokens",
            {CurveX::tokens, R"({"batch_size": 8, "seq_len": 2048})", {{"tokens", {{0, 9}, {100, 7}, {300, 8}}}}, {}},
            {0, 1638400, 2457600, 3276800, 4915200},
            "tokens = 8 × 2,048 × step from the config (batch_size × seq_len)");
        row("a gap and a repeated step",
            {CurveX::tokens, "{}", {{"tokens", {{100, 9}, {100, 1000}, {150, unknown}, {200, 3000}}}}, {}}, at_seen,
            "tokens logged as tokens");
        row("samples", {CurveX::tokens, R"({"seq_length": 2})", {{"consumed samples", {{100, 500}, {200, 1500}}}}, {}},
            at_seen, "tokens = consumed samples × 2 from the config (seq_length)");
        row("checkpoints",
            {CurveX::tokens, "{}", {}, {checkpoint(200, 3000.0), checkpoint(100, 1000.0), checkpoint(300, {})}},
            at_seen, "tokens of 2 checkpoints");
        row("one checkpoint tells no slope", {CurveX::tokens, "{}", {}, {checkpoint(200, 3000.0)}}, nothing,
            "run r1 logs no tokens, and its config has no batch size and no sequence length");
        row("nested, with accumulation",
            {CurveX::tokens,
             R"({"train": {"batch-size": "4", "grad_accum_steps": 5}, "model": {"block_size": 10}, "eval": {"seq_len": 1}})",
             {},
             {}},
            {0, 20000, 30000, 40000, 60000},
            "tokens = 4 × 5 × 10 × step from the config (train.batch-size × train.grad_accum_steps × "
            "model.block_size)");
        row("on each device",
            {CurveX::tokens, R"({"per_device_train_batch_size": 2, "world_size": 8, "max_seq_length": 10})", {}, {}},
            {0, 16000, 24000, 32000, 48000},
            "tokens = 2 × 8 × 10 × step from the config (per_device_train_batch_size × world_size × max_seq_length)");
        row("on each of who knows how many devices",
            {CurveX::tokens, R"({"per_device_train_batch_size": 2, "max_seq_length": 10})", {}, {}},
            {0, 2000, 3000, 4000, 6000},
            "tokens = 2 × 10 × step from the config (per_device_train_batch_size × max_seq_length), on one device as "
            "far "
            "as it says");
        row("a batch over all devices",
            {CurveX::tokens,
             R"({"global_batch_size": 6, "micro_batch_size": 1, "seq_length": 10, "gradient_accumulation_steps": 3})",
             {},
             {}},
            {0, 6000, 9000, 12000, 18000}, "tokens = 6 × 10 × step from the config (global_batch_size × seq_length)");
        row("DeepSpeed's train_batch_size is over all devices",
            {CurveX::tokens,
             R"({"train_batch_size": 6, "train_micro_batch_size_per_gpu": 1, "gradient_accumulation_steps": 3, "n_ctx": 10})",
             {},
             {}},
            {0, 6000, 9000, 12000, 18000}, "tokens = 6 × 10 × step from the config (train_batch_size × n_ctx)");
        row("devices that may be counted already",
            {CurveX::tokens, R"({"batch_size": 6, "num_gpus": 4, "seq_length": 10})", {}, {}},
            {0, 6000, 9000, 12000, 18000},
            "tokens = 6 × 10 × step from the config (batch_size × seq_length), not times num_gpus = 4");
        row("tokens of a step", {CurveX::tokens, R"({"data": {"tokens_per_step": 524288}})", {}, {}},
            {0, 52428800, 78643200, 104857600, 157286400},
            "tokens = 524,288 × step from the config (data.tokens_per_step)");
        row("a batch that may be in tokens",
            {CurveX::tokens, R"({"global_batch_size": 524288, "n_ctx": 4096})", {}, {}}, nothing,
            "run r1 logs no tokens, and whether 524,288 (global_batch_size) are sequences or tokens is not known");
        row("no length", {CurveX::tokens, R"({"batch_size": 8, "max_position_embeddings": 4})", {}, {}}, nothing,
            "run r1 logs no tokens, and its config has no sequence length");
        row("no batch", {CurveX::tokens, R"({"seq_len": 8, "batch_size": -1})", {}, {}}, nothing,
            "run r1 logs no tokens, and its config has no batch size");

        row("FLOPs logged", {CurveX::flops, "{}", {{"throughput/total_training_Gflops", {{100, 1}, {200, 3}}}}, {}},
            {unknown, 1e9, 2e9, 3e9, unknown}, "FLOPs logged as throughput/total_training_Gflops × 1e9");
        row("FLOPs of checkpoints",
            {CurveX::flops, "{}", {}, {checkpoint(100, {}, 1000.0), checkpoint(200, {}, 3000.0)}}, at_seen,
            "FLOPs of 2 checkpoints");
        row("6ND of the config",
            {CurveX::flops, R"({"model": {"n_params": 1180000000}, "batch_size": 8, "seq_len": 10})", {}, {}},
            {0, 5.664e13, 8.496e13, 1.1328e14, 1.6992e14},
            "FLOPs = 6·N·D, N = 1.18e9 from config.model.n_params, D: tokens = 8 × 10 × step from the config "
            "(batch_size × seq_len)");
        row("6ND with N of a checkpoint and D that was logged",
            {CurveX::flops, "{}", {{"tokens_seen", seen}}, {checkpoint(100, {}, {}, 1500)}},
            {unknown, 9e6, 1.8e7, 2.7e7, unknown},
            "FLOPs = 6·N·D, N = 1,500 of its checkpoints, D: tokens logged as tokens_seen");
        row("no N", {CurveX::flops, "{}", {{"tokens_seen", seen}}, {}}, nothing,
            "run r1 logs no FLOPs, and for 6·N·D its number of parameters is not known");
        row("no D", {CurveX::flops, R"({"n_params": 5, "seq_len": 3})", {}, {}}, nothing,
            "run r1 logs no FLOPs, and for 6·N·D its tokens are not known: run r1 logs no tokens, and its config has "
            "no "
            "batch size");

        row("epochs", {CurveX::epoch, "{}", {{"train/epoch", {{100, 0.5}, {300, 1.5}}}}, {}},
            {unknown, 0.5, 0.75, 1, 1.5}, "epoch logged as train/epoch");
        row("steps of an epoch", {CurveX::epoch, R"({"steps_per_epoch": 300})", {}, {}},
            {0, 100.0 / 300, 0.5, 200.0 / 300, 1}, "epoch = step / 300 from the config (steps_per_epoch)");
        row("no epochs", {CurveX::epoch, "{}", {}, {}}, nothing, "run r1 logs no epochs");

        row("another series", {CurveX::series, "{}", {{"x", {{100, 5}, {200, -3}, {300, 6}}}}, {}},
            {unknown, 5, 1, -3, 6}, "");
        row("a series that is not there", {CurveX::series, "{}", {}, {}}, nothing, "run r1 has no series x");
    }

    void sources() {
        QFETCH(Case, of);
        QFETCH(V, expected);
        QFETCH(QString, words);
        ProjectFixture fixture;
        SeriesRequest request;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(request.series, write(session, of));
            return {};
        }));
        const auto reader = fixture.reader();
        request.x = of.x;
        if (of.x == CurveX::series) request.x_series = "x";
        const auto view = value_of(series_view(*reader, request));
        QCOMPARE(QString::fromStdString(view->x.missing + view->x.provenance), words);
        V found(5, unknown);
        for (const CurveStretch& stretch : view->stretches)
            for (std::size_t i = 0; i < stretch.size(); ++i)
                found[static_cast<std::size_t>(4 - stretch.last[i])] = stretch.x_first[i];
        for (std::size_t i = 0; i < found.size(); ++i)
            QVERIFY2(std::isnan(expected[i]) ? std::isnan(found[i]) : found[i] == expected[i],
                     qPrintable(QString::number(found[i], 'g', 17)));
    }

    /// What a run gets later is seen as soon as the cache is told.
    void a_run_that_grows() {
        ProjectFixture fixture;
        SeriesRequest request;
        request.x = CurveX::tokens;
        SeriesCache cache;
        const auto grow = [&](const std::string& series, const Points& points) {
            SeriesId id;
            REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "r1"}, "r1"));
                ISOLOSS_TRY(id, session.ensure_series(run, series));
                return session.append_points(id, 1, columns_of(points));
            }));
            cache.invalidate(id);
            if (series == "loss") request.series = id;
        };
        const auto last_x = [&] {
            const auto reader = fixture.reader();
            const auto view = value_of(cache.view(*reader, request));
            return view->stretches.empty() ? unknown : view->stretches.back().x_last.back();
        };
        grow("loss", {{0, 1}, {10, 2}, {20, 3}});
        QVERIFY(std::isnan(last_x()));
        grow("tokens", {{0, 0}, {10, 100}});
        QCOMPARE(last_x(), 100.0);
        grow("tokens", {{20, 300}});
        QCOMPARE(last_x(), 300.0);
        grow("loss", {{25, 4}});
        QCOMPARE(last_x(), 300.0); // nothing beyond what was logged
        grow("tokens", {{30, 500}});
        QCOMPARE(last_x(), 400.0);
    }

    /// A config that comes later is seen as soon as the cache is told.
    void a_config_that_changes() {
        ProjectFixture fixture;
        SeriesRequest request;
        request.x = CurveX::tokens;
        SeriesCache cache;
        const auto configure = [&](const std::string& config) {
            REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "r1"}, "r1"));
                ISOLOSS_TRY_VOID(session.merge_run_config(run, config));
                ISOLOSS_TRY(request.series, session.ensure_series(run, "loss"));
                return {};
            }));
            cache.invalidate_runs();
        };
        const auto words = [&] {
            const auto reader = fixture.reader();
            return QString::fromStdString(value_of(cache.x_source(*reader, request)).words.provenance);
        };
        configure(R"({"batch_size": 8})");
        QCOMPARE(words(), QString());
        configure(R"({"seq_len": 4})");
        QCOMPARE(words(), QStringLiteral("tokens = 8 × 4 × step from the config (batch_size × seq_len)"));
        configure(R"({"batch_size": 16})");
        QCOMPARE(words(), QStringLiteral("tokens = 16 × 4 × step from the config (batch_size × seq_len)"));
    }
};

QTEST_APPLESS_MAIN(XSourceTest)
#include "tst_x_source.moc"
