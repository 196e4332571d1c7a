#include "engine/store/points_table.h"

#include "engine/store/connection.h"
#include "engine/store/points_plan.h"
#include "engine/store/schema_version.h"
#include "engine/store/sqlite_api.h"

#include <exception>
#include <new>

namespace isoloss {

namespace {

// SQLite asks for plain structs that begin with its own.
struct Table : sqlite3_vtab {
    std::unique_ptr<Connection> connection;
};

struct FreeValue {
    void operator()(sqlite3_value* copy) const { sqlite3_value_free(copy); }
};

using ValueCopy = std::unique_ptr<sqlite3_value, FreeValue>;

struct Cursor : sqlite3_vtab_cursor {
    explicit Cursor(Connection& connection) : points(connection) {}

    PointCursor points;
    ValueCopy run, metric; ///< the arguments
    std::int64_t row = 0;
};

Table& table_of(sqlite3_vtab* base) {
    return *static_cast<Table*>(base);
}

Cursor& cursor_of(sqlite3_vtab_cursor* base) {
    return *static_cast<Cursor*>(base);
}

int code_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::damaged:
        return SQLITE_CORRUPT_VTAB;
    case ErrorKind::foreign:
        return SQLITE_NOTADB;
    case ErrorKind::busy:
        return SQLITE_BUSY;
    case ErrorKind::cancelled:
        return SQLITE_INTERRUPT;
    case ErrorKind::io:
        return SQLITE_IOERR;
    default:
        return SQLITE_ERROR;
    }
}

/// Runs what may fail; no exception gets into SQLite, which is C.
template <typename Body>
int reported(char*& message, Body body) {
    const auto say = [&](const char* text) {
        sqlite3_free(message);
        message = sqlite3_mprintf("%s", text);
    };
    try {
        const Expected<void> done = body();
        if (done) return SQLITE_OK;
        say(done.error().text().c_str());
        return code_of(done.error().kind);
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (const std::exception& exception) {
        say(exception.what());
        return SQLITE_INTERNAL;
    }
}

int connect(sqlite3* database, void*, int, const char* const*, sqlite3_vtab** result, char** message) {
    return reported(*message, [&]() -> Expected<void> {
        auto connection = Connection::borrow(database);
        ISOLOSS_TRY_VOID(check_readable_project(*connection));
        const int code =
            sqlite3_declare_vtab(database, (std::string("CREATE TABLE points (") + points_columns + ")").c_str());
        if (code != SQLITE_OK) return fail(connection->error(code));
        *result = new Table{{}, std::move(connection)};
        return {};
    });
}

int disconnect(sqlite3_vtab* table) {
    delete &table_of(table);
    return SQLITE_OK;
}

int open(sqlite3_vtab* table, sqlite3_vtab_cursor** result) {
    return reported(table->zErrMsg, [&]() -> Expected<void> {
        *result = new Cursor(*table_of(table).connection);
        return {};
    });
}

int close(sqlite3_vtab_cursor* cursor) {
    delete &cursor_of(cursor);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab* table, sqlite3_index_info* index) {
    bool is_possible = true;
    const int code = reported(table->zErrMsg, [&]() -> Expected<void> {
        const PointsPlan plan = plan_points(*index);
        is_possible = plan.is_possible;
        if (!is_possible) return {};
        index->idxNum = static_cast<int>(plan.order);
        index->idxStr = sqlite3_mprintf("%s", plan.meanings.c_str());
        index->needToFreeIdxStr = 1;
        if (index->idxStr == nullptr) throw std::bad_alloc();
        return {};
    });
    return is_possible ? code : SQLITE_CONSTRAINT;
}

int filter(sqlite3_vtab_cursor* base, int order, const char* meanings, int, sqlite3_value** arguments) {
    return reported(base->pVtab->zErrMsg, [&]() -> Expected<void> {
        Cursor& cursor = cursor_of(base);
        cursor.row = 0;
        const auto run = place_of(PointsColumn::run, meanings), metric = place_of(PointsColumn::metric, meanings);
        if (!run || !metric)
            return fail(ErrorKind::usage, "points needs a run and a metric",
                        "Write SELECT step, value FROM points('my run', 'loss')");
        cursor.run.reset(sqlite3_value_dup(arguments[*run]));
        cursor.metric.reset(sqlite3_value_dup(arguments[*metric]));
        const auto query = point_query(static_cast<PointQuery::Order>(order), meanings, arguments);
        if (query) return cursor.points.start(*query);
        cursor.points.stop();
        return {};
    });
}

int next(sqlite3_vtab_cursor* base) {
    return reported(base->pVtab->zErrMsg, [&] {
        Cursor& cursor = cursor_of(base);
        ++cursor.row;
        return cursor.points.next();
    });
}

int at_end(sqlite3_vtab_cursor* base) {
    return cursor_of(base).points.at_end() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int number) {
    const Cursor& cursor = cursor_of(base);
    switch (static_cast<PointsColumn>(number)) {
    case PointsColumn::run_id:
        sqlite3_result_int64(context, cursor.points.run());
        break;
    case PointsColumn::attempt:
        sqlite3_result_int64(context, cursor.points.attempt());
        break;
    case PointsColumn::step:
        sqlite3_result_int64(context, cursor.points.step());
        break;
    case PointsColumn::wall_time:
        sqlite3_result_double(context, cursor.points.wall_time());
        break;
    case PointsColumn::value:
        sqlite3_result_double(context, cursor.points.value());
        break;
    case PointsColumn::run:
        sqlite3_result_value(context, cursor.run.get());
        break;
    case PointsColumn::metric:
        sqlite3_result_value(context, cursor.metric.get());
        break;
    }
    return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* row) {
    *row = cursor_of(base).row;
    return SQLITE_OK;
}

sqlite3_module points_module() {
    sqlite3_module module{};
    module.xConnect = connect;
    module.xBestIndex = best_index;
    module.xDisconnect = disconnect;
    module.xOpen = open;
    module.xClose = close;
    module.xFilter = filter;
    module.xNext = next;
    module.xEof = at_end;
    module.xColumn = column;
    module.xRowid = row_id;
    return module;
}

} // namespace

Expected<void> register_points_table(Connection& connection) {
    static const sqlite3_module module = points_module();
    const int code = sqlite3_create_module_v2(connection.handle(), "points", &module, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(connection.error(code));
    return {};
}

} // namespace isoloss
