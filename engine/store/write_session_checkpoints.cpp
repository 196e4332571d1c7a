#include "engine/store/connection.h"
#include "engine/store/write_session_cache.h"

namespace isoloss {

Expected<std::optional<CheckpointId>> WriteSession::find_checkpoint(RunId run, int attempt,
                                                                    std::optional<std::int64_t> step) {
    ISOLOSS_TRY(const auto found,
                connection_.find_integer("SELECT id FROM checkpoint WHERE run_id = ?1 AND attempt = ?2 AND step IS ?3",
                                         run.value, attempt, step));
    if (!found) return std::nullopt;
    return CheckpointId(*found);
}

Expected<CheckpointId> WriteSession::ensure_checkpoint(RunId run, int attempt, std::optional<std::int64_t> step) {
    ISOLOSS_TRY(const auto found, find_checkpoint(run, attempt, step));
    if (found) return *found;
    ISOLOSS_TRY_VOID(note_attempt(run, attempt));
    ISOLOSS_TRY_VOID(
        connection_.execute("INSERT INTO checkpoint (run_id, attempt, step, import_id) VALUES (?1, ?2, ?3, ?4)",
                            run.value, attempt, step, cache_->import));
    changes_.checkpoints = true;
    return CheckpointId(connection_.last_insert_id());
}

Expected<std::string> WriteSession::content_hash(CheckpointId checkpoint) {
    ISOLOSS_TRY(auto rows, connection_.statement("SELECT content_hash FROM checkpoint WHERE id = ?1"));
    rows.bind_all(checkpoint.value);
    ISOLOSS_TRY(const bool row, rows.step());
    return row ? rows.text(0) : std::string();
}

Expected<void> WriteSession::update_checkpoint(CheckpointId checkpoint, const CheckpointRecord& record) {
    ImportJournal& journal = cache_->journal;
    if (record.tokens) {
        ISOLOSS_TRY_VOID(journal.note_checkpoint(checkpoint, "tokens", record.tokens));
        ISOLOSS_TRY_VOID(journal.note_checkpoint(checkpoint, "tokens_source", record.tokens_source));
    }
    if (record.flops) {
        ISOLOSS_TRY_VOID(journal.note_checkpoint(checkpoint, "flops", record.flops));
        ISOLOSS_TRY_VOID(journal.note_checkpoint(checkpoint, "flops_source", record.flops_source));
    }
    if (record.parameter_count)
        ISOLOSS_TRY_VOID(journal.note_checkpoint(checkpoint, "parameter_count", record.parameter_count));
    for (const auto& [column, text] : {std::pair<std::string_view, const std::string&>{"path", record.path},
                                       {"format", record.format},
                                       {"content_hash", record.content_hash},
                                       {"architecture", record.architecture}})
        if (!text.empty()) ISOLOSS_TRY_VOID(journal.note_checkpoint(checkpoint, column, text));
    // An empty text or NULL leaves the column; a source of tokens or FLOPs goes with its number.
    ISOLOSS_TRY_VOID(connection_.execute(
        "UPDATE checkpoint SET tokens = coalesce(?2, tokens), tokens_source = iif(?2 IS NULL, tokens_source, ?3), "
        "flops = coalesce(?4, flops), flops_source = iif(?4 IS NULL, flops_source, ?5), "
        "path = iif(?6 = '', path, ?6), format = iif(?7 = '', format, ?7), "
        "content_hash = iif(?8 = '', content_hash, ?8), parameter_count = coalesce(?9, parameter_count), "
        "architecture = iif(?10 = '', architecture, ?10) WHERE id = ?1",
        checkpoint.value, record.tokens, record.tokens_source, record.flops, record.flops_source, record.path,
        record.format, record.content_hash, record.parameter_count, record.architecture));
    if (connection_.changed_rows() == 0)
        return fail(ErrorKind::not_found, "there is no checkpoint " + std::to_string(checkpoint.value));
    changes_.checkpoints = true;
    return {};
}

} // namespace isoloss
