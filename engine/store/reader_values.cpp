#include "engine/store/connection.h"
#include "engine/store/reader.h"
#include "engine/store/record_rows.h"

#include <limits>

namespace isoloss {

namespace {

const std::string value_select =
    "SELECT v.id, v.checkpoint_id, v.quantity_id, q.key, v.value, v.standard_error, v.n, v.n_skipped, v.status, "
    "v.reason, v.provenance, v.variant, v.recorded_at FROM value v JOIN quantity q ON q.id = v.quantity_id ";

// SQLite stores NaN as NULL; the status tells it from "undefined".
std::optional<double> stored_value(std::optional<double> value, bool nonfinite) {
    return !value && nonfinite ? std::numeric_limits<double>::quiet_NaN() : value;
}

ValueRecord value_row(const Statement& row) {
    ValueRecord value;
    value.id = ValueId(row.integer(0));
    value.checkpoint = CheckpointId(row.integer(1));
    value.quantity = QuantityId(row.integer(2));
    value.quantity_key = row.text(3);
    value.value = row.optional_real(4);
    value.standard_error = row.optional_real(5);
    value.n = row.optional_integer(6);
    value.n_skipped = row.integer(7);
    value.status = value_status_of(row.text(8));
    value.reason = row.text(9);
    value.provenance = row.text(10);
    value.variant = row.text(11);
    value.recorded_at = row.real(12);
    value.value = stored_value(value.value, value.status == ValueStatus::nonfinite);
    return value;
}

Expected<std::vector<ValueRecord>> collect_values(Statement& rows) {
    std::vector<ValueRecord> values;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return values;
        values.push_back(value_row(rows));
    }
}

OutcomeRecord outcome_row(const Statement& row) {
    OutcomeRecord outcome;
    outcome.item.id = ItemId(row.integer(0));
    outcome.item.task = row.text(1);
    outcome.item.key = row.text(2);
    outcome.item.doc_hash = row.text(3);
    outcome.item.text = row.text(4);
    outcome.item.choices = texts_from_json(row.text(5));
    if (const auto gold = row.optional_integer(6)) outcome.item.gold = static_cast<int>(*gold);
    outcome.correct = row.optional_real(7);
    if (const auto chosen = row.optional_integer(8)) outcome.chosen = static_cast<int>(*chosen);
    outcome.log_likelihoods = doubles_from_bytes(row.blob(9));
    outcome.tokens = row.optional_integer(10);
    return outcome;
}

} // namespace

Expected<std::vector<QuantityRecord>> Reader::quantities() {
    ISOLOSS_TRY(auto rows, connection_->statement(std::string("SELECT ") + quantity_columns +
                                                  ", (SELECT count(*) FROM value v WHERE v.quantity_id = q.id) "
                                                  "FROM quantity q ORDER BY q.key"));
    std::vector<QuantityRecord> quantities;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return quantities;
        quantities.push_back(quantity_row(rows));
        quantities.back().value_count = rows.integer(10);
    }
}

Expected<std::vector<ValueRecord>> Reader::values(std::optional<CheckpointId> checkpoint,
                                                  std::optional<QuantityId> quantity) {
    std::string sql = value_select + "WHERE NOT EXISTS (SELECT 1 FROM value newer "
                                     "WHERE newer.checkpoint_id = v.checkpoint_id "
                                     "AND newer.quantity_id = v.quantity_id "
                                     "AND (newer.recorded_at, newer.id) > (v.recorded_at, v.id)) ";
    if (checkpoint) sql += "AND v.checkpoint_id = :checkpoint ";
    if (quantity) sql += "AND v.quantity_id = :quantity ";
    ISOLOSS_TRY(auto rows, connection_->statement(sql + "ORDER BY v.checkpoint_id, q.key"));
    int parameter = 0;
    if (checkpoint) rows.bind(++parameter, checkpoint->value);
    if (quantity) rows.bind(++parameter, quantity->value);
    return collect_values(rows);
}

Expected<std::vector<ValueNumber>> Reader::value_numbers(std::optional<QuantityId> quantity) {
    // In the order of the index, variants of one value come one after the other: no row is looked up twice or sorted.
    ISOLOSS_TRY(auto rows, connection_->statement(
                               std::string("SELECT id, checkpoint_id, quantity_id, value, standard_error, n, "
                                           "status = 'nonfinite', reason, recorded_at FROM value ") +
                               (quantity ? "WHERE quantity_id = ?1 " : "") + "ORDER BY checkpoint_id, quantity_id"));
    if (quantity) rows.bind(1, quantity->value);
    std::vector<ValueNumber> numbers;
    std::pair<double, std::int64_t> newest;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return numbers;
        const CheckpointId checkpoint(rows.integer(1));
        const QuantityId of_quantity(rows.integer(2));
        const std::pair age(rows.real(8), rows.integer(0));
        const bool variant =
            !numbers.empty() && numbers.back().checkpoint == checkpoint && numbers.back().quantity == of_quantity;
        if (variant && age < newest) continue;
        if (!variant) numbers.emplace_back();
        newest = age;
        numbers.back() = {ValueId(age.second),   checkpoint,
                          of_quantity,           stored_value(rows.optional_real(3), rows.integer(6) != 0),
                          rows.optional_real(4), rows.optional_integer(5),
                          rows.text(7)};
    }
}

Expected<std::vector<ValueRecord>> Reader::value_history(CheckpointId checkpoint, QuantityId quantity) {
    ISOLOSS_TRY(auto rows, connection_->statement(value_select + "WHERE v.checkpoint_id = ?1 AND v.quantity_id = ?2 "
                                                                 "ORDER BY v.recorded_at, v.id"));
    rows.bind_all(checkpoint.value, quantity.value);
    return collect_values(rows);
}

Expected<std::vector<OutcomeRecord>> Reader::outcomes(ValueId value) {
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT i.id, i.task, i.key, i.doc_hash, i.text, i.choices, i.gold, o.correct, "
                                       "o.chosen, o.log_likelihoods, o.tokens FROM outcome o "
                                       "JOIN item i ON i.id = o.item_id WHERE o.value_id = ?1 ORDER BY o.position"));
    rows.bind_all(value.value);
    std::vector<OutcomeRecord> outcomes;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return outcomes;
        outcomes.push_back(outcome_row(rows));
    }
}

Expected<std::vector<TextOutcome>> Reader::text_outcomes(ValueId value, std::int64_t most) {
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT item_id, log_likelihoods, tokens FROM outcome WHERE value_id = ?1 "
                                       "AND tokens IS NOT NULL ORDER BY item_id LIMIT ?2"));
    rows.bind_all(value.value, most);
    std::vector<TextOutcome> outcomes;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return outcomes;
        const auto likelihoods = doubles_from_bytes(rows.blob(1));
        if (likelihoods.size() == 1)
            outcomes.push_back(TextOutcome{ItemId(rows.integer(0)), likelihoods[0], rows.integer(2)});
    }
}

Expected<bool> Reader::has_outcomes(ValueId value) {
    ISOLOSS_TRY(const auto found,
                connection_->find_integer("SELECT EXISTS (SELECT 1 FROM outcome WHERE value_id = ?1)", value.value));
    return found.value_or(0) != 0;
}

} // namespace isoloss
