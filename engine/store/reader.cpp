#include "engine/store/reader.h"

#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/transaction.h"

#include <map>

namespace isoloss {

namespace {

constexpr std::string_view run_select =
    "SELECT r.id, r.name, r.group_name, r.config, r.notes, r.status, r.started_at, r.color, r.visible, r.pinned, "
    "r.archived, r.trashed, (SELECT coalesce(max(attempt), 0) FROM attempt a WHERE a.run_id = r.id), "
    "count(s.id), (SELECT count(*) FROM checkpoint c WHERE c.run_id = r.id), coalesce(sum(s.points), 0), "
    "max(iif(s.points > 0, s.last_step, NULL)), "
    "coalesce(r.started_at, (SELECT min(started_at) FROM attempt a WHERE a.run_id = r.id)), r.status_note "
    "FROM run r LEFT JOIN series s ON s.run_id = r.id ";

RunRecord run_row(const Statement& row) {
    RunRecord run;
    run.id = RunId(row.integer(0));
    run.name = row.text(1);
    run.group = row.text(2);
    run.config = row.text(3);
    run.notes = row.text(4);
    run.status = run_status_of(row.text(5));
    run.color = static_cast<int>(row.integer(7));
    run.visible = row.boolean(8);
    run.pinned = row.boolean(9);
    run.archived = row.boolean(10);
    run.trashed = row.boolean(11);
    run.attempts = static_cast<int>(row.integer(12));
    run.series_count = static_cast<int>(row.integer(13));
    run.checkpoint_count = static_cast<int>(row.integer(14));
    run.point_count = row.integer(15);
    run.last_step = row.optional_integer(16);
    run.started_at = row.optional_real(17);
    run.status_note = row.text(18);
    return run;
}

constexpr std::string_view series_select =
    "SELECT id, run_id, name, is_float32, points, nonfinite, first_step, last_step, last, min, max, attempts "
    "FROM series ";

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

} // namespace

Reader::Reader(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Reader::~Reader() = default;

Expected<std::vector<RunRecord>> Reader::runs(TrashRule trash) {
    std::map<std::int64_t, std::vector<std::string>> tags;
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection_, Transaction::Kind::read));
    {
        ISOLOSS_TRY(auto rows, connection_->statement("SELECT run_id, tag FROM run_tag ORDER BY run_id, tag"));
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) break;
            tags[rows.integer(0)].push_back(rows.text(1));
        }
    }
    std::vector<RunRecord> runs;
    {
        ISOLOSS_TRY(auto rows, connection_->statement(join({run_select, "WHERE NOT r.trashed OR ?1 "
                                                                        "GROUP BY r.id ORDER BY r.id"})));
        rows.bind_all(trash == TrashRule::with_trash);
        ISOLOSS_TRY(runs, collect(rows, run_row));
    }
    ISOLOSS_TRY_VOID(transaction.commit());
    for (RunRecord& run : runs)
        if (const auto found = tags.find(run.id.value); found != tags.end()) run.tags = std::move(found->second);
    return runs;
}

Expected<std::optional<RunRecord>> Reader::run(RunId run) {
    ISOLOSS_TRY(auto transaction, Transaction::begin(*connection_, Transaction::Kind::read));
    std::optional<RunRecord> record;
    {
        ISOLOSS_TRY(auto rows, connection_->statement(join({run_select, "WHERE r.id = ?1 GROUP BY r.id"})));
        rows.bind_all(run.value);
        ISOLOSS_TRY(record, first(rows, run_row));
    }
    if (record) {
        ISOLOSS_TRY(auto rows, connection_->statement("SELECT tag FROM run_tag WHERE run_id = ?1 ORDER BY tag"));
        rows.bind_all(run.value);
        ISOLOSS_TRY(record->tags, collect(rows, [](const Statement& row) { return row.text(0); }));
    }
    ISOLOSS_TRY_VOID(transaction.commit());
    return record;
}

Expected<std::vector<SeriesRecord>> Reader::series(std::optional<RunId> run) {
    ISOLOSS_TRY(auto rows,
                connection_->statement(join({series_select, "WHERE ?1 IS NULL OR run_id = ?1 ORDER BY run_id, name"})));
    rows.bind_all(run ? std::optional(run->value) : std::nullopt);
    return collect(rows, series_row);
}

Expected<std::vector<SeriesRecord>> Reader::series_named(std::string_view name) {
    ISOLOSS_TRY(auto rows, connection_->statement(join({series_select, "WHERE name = ?1 ORDER BY run_id"})));
    rows.bind_all(name);
    return collect(rows, series_row);
}

Expected<std::vector<SeriesName>> Reader::series_names() {
    // Counted here: SQLite would sort every name of every run.
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT s.name, r.trashed FROM series s JOIN run r ON r.id = s.run_id"));
    std::map<std::string, std::int64_t, std::less<>> counts;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) break;
        counts[rows.text(0)] += rows.boolean(1) ? 0 : 1;
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
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT id, name, kind, path, hash, bytes FROM dataset ORDER BY name, id"));
    return collect(rows, [](const Statement& row) {
        return DatasetRecord{DatasetId(row.integer(0)),
                             row.text(1),
                             dataset_kind_of(row.text(2)),
                             row.text(3),
                             row.text(4),
                             row.integer(5)};
    });
}

Expected<std::vector<JobRecord>> Reader::jobs() {
    ISOLOSS_TRY(auto rows, connection_->statement(join({job_select, "ORDER BY j.id"})));
    return collect(rows, job_row);
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
