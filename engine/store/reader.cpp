#include "engine/store/reader.h"

#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/transaction.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace isoloss {

namespace {

constexpr std::string_view run_select =
    "SELECT id, name, group_name, config, notes, status, started_at, color, visible, pinned, archived, trashed, "
    "status_note FROM run ";

RunRecord run_row(const Statement& row) {
    RunRecord run;
    run.id = RunId(row.integer(0));
    run.name = row.text(1);
    run.group = row.text(2);
    run.config = row.text(3);
    run.notes = row.text(4);
    run.status = run_status_of(row.text(5));
    run.started_at = row.optional_real(6);
    run.color = static_cast<int>(row.integer(7));
    run.visible = row.boolean(8);
    run.pinned = row.boolean(9);
    run.archived = row.boolean(10);
    run.trashed = row.boolean(11);
    run.status_note = row.text(12);
    return run;
}

constexpr std::string_view series_select =
    "SELECT s.id, s.run_id, s.name, s.is_float32, s.points, s.nonfinite, s.first_step, s.last_step, s.last, s.min, "
    "s.max, s.attempts FROM ";

SeriesRecord series_row(const Statement& row) {
    SeriesRecord series;
    series.id = SeriesId(row.integer(0));
    series.run = RunId(row.integer(1));
    series.name = row.text(2);
    series.is_float32 = row.boolean(3);
    series.points = row.integer(4);
    series.nonfinite = row.integer(5);
    series.first_step = row.integer(6);
    series.last_step = row.integer(7);
    series.last = row.real(8);
    series.min = row.real(9);
    series.max = row.real(10);
    series.attempts = static_cast<int>(row.integer(11));
    return series;
}

constexpr std::string_view checkpoint_select =
    "SELECT c.id, c.run_id, r.name, c.attempt, c.step, c.tokens, c.tokens_source, c.flops, c.flops_source, c.path, "
    "c.format, c.content_hash, c.parameter_count, c.architecture FROM checkpoint c JOIN run r ON r.id = c.run_id ";

CheckpointRecord checkpoint_row(const Statement& row) {
    CheckpointRecord checkpoint;
    checkpoint.id = CheckpointId(row.integer(0));
    checkpoint.run = RunId(row.integer(1));
    checkpoint.run_name = row.text(2);
    checkpoint.attempt = static_cast<int>(row.integer(3));
    checkpoint.step = row.optional_integer(4);
    checkpoint.tokens = row.optional_real(5);
    checkpoint.tokens_source = row.text(6);
    checkpoint.flops = row.optional_real(7);
    checkpoint.flops_source = row.text(8);
    checkpoint.path = row.text(9);
    checkpoint.format = row.text(10);
    checkpoint.content_hash = row.text(11);
    checkpoint.parameter_count = row.optional_integer(12);
    checkpoint.architecture = row.text(13);
    return checkpoint;
}

template <typename Row>
auto collect(Statement& rows, Row row_of) -> Expected<std::vector<decltype(row_of(rows))>> {
    std::vector<decltype(row_of(rows))> records;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return records;
        records.push_back(row_of(rows));
    }
}

template <typename Row>
auto first(Statement& rows, Row row_of) -> Expected<std::optional<decltype(row_of(rows))>> {
    ISOLOSS_TRY(const bool row, rows.step());
    if (!row) return std::nullopt;
    return row_of(rows);
}

std::string join(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts)
        text += part;
    return text;
}

