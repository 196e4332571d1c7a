#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/write_session_cache.h"

#include <cmath>
#include <limits>

namespace isoloss {

namespace {

/// NaN and infinity are results too, but ones that must not look like ordinary numbers.
ValueStatus status_of(const ValueRecord& value) {
    if (value.value && !std::isfinite(*value.value)) return ValueStatus::nonfinite;
    return value.status;
}

} // namespace

Expected<std::optional<QuantityRecord>> WriteSession::find_quantity(std::string_view key) {
    ISOLOSS_TRY(auto rows,
                connection_.statement(std::string("SELECT ") + quantity_columns + " FROM quantity q WHERE q.key = ?1"));
    rows.bind_all(key);
    ISOLOSS_TRY(const bool row, rows.step());
    if (!row) return std::nullopt;
    return quantity_row(rows);
}

Expected<QuantityId> WriteSession::ensure_quantity(const QuantityRecord& record) {
    ISOLOSS_TRY(const auto found, connection_.find_integer("SELECT id FROM quantity WHERE key = ?1", record.key));
    if (found) return QuantityId(*found);
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO quantity (key, kind, metric, subject, filter, shots, version, unit, direction, import_id) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        record.key, quantity_kind_name(record.kind), record.metric, record.subject, record.filter, record.shots,
        record.version, record.unit, direction_name(record.direction), cache_->import));
    changes_.quantities = true;
    return QuantityId(connection_.last_insert_id());
}

Expected<ValueId> WriteSession::put_value(const ValueRecord& value) {
    const std::string_view status = value_status_name(status_of(value));
    {
        ISOLOSS_TRY(auto rows, connection_.statement(
                                   "SELECT id, value IS ?4 AND standard_error IS ?5 AND n IS ?6 AND n_skipped = ?7 "
                                   "AND status = ?8 AND reason = ?9 AND provenance = ?10 FROM value "
                                   "WHERE checkpoint_id = ?1 AND quantity_id = ?2 AND variant = ?3"));
        rows.bind_all(value.checkpoint.value, value.quantity.value, value.variant, value.value, value.standard_error,
                      value.n, value.n_skipped, status, value.reason, value.provenance);
        ISOLOSS_TRY(const bool row, rows.step());
        if (row && rows.boolean(1)) return ValueId(rows.integer(0));
        if (row) {
            const std::int64_t id = rows.integer(0);
            rows.reset();
            ISOLOSS_TRY_VOID(cache_->journal.note_value(id));
            ISOLOSS_TRY_VOID(connection_.execute("DELETE FROM outcome WHERE value_id = ?1", id));
        }
    }
    changes_.values = true;
    ISOLOSS_TRY(const auto id,
                connection_.find_integer(
                    "INSERT INTO value (checkpoint_id, quantity_id, variant, value, standard_error, n, n_skipped, "
                    "status, reason, "
                    "provenance, recorded_at, import_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
                    "ON CONFLICT (checkpoint_id, quantity_id, variant) DO UPDATE SET value = excluded.value, "
                    "standard_error = excluded.standard_error, n = excluded.n, n_skipped = excluded.n_skipped, "
                    "status = excluded.status, reason = excluded.reason, provenance = excluded.provenance, "
                    "recorded_at = excluded.recorded_at, import_id = excluded.import_id RETURNING id",
                    value.checkpoint.value, value.quantity.value, value.variant, value.value, value.standard_error,
                    value.n, value.n_skipped, status, value.reason, value.provenance,
                    value.recorded_at > 0 ? value.recorded_at : utc_now(), cache_->import));
    return ValueId(id.value_or(0));
}

Expected<std::optional<StoredValue>> WriteSession::find_value(CheckpointId checkpoint, QuantityId quantity,
                                                              std::string_view variant) {
    ISOLOSS_TRY(auto rows, connection_.statement("SELECT id, value, standard_error, status, "
                                                 "(SELECT count(*) FROM outcome WHERE value_id = value.id) FROM value "
                                                 "WHERE checkpoint_id = ?1 AND quantity_id = ?2 AND variant = ?3"));
    rows.bind_all(checkpoint.value, quantity.value, variant);
    ISOLOSS_TRY(const bool row, rows.step());
    if (!row) return std::nullopt;
    StoredValue stored{ValueId(rows.integer(0)), rows.optional_real(1), rows.optional_real(2), rows.integer(4)};
    if (!stored.value && rows.text(3) == value_status_name(ValueStatus::nonfinite))
        stored.value = std::numeric_limits<double>::quiet_NaN(); // which SQLite stores as NULL
    return stored;
}

Expected<void> WriteSession::put_outcomes(ValueId value, const std::vector<OutcomeRecord>& outcomes,
                                          std::int64_t first_position) {
    ISOLOSS_TRY_VOID(cache_->journal.note_value(value.value));
    ISOLOSS_TRY_VOID(
        connection_.execute("DELETE FROM outcome WHERE value_id = ?1 AND position >= ?2", value.value, first_position));
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        ISOLOSS_TRY_VOID(put_outcome(value, first_position + static_cast<std::int64_t>(i), outcomes[i]));
    changes_.values = true;
    return {};
}

Expected<void> WriteSession::put_outcome(ValueId value, std::int64_t position, const OutcomeRecord& outcome) {
    const ItemRecord& item = outcome.item;
    ISOLOSS_TRY(auto found,
                connection_.find_integer("SELECT id FROM item WHERE task = ?1 AND key = ?2 AND doc_hash = ?3",
                                         item.task, item.key, item.doc_hash));
    if (!found) {
        ISOLOSS_TRY_VOID(connection_.execute("INSERT INTO item (task, key, doc_hash, text, choices, gold, import_id) "
                                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                             item.task, item.key, item.doc_hash, item.text, texts_to_json(item.choices),
                                             item.gold, cache_->import));
        found = connection_.last_insert_id();
    }
    const auto log_likelihoods = doubles_to_bytes(outcome.log_likelihoods);
    return connection_.execute(
        "INSERT INTO outcome (value_id, item_id, position, correct, chosen, log_likelihoods, tokens) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (value_id, item_id) DO UPDATE SET "
        "position = excluded.position, correct = excluded.correct, chosen = excluded.chosen, "
        "log_likelihoods = excluded.log_likelihoods, tokens = excluded.tokens",
        value.value, *found, position, outcome.correct, outcome.chosen, std::span<const std::byte>(log_likelihoods),
        outcome.tokens);
}

} // namespace isoloss
