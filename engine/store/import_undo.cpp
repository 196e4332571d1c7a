#include "engine/store/import_undo.h"

#include "engine/base/log.h"
#include "engine/store/block.h"
#include "engine/store/chunk_codec.h"
#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/series_appender.h"

#include <algorithm>
#include <array>
#include <optional>

namespace isoloss {

namespace {

// The columns that the journal keeps one by one.
constexpr std::array<std::string_view, 10> run_columns{"name",       "group_name", "config", "notes",    "status",
                                                       "started_at", "visible",    "pinned", "archived", "trashed"};
constexpr std::array<std::string_view, 9> checkpoint_columns{
    "tokens", "tokens_source", "flops",           "flops_source", "path",
    "format", "content_hash",  "parameter_count", "architecture"};

/// Where an import began to append to an attempt of a series that was there before it.
struct Beginning {
    SeriesId series;
    int attempt = 1;
    std::optional<std::int64_t> ordinal; ///< of the last chunk; none: the attempt had no points
    std::int64_t count = 0;              ///< its points
};

class Undo {
public:
    Undo(Connection& connection, SeriesAppender& appender, ImportId import, std::vector<std::string>& damaged)
        : connection_(connection), appender_(appender), import_(import.value), damaged_(damaged) {}

    Expected<void> run() {
        ISOLOSS_TRY_VOID(put_back_sources());
        ISOLOSS_TRY_VOID(put_back_identities());
        ISOLOSS_TRY_VOID(put_back_columns("run", run_columns));
        ISOLOSS_TRY_VOID(put_back_tags());
        // With all that belongs to them.
        ISOLOSS_TRY_VOID(execute("DELETE FROM run WHERE import_id = ?1"));
        ISOLOSS_TRY_VOID(execute("DELETE FROM series WHERE import_id = ?1"));
        ISOLOSS_TRY_VOID(cut_series());
        ISOLOSS_TRY_VOID(put_back_figures());
        ISOLOSS_TRY_VOID(put_back_attempts());
        ISOLOSS_TRY_VOID(put_back_columns("checkpoint", checkpoint_columns));
        ISOLOSS_TRY_VOID(execute("DELETE FROM checkpoint WHERE import_id = ?1"));
        ISOLOSS_TRY_VOID(put_back_values());
        ISOLOSS_TRY_VOID(forget_journal());
        ISOLOSS_TRY_VOID(connection_.execute("UPDATE import SET undone_at = ?2 WHERE id = ?1", import_, utc_now()));
        return remove_orphans();
    }

private:
    Expected<void> execute(std::string_view sql) { return connection_.execute(sql, import_); }

    Expected<void> put_back_sources() {
        ISOLOSS_TRY_VOID(
            execute("DELETE FROM source WHERE import_id = ?1 AND id NOT IN (SELECT source_id FROM undo_source "
                    "WHERE import_id = ?1)"));
        return execute("UPDATE source SET format = u.format, device = u.device, inode = u.inode, size = u.size, "
                       "modified = u.modified, head_hash = u.head_hash, head_size = u.head_size, offset = u.offset, "
                       "state = u.state, run_id = u.run_id, import_id = u.made_by FROM undo_source u "
                       "WHERE u.import_id = ?1 AND u.source_id = source.id");
    }

    Expected<void> put_back_identities() {
        ISOLOSS_TRY_VOID(execute("DELETE FROM run_identity WHERE (kind, key) IN (SELECT kind, key FROM undo_identity "
                                 "WHERE import_id = ?1 AND old_run_id IS NULL)"));
        return execute("UPDATE run_identity SET run_id = u.old_run_id FROM undo_identity u WHERE u.import_id = ?1 "
                       "AND u.old_run_id IS NOT NULL AND u.kind = run_identity.kind AND u.key = run_identity.key");
    }

    Expected<void> put_back_columns(const std::string& table, std::span<const std::string_view> columns) {
        for (const std::string_view column : columns) {
            const std::string name(column);
            ISOLOSS_TRY_VOID(execute("UPDATE " + table + " SET " + name + " = u.old FROM undo_" + table +
                                     " u WHERE u.import_id = ?1 AND u.field = '" + name + "' AND u." + table +
                                     "_id = " + table + ".id"));
        }
        return {};
    }

    Expected<void> put_back_tags() {
        ISOLOSS_TRY_VOID(execute("DELETE FROM run_tag WHERE run_id IN (SELECT run_id FROM undo_run "
                                 "WHERE import_id = ?1 AND field = 'tags')"));
        return execute("INSERT INTO run_tag (run_id, tag) SELECT u.run_id, t.value FROM undo_run u, json_each(u.old) t "
                       "WHERE u.import_id = ?1 AND u.field = 'tags'");
    }

    Expected<void> cut_series() {
        std::vector<Beginning> beginnings;
        {
            ISOLOSS_TRY(auto rows, connection_.statement("SELECT series_id, attempt, ordinal, count FROM undo_tail "
                                                         "WHERE import_id = ?1"));
            rows.bind_all(import_);
            for (;;) {
                ISOLOSS_TRY(const bool row, rows.step());
                if (!row) break;
                beginnings.push_back({SeriesId(rows.integer(0)), static_cast<int>(rows.integer(1)),
                                      rows.optional_integer(2), rows.integer(3)});
            }
        }
        for (const Beginning& beginning : beginnings)
            ISOLOSS_TRY_VOID(cut(beginning));
        return appender_.flush();
    }

