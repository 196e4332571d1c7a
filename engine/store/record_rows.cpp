#include "engine/store/record_rows.h"

#include "engine/base/json.h"
#include "engine/store/statement.h"

#include <array>
#include <chrono>
#include <cstring>

namespace isoloss {

namespace {

template <typename Enum, std::size_t size>
Enum named(std::string_view name, const std::array<Enum, size>& all, std::string_view (*name_of)(Enum), Enum unknown) {
    for (const Enum one : all)
        if (name_of(one) == name) return one;
    return unknown;
}

} // namespace

RunStatus run_status_of(std::string_view name) {
    return named(name,
                 std::array{RunStatus::running, RunStatus::finished, RunStatus::crashed, RunStatus::presumed_crashed},
                 run_status_name, RunStatus::unknown);
}

ValueStatus value_status_of(std::string_view name) {
    return named(name, std::array{ValueStatus::ok, ValueStatus::partial, ValueStatus::nonfinite}, value_status_name,
                 ValueStatus::undefined);
}

const char* const dataset_columns = "id, name, kind, path, hash, bytes, details";

DatasetRecord dataset_row(const Statement& row) {
    // A kind of a later version is shown as text and measured as nothing else.
    return {DatasetId(row.integer(0)),
            row.text(1),
            dataset_kind_named(row.text(2)).value_or(DatasetKind::text),
            row.text(3),
            row.text(4),
            row.integer(5),
            row.text(6)};
}

JobState job_state_of(std::string_view name) {
    return named(name, std::array{JobState::queued, JobState::running, JobState::done, JobState::cancelled},
                 job_state_name, JobState::failed);
}

const char* const quantity_columns =
    "q.id, q.key, q.kind, q.metric, q.subject, q.filter, q.shots, q.version, q.unit, q.direction";

QuantityRecord quantity_row(const Statement& row) {
    QuantityRecord quantity;
    quantity.id = QuantityId(row.integer(0));
    quantity.key = row.text(1);
    quantity.kind = named(row.text(2), std::array{QuantityKind::measured, QuantityKind::derived}, quantity_kind_name,
                          QuantityKind::imported);
    quantity.metric = row.text(3);
    quantity.subject = row.text(4);
    quantity.filter = row.text(5);
    if (const auto shots = row.optional_integer(6)) quantity.shots = static_cast<int>(*shots);
    quantity.version = row.text(7);
    quantity.unit = row.text(8);
    quantity.direction =
        named(row.text(9), std::array{Direction::up, Direction::down}, direction_name, Direction::descriptive);
    return quantity;
}

const char* const job_select =
    "SELECT j.id, j.checkpoint_id, r.name || coalesce(' @ ' || c.step, ' @ final'), j.metric, j.dataset_id, "
    "coalesce(d.name, ''), j.data_hash, j.parameters, j.state, j.done, j.total, j.unit, j.device, j.error, j.tries, "
    "j.created_at, j.started_at, j.finished_at, j.seconds, c.parameter_count, j.place, j.paused "
    "FROM job j JOIN checkpoint c ON c.id = j.checkpoint_id "
    "JOIN run r ON r.id = c.run_id LEFT JOIN dataset d ON d.id = j.dataset_id ";

// Groups begin where the first of their jobs was queued, also while that one runs already.
const char* const queue_join = "JOIN (SELECT id, min(id) OVER (PARTITION BY checkpoint_id) AS checkpoint_first, "
                               "min(id) OVER (PARTITION BY checkpoint_id, data_hash) AS data_first FROM job "
                               "WHERE state IN ('queued', 'running')) o ON o.id = j.id WHERE j.state = 'queued' ";

const char* const planned_order =
    "o.checkpoint_first, CASE WHEN json_valid(j.parameters) THEN json_extract(j.parameters, '$.type') END, "
    "o.data_first, j.parameters, j.id";

JobRecord job_row(const Statement& row) {
    JobRecord job;
    job.id = JobId(row.integer(0));
    job.checkpoint = CheckpointId(row.integer(1));
    job.checkpoint_label = row.text(2);
    job.metric = row.text(3);
    if (const auto dataset = row.optional_integer(4)) job.dataset = DatasetId(*dataset);
    job.dataset_name = row.text(5);
    job.data_hash = row.text(6);
    job.parameters = row.text(7);
    job.state = job_state_of(row.text(8));
    job.done = row.real(9);
    job.total = row.real(10);
    job.unit = row.text(11);
    job.device = row.text(12);
    job.error = row.text(13);
    job.tries = static_cast<int>(row.integer(14));
    job.created_at = row.real(15);
    job.started_at = row.optional_real(16);
    job.finished_at = row.optional_real(17);
    job.seconds = row.optional_real(18);
    job.parameter_count = row.optional_integer(19);
    job.place = row.optional_integer(20);
    job.paused = row.boolean(21);
    return job;
}

const char* const view_columns = "id, name, page, body, updated_at";

const char* const start_view_property = "start_view";
const char* const queue_paused_property = "queue_paused";

const char* const source_columns =
    "id, path, format, device, inode, size, modified, head_hash, head_size, offset, state, run_id";

SourceRecord source_row(const Statement& row) {
    SourceRecord source;
    source.id = SourceId(row.integer(0));
    source.path = row.text(1);
    source.format = row.text(2);
    source.device = static_cast<std::uint64_t>(row.integer(3));
    source.inode = static_cast<std::uint64_t>(row.integer(4));
    source.size = static_cast<std::uint64_t>(row.integer(5));
    source.modified = row.real(6);
    source.head_hash = row.text(7);
    source.head_size = static_cast<std::uint64_t>(row.integer(8));
    source.offset = static_cast<std::uint64_t>(row.integer(9));
    source.state = row.text(10);
    if (const auto run = row.optional_integer(11)) source.run = RunId(*run);
    return source;
}

ViewRecord view_row(const Statement& row) {
    return ViewRecord{ViewId(row.integer(0)), row.text(1), row.text(2), row.text(3), row.real(4)};
}

std::string texts_to_json(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
        if (json.size() > 1) json += ',';
        json += json_quote(text);
    }
    return json + "]";
}

std::vector<std::string> texts_from_json(std::string_view json) {
    std::vector<std::string> texts;
    const auto document = parse_json(json, {});
    if (!document || !document->IsArray()) return texts;
    for (const auto& text : document->GetArray())
        texts.emplace_back(text.IsString() ? json_view(text) : std::string_view());
    return texts;
}

std::vector<std::byte> doubles_to_bytes(std::span<const double> numbers) {
    std::vector<std::byte> bytes(numbers.size_bytes());
    if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return bytes;
}

std::vector<double> doubles_from_bytes(std::span<const std::byte> bytes) {
    std::vector<double> numbers(bytes.size() / sizeof(double));
    if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
    return numbers;
}

double utc_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace isoloss