// Tags, attempts, checkpoints and sums over series, each in one scan: a join would look every series up by its run. Of
// all runs, or of `only` one.
Expected<void> fill_runs(Connection& connection, std::vector<RunRecord>& runs, std::optional<RunId> only) {
    std::unordered_map<std::int64_t, RunRecord*> run_of;
    for (RunRecord& run : runs)
        run_of.emplace(run.id.value, &run);
    const auto each = [&](std::string_view select, std::string_view end, auto take) -> Expected<void> {
        ISOLOSS_TRY(auto rows, connection.statement(join({select, only ? " WHERE run_id = ?1 " : " ", end})));
        if (only) rows.bind_all(only->value);
        auto run = run_of.end();
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) return {};
            const std::int64_t id = rows.integer(0);
            if (run == run_of.end() || run->first != id) run = run_of.find(id); // rows of a run mostly lie together
            if (run != run_of.end()) take(*run->second, rows);
        }
    };
    ISOLOSS_TRY_VOID(each("SELECT run_id, tag FROM run_tag", "ORDER BY run_id, tag",
                          [](RunRecord& run, const Statement& row) { run.tags.push_back(row.text(1)); }));
    ISOLOSS_TRY_VOID(each("SELECT run_id, max(attempt), min(started_at) FROM attempt", "GROUP BY run_id",
                          [](RunRecord& run, const Statement& row) {
                              run.attempts = static_cast<int>(row.integer(1));
                              if (!run.started_at) run.started_at = row.optional_real(2);
                          }));
    ISOLOSS_TRY_VOID(
        each("SELECT run_id, count(*) FROM checkpoint", "GROUP BY run_id",
             [](RunRecord& run, const Statement& row) { run.checkpoint_count = static_cast<int>(row.integer(1)); }));
    return each("SELECT run_id, points, last_step FROM series", "", [](RunRecord& run, const Statement& row) {
        ++run.series_count;
        const std::int64_t points = row.integer(1);
        if (points == 0) return;
        run.point_count += points;
        const std::int64_t last_step = row.integer(2);
        run.last_step = std::max(run.last_step.value_or(last_step), last_step);
    });
}

} // namespace

Reader::Reader(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Reader::~Reader() = default;

Expected<std::vector<RunRecord>> Reader::runs(TrashRule trash) {
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection_, Transaction::Kind::read));
    std::vector<RunRecord> runs;
    {
        ISOLOSS_TRY(auto rows, connection_->statement(join({run_select, "WHERE NOT trashed OR ?1 ORDER BY id"})));
        rows.bind_all(trash == TrashRule::with_trash);
        ISOLOSS_TRY(runs, collect(rows, run_row));
    }
    ISOLOSS_TRY_VOID(fill_runs(*connection_, runs, {}));
    ISOLOSS_TRY_VOID(transaction.commit());
    return runs;
}

Expected<std::optional<RunRecord>> Reader::run(RunId run) {
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection_, Transaction::Kind::read));
    std::vector<RunRecord> runs;
    {
        ISOLOSS_TRY(auto rows, connection_->statement(join({run_select, "WHERE id = ?1"})));
        rows.bind_all(run.value);
        ISOLOSS_TRY(runs, collect(rows, run_row));
    }
    ISOLOSS_TRY_VOID(fill_runs(*connection_, runs, run));
    ISOLOSS_TRY_VOID(transaction.commit());
    return runs.empty() ? std::nullopt : std::optional(std::move(runs.front()));
}

Expected<std::vector<SeriesRecord>> Reader::series(std::optional<RunId> run) {
    ISOLOSS_TRY(auto rows,
                connection_->statement(
                    join({series_select, "series s WHERE ?1 IS NULL OR s.run_id = ?1 ORDER BY s.run_id, s.name"})));
    rows.bind_all(run ? std::optional(run->value) : std::nullopt);
    return collect(rows, series_row);
}

Expected<std::vector<SeriesRecord>> Reader::series_named(std::string_view name) {
    // One look-up for each run is faster than a scan of all series.
    ISOLOSS_TRY(auto rows, connection_->statement(join({series_select, "run r CROSS JOIN series s ON s.run_id = r.id "
                                                                       "AND s.name = ?1 ORDER BY r.id"})));
    rows.bind_all(name);
    return collect(rows, series_row);
}

Expected<std::vector<SeriesName>> Reader::series_names() {
    // Counted here: SQLite would sort every name of every run.
    ISOLOSS_TRY(auto rows, connection_->statement("SELECT name FROM series "
                                                  "WHERE run_id NOT IN (SELECT id FROM run WHERE trashed)"));
    std::map<std::string, std::int64_t> counts;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) break;
        ++counts[rows.text(0)];
    }
    std::vector<SeriesName> names;
    for (const auto& [name, runs] : counts)
        names.push_back({name, runs});
    return names;
}

Expected<std::vector<CheckpointRecord>> Reader::checkpoints(std::optional<RunId> run) {
    ISOLOSS_TRY(auto rows,
                connection_->statement(join({checkpoint_select, "WHERE ?1 IS NULL OR c.run_id = ?1 "
                                                                "ORDER BY c.run_id, c.attempt, c.step IS NULL, "
                                                                "c.step"})));
    rows.bind_all(run ? std::optional(run->value) : std::nullopt);
    return collect(rows, checkpoint_row);
}

