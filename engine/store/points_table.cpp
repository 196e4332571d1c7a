#include "engine/store/points_table.h"

#include "engine/store/connection.h"
#include "engine/store/reader.h"

#include <sqlite3.h>

namespace isoloss {

namespace {

// SQLite asks for plain structs that begin with its own.
struct Source {
    Connection* connection;
    Reader* reader;
};

struct Table : sqlite3_vtab {
    Source source;
};

enum Column { run_id, attempt, step, wall_time, value, run, metric };

struct Cursor : sqlite3_vtab_cursor {
    struct Series {
        std::int64_t run;
        SeriesId id;
    };

    std::vector<Series> series;
    std::size_t series_index = 0;
    std::vector<PointsOfAttempt> attempts; ///< of the current series
    std::size_t attempt_index = 0;
    std::size_t point = 0;
    std::int64_t row = 0;
};

Table& table_of(sqlite3_vtab* base) {
    return *static_cast<Table*>(base);
}

Cursor& cursor_of(sqlite3_vtab_cursor* base) {
    return *static_cast<Cursor*>(base);
}

int report(sqlite3_vtab* table, const Error& error) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("%s", error.text().c_str());
    return SQLITE_ERROR;
}

int connect(sqlite3* database, void* source, int, const char* const*, sqlite3_vtab** result, char**) {
    const int code =
        sqlite3_declare_vtab(database, "CREATE TABLE points (run_id INTEGER, attempt INTEGER, step INTEGER, "
                                       "wall_time REAL, value REAL, run HIDDEN, metric HIDDEN)");
    if (code != SQLITE_OK) return code;
    sqlite3_vtab_config(database, SQLITE_VTAB_DIRECTONLY);
    *result = new Table{{}, *static_cast<const Source*>(source)};
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
    delete &table_of(table);
    return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** result) {
    *result = new Cursor();
    return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
    delete &cursor_of(cursor);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab* table, sqlite3_index_info* index) {
    bool has_run = false, has_metric = false;
    for (int i = 0; i < index->nConstraint; ++i) {
        const auto& constraint = index->aConstraint[i];
        if (constraint.op != SQLITE_INDEX_CONSTRAINT_EQ || !constraint.usable) continue;
        if (constraint.iColumn != Column::run && constraint.iColumn != Column::metric) continue;
        const bool is_run = constraint.iColumn == Column::run;
        (is_run ? has_run : has_metric) = true;
        index->aConstraintUsage[i].argvIndex = is_run ? 1 : 2;
        index->aConstraintUsage[i].omit = 1;
    }
    if (!has_run || !has_metric) {
        sqlite3_free(table->zErrMsg);
        table->zErrMsg = sqlite3_mprintf("points needs a run and a metric: SELECT * FROM points('my run', 'loss')");
        return SQLITE_ERROR;
    }
    index->estimatedCost = 1e6;
    index->estimatedRows = 100000;
    return SQLITE_OK;
}

/// Reads series until one has points at the cursor's place.
Expected<void> settle(Cursor& cursor) {
    for (;;) {
        while (cursor.attempt_index < cursor.attempts.size() &&
               cursor.point >= cursor.attempts[cursor.attempt_index].points.size()) {
            ++cursor.attempt_index;
            cursor.point = 0;
        }
        if (cursor.attempt_index < cursor.attempts.size() || cursor.series_index >= cursor.series.size()) return {};
        Reader& reader = *table_of(cursor.pVtab).source.reader;
        ISOLOSS_TRY(cursor.attempts, reader.points(cursor.series[cursor.series_index++].id));
        cursor.attempt_index = cursor.point = 0;
    }
}

Expected<void> find_series(Cursor& cursor, std::string_view run_name, std::string_view metric_name) {
    Connection& connection = *table_of(cursor.pVtab).source.connection;
    ISOLOSS_TRY(auto rows, connection.statement("SELECT r.id, s.id FROM series s JOIN run r ON r.id = s.run_id "
                                                "WHERE (r.name = ?1 OR CAST(r.id AS TEXT) = ?1) AND s.name = ?2 "
                                                "ORDER BY r.id"));
    rows.bind_all(run_name, metric_name);
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return {};
        cursor.series.push_back({rows.integer(0), SeriesId(rows.integer(1))});
    }
}

std::string text_of(sqlite3_value* argument) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(argument));
    return text == nullptr ? std::string() : std::string(text);
}

int filter(sqlite3_vtab_cursor* base, int, const char*, int, sqlite3_value** arguments) {
    Cursor& cursor = cursor_of(base);
    cursor.series.clear();
    cursor.attempts.clear();
    cursor.series_index = cursor.attempt_index = cursor.point = 0;
    cursor.row = 0;
    if (const auto found = find_series(cursor, text_of(arguments[0]), text_of(arguments[1])); !found)
        return report(base->pVtab, found.error());
    if (const auto settled = settle(cursor); !settled) return report(base->pVtab, settled.error());
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
    Cursor& cursor = cursor_of(base);
    ++cursor.point;
    ++cursor.row;
    if (const auto settled = settle(cursor); !settled) return report(base->pVtab, settled.error());
    return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* base) {
    const Cursor& cursor = cursor_of(base);
    return cursor.attempt_index >= cursor.attempts.size() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int number) {
    const Cursor& cursor = cursor_of(base);
    const PointsOfAttempt& points = cursor.attempts[cursor.attempt_index];
    switch (number) {
    case Column::run_id:
        sqlite3_result_int64(context, cursor.series[cursor.series_index - 1].run);
        break;
    case Column::attempt:
        sqlite3_result_int(context, points.attempt);
        break;
    case Column::step:
        sqlite3_result_int64(context, points.points.steps[cursor.point]);
        break;
    case Column::wall_time:
        sqlite3_result_double(context, points.points.wall_times[cursor.point]);
        break;
    case Column::value:
        sqlite3_result_double(context, points.points.value(cursor.point));
        break;
    default:
        sqlite3_result_null(context);
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

Expected<void> register_points_table(Connection& connection, Reader& reader) {
    static const sqlite3_module module = points_module();
    auto* source = new Source{&connection, &reader};
    const int code = sqlite3_create_module_v2(connection.handle(), "points", &module, source,
                                              [](void* pointer) { delete static_cast<Source*>(pointer); });
    if (code != SQLITE_OK) return fail(connection.error(code));
    // Its columns are declared at the first use, which looks like a CREATE TABLE and would be refused later.
    return connection.execute("SELECT 1 FROM points('', '') LIMIT 0");
}

} // namespace isoloss
