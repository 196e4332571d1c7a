#include "engine/store/import_journal.h"

#include <initializer_list>

namespace isoloss {

namespace {

constexpr std::string_view tags_of_run = "(SELECT json_group_array(tag) FROM run_tag WHERE run_id = run.id)";

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts)
        text += part;
    return text;
}

} // namespace

// Table, field and column are words of this program, never of a file.
std::string ImportJournal::keep_statement(std::string_view table, std::string_view field, std::string_view column) {
    return joined({"INSERT INTO undo_", table, " (import_id, ", table, "_id, field, old) SELECT ?1, id, '", field,
                   "', ", column, " FROM ", table, " WHERE id = ?2 AND import_id IS NOT ?1 AND ", column,
                   " IS NOT ?3 ON CONFLICT DO NOTHING"});
}

std::string ImportJournal::let_go_statement(std::string_view table, std::string_view field, std::string_view column) {
    return joined({"DELETE FROM undo_", table, " WHERE ", table, "_id = ?1 AND field = '", field,
                   "' AND EXISTS (SELECT 1 FROM ", table, " WHERE id = ?1 AND ", column, " IS NOT ?2)"});
}

Expected<void> ImportJournal::note_tags(RunId run, std::string_view tags) {
    return note_field("run", "tags", tags_of_run, run.value, tags);
}

Expected<void> ImportJournal::note_identity(const RunIdentity& identity, RunId run) {
    if (!import_)
        return connection_.execute("DELETE FROM undo_identity WHERE kind = ?1 AND key = ?2 AND ?3 IS NOT "
                                   "(SELECT run_id FROM run_identity WHERE kind = ?1 AND key = ?2)",
                                   identity.kind, identity.key, run.value);
    // A new identity of a run that this import made goes with the run.
    return connection_.execute("INSERT INTO undo_identity (import_id, kind, key, old_run_id) "
                               "SELECT ?1, ?2, ?3, i.run_id FROM run r "
                               "LEFT JOIN run_identity i ON i.kind = ?2 AND i.key = ?3 WHERE r.id = ?4 "
                               "AND i.run_id IS NOT r.id AND (i.run_id IS NOT NULL OR r.import_id IS NOT ?1) "
                               "ON CONFLICT DO NOTHING",
                               *import_, identity.kind, identity.key, run.value);
}

Expected<void> ImportJournal::note_append(SeriesId series, int attempt) {
    if (!import_) return {};
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO undo_series (import_id, series_id, is_float32, points, nonfinite, first_step, last_step, last, "
        "min, max, attempts) SELECT ?1, id, is_float32, points, nonfinite, first_step, last_step, last, min, max, "
        "attempts FROM series WHERE id = ?2 AND import_id IS NOT ?1 ON CONFLICT DO NOTHING",
        *import_, series.value));
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO undo_tail (import_id, series_id, attempt, ordinal, count) SELECT ?1, s.id, ?3, c.ordinal, c.count "
        "FROM series s LEFT JOIN chunk c ON c.series_id = s.id AND c.attempt = ?3 AND c.ordinal = "
        "(SELECT max(ordinal) FROM chunk WHERE series_id = ?2 AND attempt = ?3) "
        "WHERE s.id = ?2 AND s.import_id IS NOT ?1 ON CONFLICT DO NOTHING",
        *import_, series.value, attempt));
    return connection_.execute("INSERT INTO undo_attempt (import_id, run_id, attempt, first_step, started_at) "
                               "SELECT ?1, a.run_id, a.attempt, a.first_step, a.started_at FROM series s "
                               "JOIN attempt a ON a.run_id = s.run_id AND a.attempt = ?3 "
                               "WHERE s.id = ?2 AND a.import_id IS NOT ?1 ON CONFLICT DO NOTHING",
                               *import_, series.value, attempt);
}

Expected<void> ImportJournal::note_value(std::int64_t value) {
    if (!import_) return connection_.execute("DELETE FROM undo_value WHERE value_id = ?1", value);
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO undo_value (import_id, value_id, made_by, value, standard_error, n, n_skipped, status, reason, "
        "provenance, recorded_at) SELECT ?1, id, import_id, value, standard_error, n, n_skipped, status, reason, "
        "provenance, recorded_at FROM value WHERE id = ?2 AND import_id IS NOT ?1 ON CONFLICT DO NOTHING",
        *import_, value));
    if (connection_.changed_rows() == 0) return {};
    return connection_.execute("INSERT INTO undo_outcome (import_id, value_id, item_id, position, correct, chosen, "
                               "log_likelihoods, tokens) SELECT ?1, value_id, item_id, position, correct, chosen, "
                               "log_likelihoods, tokens FROM outcome WHERE value_id = ?2",
                               *import_, value);
}

Expected<void> ImportJournal::note_source(std::string_view path) {
    if (!import_)
        return connection_.execute("DELETE FROM undo_source WHERE source_id = (SELECT id FROM source WHERE path = ?1)",
                                   path);
    return connection_.execute(
        "INSERT INTO undo_source (import_id, source_id, made_by, format, device, inode, size, modified, head_hash, "
        "head_size, offset, state, run_id) SELECT ?1, id, import_id, format, device, inode, size, modified, head_hash, "
        "head_size, offset, state, run_id FROM source WHERE path = ?2 AND import_id IS NOT ?1 ON CONFLICT DO NOTHING",
        *import_, path);
}

} // namespace isoloss
