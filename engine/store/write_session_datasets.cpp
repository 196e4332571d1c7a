#include "engine/base/json.h"
#include "engine/store/connection.h"
#include "engine/store/statement.h"
#include "engine/store/write_session_cache.h"

namespace isoloss {

namespace {

tl::unexpected<Error> refuse_name(std::string_view name, std::string reason) {
    return fail(ErrorKind::usage, "the data set cannot be named " + json_quote(name) + ": " + std::move(reason),
                "Choose another name");
}

} // namespace

Expected<DatasetId> WriteSession::ensure_dataset(const DatasetRecord& record) {
    ISOLOSS_TRY(const auto found, connection_.find_integer("SELECT id FROM dataset WHERE name = ?1 AND hash = ?2",
                                                           record.name, record.hash));
    if (found) {
        ISOLOSS_TRY_VOID(connection_.execute(
            "UPDATE dataset SET kind = ?2, path = iif(?3 = '', path, ?3), details = iif(?4 = '{}', details, ?4), "
            "removed = 0 WHERE id = ?1",
            *found, dataset_kind_name(record.kind), record.path, record.details));
        changes_.datasets = true;
        return DatasetId(*found);
    }
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO dataset (name, kind, path, hash, bytes, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", record.name,
        dataset_kind_name(record.kind), record.path, record.hash, record.bytes, record.details));
    changes_.datasets = true;
    return DatasetId(connection_.last_insert_id());
}

Expected<bool> WriteSession::has_other_dataset(const DatasetRecord& record) {
    ISOLOSS_TRY(const auto all, connection_.find_integer("SELECT count(*) FROM dataset WHERE name = ?1", record.name));
    ISOLOSS_TRY(const auto same, connection_.find_integer("SELECT 1 FROM dataset WHERE name = ?1 AND hash = ?2",
                                                          record.name, record.hash));
    return all.value_or(0) > 0 && !same;
}

Expected<void> WriteSession::rename_dataset(DatasetId dataset, std::string_view name) {
    if (name.find_first_not_of(" \t") == name.npos) return refuse_name(name, "the name is empty");
    if (name.find_first_of("[]\n\r") != name.npos)
        return refuse_name(name, "brackets and line ends have a meaning in the names of quantities");
    ISOLOSS_TRY(auto row, connection_.statement("SELECT name FROM dataset WHERE id = ?1"));
    row.bind_all(dataset.value);
    ISOLOSS_TRY(const bool is_there, row.step());
    if (!is_there) return fail(ErrorKind::not_found, "the data set is not in the project");
    const std::string old = row.text(0);
    if (old == name) return {};
    const auto exists = [this](const char* query, const auto&... values) -> Expected<bool> {
        ISOLOSS_TRY(const auto found, connection_.find_integer(query, values...));
        return found.has_value();
    };
    ISOLOSS_TRY(const bool is_taken, exists("SELECT id FROM dataset WHERE name = ?1 LIMIT 1", name));
    if (is_taken) return refuse_name(name, "another data set has this name");
    ISOLOSS_TRY(const bool has_values,
                exists("SELECT id FROM quantity WHERE subject = ?1 AND kind = 'measured' LIMIT 1", name));
    if (has_values) return refuse_name(name, "quantities were measured under this name");
    ISOLOSS_TRY(const bool shares,
                exists("SELECT id FROM dataset WHERE name = ?1 AND id <> ?2 LIMIT 1", old, dataset.value));
    ISOLOSS_TRY(const bool was_measured,
                exists("SELECT id FROM quantity WHERE subject = ?1 AND kind = 'measured' LIMIT 1", old));
    if (shares && was_measured)
        return fail(ErrorKind::usage,
                    "another version of the data set " + json_quote(old) +
                        " shares its name, and quantities were measured under it",
                    "Keep the name, so that it is clear which values belong together");

    ISOLOSS_TRY_VOID(connection_.execute("UPDATE dataset SET name = ?2 WHERE id = ?1", dataset.value, name));
    changes_.datasets = true;
    if (!was_measured) return {};
    ISOLOSS_TRY_VOID(connection_.execute(
        "UPDATE OR IGNORE item SET task = ?2 WHERE task = ?1 AND id IN (SELECT o.item_id FROM outcome o "
        "JOIN value v ON v.id = o.value_id JOIN quantity q ON q.id = v.quantity_id "
        "WHERE q.subject = ?1 AND q.kind = 'measured')",
        old, name));
    ISOLOSS_TRY_VOID(
        connection_.execute("UPDATE quantity SET subject = ?2, key = metric || '[' || ?2 || ']' WHERE subject = ?1 "
                            "AND kind = 'measured' AND key = metric || '[' || ?1 || ']'",
                            old, name));
    // What is remembered of quantities goes by their keys.
    changes_.everything = true;
    return {};
}

Expected<void> WriteSession::set_dataset_removed(DatasetId dataset, bool removed) {
    changes_.datasets = true;
    return connection_.execute("UPDATE dataset SET removed = ?2 WHERE id = ?1", dataset.value, removed ? 1 : 0);
}

} // namespace isoloss