Expected<std::optional<CheckpointRecord>> Reader::checkpoint(CheckpointId checkpoint) {
    ISOLOSS_TRY(auto rows, connection_->statement(join({checkpoint_select, "WHERE c.id = ?1"})));
    rows.bind_all(checkpoint.value);
    return first(rows, checkpoint_row);
}

Expected<std::vector<DatasetRecord>> Reader::datasets() {
    ISOLOSS_TRY(auto rows, connection_->statement(join(
                               {"SELECT ", dataset_columns, " FROM dataset WHERE NOT removed ORDER BY name, id"})));
    return collect(rows, dataset_row);
}

Expected<std::optional<DatasetRecord>> Reader::dataset(DatasetId dataset) {
    ISOLOSS_TRY(auto rows, connection_->statement(join({"SELECT ", dataset_columns, " FROM dataset WHERE id = ?1"})));
    rows.bind_all(dataset.value);
    return first(rows, dataset_row);
}

Expected<std::vector<JobRecord>> Reader::jobs() {
    ISOLOSS_TRY(auto rows, connection_->statement(join({job_select, "ORDER BY j.id"})));
    return collect(rows, job_row);
}

Expected<std::vector<JobRecord>> Reader::queue() {
    ISOLOSS_TRY(auto rows, connection_->statement(
                               join({job_select, queue_join, "ORDER BY j.place IS NULL, j.place, ", planned_order})));
    return collect(rows, job_row);
}

Expected<bool> Reader::queue_paused() {
    ISOLOSS_TRY(const auto found,
                connection_->find_integer("SELECT 1 FROM property WHERE name = ?1", queue_paused_property));
    return found.has_value();
}

Expected<std::vector<RunIdentity>> Reader::identities(RunId run) {
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT kind, key FROM run_identity WHERE run_id = ?1 ORDER BY kind, key"));
    rows.bind_all(run.value);
    return collect(rows, [](const Statement& row) { return RunIdentity{row.text(0), row.text(1)}; });
}

Expected<std::vector<ViewRecord>> Reader::views() {
    ISOLOSS_TRY(auto rows, connection_->statement(join({"SELECT ", view_columns, " FROM view ORDER BY name"})));
    return collect(rows, view_row);
}

Expected<std::optional<ViewRecord>> Reader::start_view() {
    ISOLOSS_TRY(auto rows,
                connection_->statement(join({"SELECT ", view_columns,
                                             " FROM view WHERE name = (SELECT value FROM property WHERE name = ?1)"})));
    rows.bind_all(start_view_property);
    return first(rows, view_row);
}

Expected<std::vector<MappingRecord>> Reader::mappings() {
    // A project that is open for reading only may have an older schema.
    ISOLOSS_TRY(const auto kept, connection_->find_integer("SELECT 1 FROM sqlite_schema WHERE name = 'mapping'"));
    if (!kept) return std::vector<MappingRecord>();
    ISOLOSS_TRY(auto rows, connection_->statement("SELECT name, body FROM mapping ORDER BY name"));
    return collect(rows, [](const Statement& row) { return MappingRecord{row.text(0), row.text(1)}; });
}

Expected<std::optional<RunId>> Reader::run_of(const RunIdentity& identity) {
    ISOLOSS_TRY(const auto found,
                connection_->find_integer("SELECT run_id FROM run_identity WHERE kind = ?1 AND key = ?2", identity.kind,
                                          identity.key));
    if (!found) return std::nullopt;
    return RunId(*found);
}

Expected<std::optional<RunId>> Reader::run_named(std::string_view name) {
    ISOLOSS_TRY(const auto found,
                connection_->find_integer("SELECT iif(count(*) = 1, min(id), NULL) FROM run WHERE name = ?1", name));
    if (!found) return std::nullopt;
    return RunId(*found);
}

Expected<std::optional<SourceRecord>> Reader::source(std::string_view path) {
    ISOLOSS_TRY(auto rows, connection_->statement(join({"SELECT ", source_columns, " FROM source WHERE path = ?1"})));
    rows.bind_all(path);
    return first(rows, source_row);
}

Expected<std::int64_t> Reader::data_version() {
    ISOLOSS_TRY(const auto version, connection_->find_integer("PRAGMA data_version"));
    return version.value_or(0);
}

} // namespace isoloss
