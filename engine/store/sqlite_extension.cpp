#include "engine/store/connection.h"
#include "engine/store/points_table.h"
#include "engine/store/schema_version.h"
#include "engine/store/sql_views.h"

#include <exception>
#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT1

// isoloss_points.so: what `isoloss query --sql` knows beside the tables, for any program that uses SQLite
// (packaging/docs/sql.md).

namespace isoloss {

namespace {

constexpr int oldest_sqlite = 3037000; // STRICT tables

Expected<void> set_up(sqlite3* database) {
    if (sqlite3_libversion_number() < oldest_sqlite)
        return fail(ErrorKind::unsupported,
                    std::string("Isoloss projects need SQLite 3.37 or newer; this is ") + sqlite3_libversion());
    const auto connection = Connection::borrow(database);
    ISOLOSS_TRY_VOID(register_points_table(*connection));
    // Elsewhere the names are free, and points says what is wrong with the file.
    if (!check_readable_project(*connection)) return {};
    ISOLOSS_TRY(const auto query_only, connection->find_integer("PRAGMA query_only"));
    if (query_only == 1)
        return fail(ErrorKind::usage, "PRAGMA query_only is on, and forbids the extension's temporary views",
                    "Load the extension first");
    return create_sql_views(*connection);
}

} // namespace

} // namespace isoloss

/// The name that SQLite makes of the file's.
extern "C" __attribute__((visibility("default"))) int sqlite3_isolosspoints_init(sqlite3* database, char** message,
                                                                                 const sqlite3_api_routines* routines) {
    SQLITE_EXTENSION_INIT2(routines)
    try {
        const auto done = isoloss::set_up(database);
        if (done) return SQLITE_OK;
        if (message != nullptr) *message = sqlite3_mprintf("%s", done.error().text().c_str());
        return SQLITE_ERROR;
    } catch (const std::exception&) {
        return SQLITE_NOMEM;
    }
}
