#include "engine/store/connection.h"
#include "engine/store/write_session_cache.h"

namespace isoloss {

namespace {

// Longer lists of changed series say no more than "everything".
constexpr std::size_t most_listed_series = 4096;

} // namespace

WriteSession::WriteSession(Connection& connection)
    : connection_(connection), cache_(std::make_unique<Cache>(connection)) {}

WriteSession::~WriteSession() = default;

Expected<void> WriteSession::flush() {
    ISOLOSS_TRY_VOID(cache_->appender.flush());
    ISOLOSS_TRY_VOID(check_import());
    if (cache_->series.size() > most_listed_series)
        changes_.everything = true;
    else
        changes_.series.assign(cache_->series.begin(), cache_->series.end());
    return {};
}

// An importer that went on after its import was undone would leave rows that nothing removes.
Expected<void> WriteSession::check_import() {
    if (!cache_->import) return {};
    ISOLOSS_TRY(const auto undone,
                connection_.find_integer("SELECT undone_at IS NOT NULL FROM import WHERE id = ?1", *cache_->import));
    if (undone.value_or(0) == 0) return {};
    return fail(ErrorKind::cancelled, "the import was undone while it was under way", "Import again");
}

Expected<std::optional<SeriesId>> WriteSession::find_series(RunId run, std::string_view name) {
    ISOLOSS_TRY(const auto found,
                connection_.find_integer("SELECT id FROM series WHERE run_id = ?1 AND name = ?2", run.value, name));
    if (!found) return std::nullopt;
    return SeriesId(*found);
}

Expected<SeriesId> WriteSession::ensure_series(RunId run, std::string_view name) {
    ISOLOSS_TRY(const auto found, find_series(run, name));
    if (found) return *found;
    ISOLOSS_TRY_VOID(connection_.execute("INSERT INTO series (run_id, name, import_id) VALUES (?1, ?2, ?3)", run.value,
                                         name, cache_->import));
    changes_.runs = true;
    return SeriesId(connection_.last_insert_id());
}

Expected<void> WriteSession::append_points(SeriesId series, int attempt, const PointSpan& points) {
    if (points.size() == 0) return {};
    if (cache_->series.size() <= most_listed_series) cache_->series.insert(series);
    if (cache_->appended.emplace(series, attempt).second)
        ISOLOSS_TRY_VOID(cache_->journal.note_append(series, attempt));
    return cache_->appender.append(series, attempt, points);
}

std::size_t WriteSession::pending_bytes() const {
    return cache_->appender.pending_bytes();
}

Expected<std::optional<std::int64_t>> WriteSession::last_step(SeriesId series, int attempt) {
    return cache_->appender.last_step(series, attempt);
}

} // namespace isoloss
