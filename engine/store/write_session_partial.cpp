#include "engine/base/hash.h"
#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/writer.h"

namespace isoloss {

namespace {

/// Units whose bytes are whole; another one is computed again.
Expected<PartialUnits> read_units(Connection& connection, PartialPassId pass) {
    ISOLOSS_TRY(auto rows, connection.statement("SELECT unit, checksum, numbers FROM partial_unit WHERE pass_id = ?1"));
    rows.bind_all(pass.value);
    PartialUnits units;
    std::size_t total = 0;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return units;
        const auto bytes = rows.blob(2);
        if (bytes.size() % sizeof(double) != 0 || bytes.size() / sizeof(double) > most_unit_numbers) continue;
        if (rows.integer(1) != static_cast<std::int64_t>(crc32c(bytes))) continue;
        total += bytes.size() / sizeof(double);
        if (total > most_pass_numbers) return units;
        units.emplace(rows.integer(0), doubles_from_bytes(bytes));
    }
}

} // namespace

Expected<PartialPass> WriteSession::begin_partial_pass(const PartialPassRecord& record) {
    PartialPass pass{{}, record, {}};
    {
        ISOLOSS_TRY(auto rows, connection_.statement(
                                   "SELECT id, conditions, batch_tokens, unit_tokens, seconds FROM partial_pass WHERE "
                                   "checkpoint_id = ?1 AND pass = ?2 AND data_hash = ?3 AND parameters = ?4"));
        rows.bind_all(record.checkpoint.value, record.pass, record.data_hash, record.parameters);
        ISOLOSS_TRY(const bool row, rows.step());
        if (row) pass.id = PartialPassId(rows.integer(0));
        if (row && rows.text(1) == record.conditions && rows.integer(2) > 0 && rows.integer(3) > 0) {
            pass.record.batch_tokens = rows.integer(2);
            pass.record.unit_tokens = rows.integer(3);
            pass.record.seconds = rows.real(4);
            rows.reset();
            ISOLOSS_TRY(pass.units, read_units(connection_, pass.id));
            return pass;
        }
    }
    if (pass.id.value != 0) ISOLOSS_TRY_VOID(drop_partial_pass(pass.id));
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO partial_pass (checkpoint_id, pass, data_hash, parameters, conditions, batch_tokens, unit_tokens) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        record.checkpoint.value, record.pass, record.data_hash, record.parameters, record.conditions,
        record.batch_tokens, record.unit_tokens));
    pass.id = PartialPassId(connection_.last_insert_id());
    return pass;
}

Expected<void> WriteSession::put_partial_unit(PartialPassId pass, std::int64_t unit, std::span<const double> numbers) {
    if (numbers.size() > most_unit_numbers) return fail(ErrorKind::usage, "a unit has too many numbers to be kept");
    const auto bytes = doubles_to_bytes(numbers);
    return connection_.execute("INSERT INTO partial_unit (pass_id, unit, checksum, numbers) VALUES (?1, ?2, ?3, ?4) "
                               "ON CONFLICT (pass_id, unit) DO UPDATE SET checksum = excluded.checksum, "
                               "numbers = excluded.numbers",
                               pass.value, unit, static_cast<std::int64_t>(crc32c(bytes)),
                               std::span<const std::byte>(bytes));
}

Expected<void> WriteSession::update_partial_pass(PartialPassId pass, std::int64_t batch_tokens, double seconds) {
    return connection_.execute("UPDATE partial_pass SET batch_tokens = ?2, seconds = ?3 WHERE id = ?1", pass.value,
                               batch_tokens, seconds);
}

Expected<void> WriteSession::drop_partial_pass(PartialPassId pass) {
    return connection_.execute("DELETE FROM partial_pass WHERE id = ?1", pass.value);
}

Expected<void> WriteSession::drop_unwanted_partial_passes() {
    return connection_.execute("DELETE FROM partial_pass WHERE NOT EXISTS (SELECT 1 FROM job j WHERE "
                               "j.checkpoint_id = partial_pass.checkpoint_id AND j.data_hash = partial_pass.data_hash "
                               "AND j.parameters = partial_pass.parameters AND j.state <> 'done')");
}

} // namespace isoloss
