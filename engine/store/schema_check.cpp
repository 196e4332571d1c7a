#include "engine/store/schema_check.h"

#include "engine/base/file.h"
#include "engine/store/connection.h"
#include "engine/store/migrations.h"

#include <algorithm>
#include <map>
#include <string>

namespace isoloss {

namespace {

struct SchemaObject {
    std::string type;
    std::string sql;

    bool operator==(const SchemaObject&) const = default;
};

// Tables that SQLite keeps for itself (statistics of ANALYZE) are named sqlite_… and cannot be made by hand.
Expected<std::map<std::string, SchemaObject>> read_schema(Connection& connection) {
    ISOLOSS_TRY(auto rows, connection.statement("SELECT name, type, coalesce(sql, '') FROM sqlite_schema "
                                                "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"));
    std::map<std::string, SchemaObject> schema;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return schema;
        schema[rows.text(0)] = {rows.text(1), rows.text(2)};
    }
}

Error hostile(const Connection& connection, const std::string& name, const std::string& what) {
    return {ErrorKind::foreign, path_text(connection.path()), "schema object " + name, what,
            "Open it only if you trust where it comes from: export its numbers with the sqlite3 program"};
}

bool is_plain(const SchemaObject& object) {
    if (object.type != "table" && object.type != "index") return false;
    std::string sql = object.sql.substr(0, 21);
    std::transform(sql.begin(), sql.end(), sql.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    return !sql.starts_with("CREATE VIRTUAL");
}

} // namespace

Expected<void> check_schema(Connection& connection, int version) {
    ISOLOSS_TRY(const auto found, read_schema(connection));
    for (const auto& [name, object] : found)
        if (!is_plain(object))
            return fail(hostile(connection, name,
                                "the project contains a " + object.type +
                                    ", which Isoloss never makes and which could run when it is read"));
    const auto migrations = project_migrations();
    if (version > migrations.back().version) return {};

    ISOLOSS_TRY(const auto reference, Connection::open_in_memory());
    const auto past =
        std::find_if(migrations.begin(), migrations.end(), [&](const auto& step) { return step.version > version; });
    ISOLOSS_TRY_VOID(migrate(*reference, std::span(migrations.begin(), past)));
    ISOLOSS_TRY(const auto expected, read_schema(*reference));
    for (const auto& [name, object] : expected)
        if (const auto it = found.find(name); it == found.end() || !(it->second == object))
            return fail(hostile(connection, name, "the table or index is missing or differs from Isoloss's own"));
    for (const auto& [name, object] : found)
        if (!expected.contains(name))
            return fail(
                hostile(connection, name, "the project contains a " + object.type + " that Isoloss did not make"));
    return {};
}

} // namespace isoloss
