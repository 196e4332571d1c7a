#pragma once

#include "tests/benchmarks/measuring.h"

#include <cstdint>
#include <filesystem>
#include <sqlite3.h>
#include <string>
#include <vector>

namespace isoloss::bench {

/// The anchor of the store: the straightforward table of one row per point, in a WAL database of its own, filled by one
/// prepared INSERT in transactions of 100,000 points.
class RowTable {
public:
    struct Point {
        std::int64_t series = 0, step = 0;
        double wall_time = 0, value = 0;
    };

    /// unsafe: without a log and without waiting for the disk, where filling is not what is measured.
    enum class Filling { durable, unsafe };

    explicit RowTable(const std::filesystem::path& path, Filling filling = Filling::durable) {
        if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) fail();
        run(filling == Filling::durable ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"
                                        : "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
        run("CREATE TABLE IF NOT EXISTS point (series INTEGER NOT NULL, step INTEGER NOT NULL, wall_time REAL, "
            "value REAL, PRIMARY KEY (series, step)) WITHOUT ROWID");
        prepare("INSERT INTO point VALUES (?1, ?2, ?3, ?4)", &insert_);
        prepare("SELECT step, wall_time, value FROM point WHERE series = ?1 ORDER BY step", &select_);
    }

    ~RowTable() {
        sqlite3_finalize(insert_);
        sqlite3_finalize(select_);
        sqlite3_close(database_);
    }

    RowTable(const RowTable&) = delete;
    RowTable& operator=(const RowTable&) = delete;

    void insert(const Point& point) {
        if (waiting_ == 0) run("BEGIN");
        sqlite3_bind_int64(insert_, 1, point.series);
        sqlite3_bind_int64(insert_, 2, point.step);
        sqlite3_bind_double(insert_, 3, point.wall_time);
        sqlite3_bind_double(insert_, 4, point.value);
        if (sqlite3_step(insert_) != SQLITE_DONE) fail();
        sqlite3_reset(insert_);
        if (++waiting_ == points_per_transaction) commit();
    }

    void commit() {
        if (waiting_ > 0) run("COMMIT");
        waiting_ = 0;
    }

    struct Columns {
        std::vector<std::int64_t> steps;
        std::vector<double> wall_times, values;
    };

    Columns read(std::int64_t series) {
        Columns columns;
        sqlite3_bind_int64(select_, 1, series);
        while (sqlite3_step(select_) == SQLITE_ROW) {
            columns.steps.push_back(sqlite3_column_int64(select_, 0));
            columns.wall_times.push_back(sqlite3_column_double(select_, 1));
            columns.values.push_back(sqlite3_column_double(select_, 2));
        }
        sqlite3_reset(select_);
        return columns;
    }

private:
    static constexpr int points_per_transaction = 100'000;

    [[noreturn]] void fail() { give_up(sqlite3_errmsg(database_)); }

    void run(const char* sql) {
        if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
    }

    void prepare(const char* sql, sqlite3_stmt** statement) {
        if (sqlite3_prepare_v2(database_, sql, -1, statement, nullptr) != SQLITE_OK) fail();
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* select_ = nullptr;
    int waiting_ = 0;
};

} // namespace isoloss::bench