    /// Takes away what is behind the beginning; the points before it in the same chunk are appended again, which codes
    /// them as they were.
    Expected<void> cut(const Beginning& beginning) {
        ISOLOSS_TRY(const std::optional<PointColumns> kept, points_before(beginning));
        const std::int64_t first_gone = beginning.ordinal ? *beginning.ordinal + (kept ? 0 : 1) : 0;
        ISOLOSS_TRY_VOID(
            connection_.execute("DELETE FROM chunk WHERE series_id = ?1 AND attempt = ?2 AND ordinal >= ?3",
                                beginning.series.value, beginning.attempt, first_gone));
        if (!kept) return {};
        const auto count = static_cast<std::size_t>(
            std::clamp<std::int64_t>(beginning.count, 0, static_cast<std::int64_t>(kept->size())));
        return appender_.append(beginning.series, beginning.attempt, point_span(*kept).part(0, count));
    }

    /// The points of the last chunk from before the import when points were added to it; nothing when it stays as it
    /// is.
    Expected<std::optional<PointColumns>> points_before(const Beginning& beginning) {
        if (!beginning.ordinal) return std::nullopt;
        std::int64_t chunk = 0;
        std::string damage;
        {
            ISOLOSS_TRY(auto rows, connection_.statement("SELECT id, iif(length(payload) <= ?5, payload, NULL) FROM "
                                                         "chunk WHERE series_id = ?1 AND attempt = ?2 "
                                                         "AND ordinal = ?3 AND count > ?4"));
            rows.bind_all(beginning.series.value, beginning.attempt, *beginning.ordinal, beginning.count,
                          largest_block_size());
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) return std::nullopt;
            chunk = rows.integer(0);
            PointColumns points;
            const auto decoded = decoder_.decode(rows.blob(1), points);
            if (decoded) return points;
            damage = decoded.error().text();
        }
        damaged_.push_back("chunk " + std::to_string(chunk) + ": " + damage);
        log::warn("Chunk {} is damaged and stays; new points are written behind it", chunk);
        ISOLOSS_TRY_VOID(connection_.execute("UPDATE chunk SET bad = 1 WHERE id = ?1", chunk));
        return std::nullopt;
    }

    Expected<void> put_back_figures() {
        return execute("UPDATE series SET is_float32 = u.is_float32, points = u.points, nonfinite = u.nonfinite, "
                       "first_step = u.first_step, last_step = u.last_step, last = u.last, min = u.min, max = u.max, "
                       "attempts = u.attempts FROM undo_series u WHERE u.import_id = ?1 AND u.series_id = series.id");
    }

    Expected<void> put_back_attempts() {
        ISOLOSS_TRY_VOID(
            execute("UPDATE attempt SET first_step = u.first_step, started_at = u.started_at FROM undo_attempt u "
                    "WHERE u.import_id = ?1 AND u.run_id = attempt.run_id AND u.attempt = attempt.attempt"));
        return execute("DELETE FROM attempt WHERE import_id = ?1");
    }

    Expected<void> put_back_values() {
        ISOLOSS_TRY_VOID(execute("DELETE FROM value WHERE import_id = ?1 AND id NOT IN (SELECT value_id "
                                 "FROM undo_value WHERE import_id = ?1)"));
        ISOLOSS_TRY_VOID(execute("DELETE FROM outcome WHERE value_id IN (SELECT value_id FROM undo_value "
                                 "WHERE import_id = ?1)"));
        ISOLOSS_TRY_VOID(
            execute("UPDATE value SET value = u.value, standard_error = u.standard_error, n = u.n, "
                    "n_skipped = u.n_skipped, status = u.status, reason = u.reason, provenance = u.provenance, "
                    "recorded_at = u.recorded_at, import_id = u.made_by FROM undo_value u "
                    "WHERE u.import_id = ?1 AND u.value_id = value.id"));
        return execute("INSERT INTO outcome (value_id, item_id, position, correct, chosen, log_likelihoods, tokens) "
                       "SELECT value_id, item_id, position, correct, chosen, log_likelihoods, tokens "
                       "FROM undo_outcome WHERE import_id = ?1");
    }

    // What it kept of outcomes goes with what it kept of their values.
    Expected<void> forget_journal() {
        for (const char* table : {"run", "identity", "attempt", "series", "tail", "checkpoint", "value", "source"})
            ISOLOSS_TRY_VOID(execute(std::string("DELETE FROM undo_") + table + " WHERE import_id = ?1"));
        return {};
    }

    // Of this import, and of imports undone before it that another one had still used.
    Expected<void> remove_orphans() {
        ISOLOSS_TRY_VOID(connection_.execute(
            "DELETE FROM quantity WHERE import_id IN (SELECT id FROM import WHERE undone_at IS NOT NULL) "
            "AND NOT EXISTS (SELECT 1 FROM value v WHERE v.quantity_id = quantity.id)"));
        ISOLOSS_TRY(const auto candidate,
                    connection_.find_integer("SELECT id FROM item WHERE import_id IN "
                                             "(SELECT id FROM import WHERE undone_at IS NOT NULL) LIMIT 1"));
        if (!candidate) return {};
        // Without an index the outcomes of every single item would be looked for in all of them.
        ISOLOSS_TRY_VOID(connection_.execute("CREATE INDEX undo_orphans ON outcome (item_id)"));
        ISOLOSS_TRY_VOID(connection_.execute(
            "DELETE FROM item WHERE import_id IN (SELECT id FROM import WHERE undone_at IS NOT NULL) "
            "AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.item_id = item.id) "
            "AND id NOT IN (SELECT item_id FROM undo_outcome)"));
        return connection_.execute("DROP INDEX undo_orphans");
    }

    Connection& connection_;
    SeriesAppender& appender_;
    std::int64_t import_;
    std::vector<std::string>& damaged_;
    ChunkDecoder decoder_;
};

} // namespace

Expected<void> take_back_import(Connection& connection, SeriesAppender& appender, ImportId import,
                                std::vector<std::string>& damaged) {
    return Undo(connection, appender, import, damaged).run();
}

} // namespace isoloss
