#pragma once

#include "engine/store/point_cursor.h"

#include <optional>
#include <string>
#include <string_view>

struct sqlite3_index_info;
struct sqlite3_value;

namespace isoloss {

/// Columns of the table-valued function points, as SQLite counts them. The last two are its arguments.
enum class PointsColumn { run_id, attempt, step, wall_time, value, run, metric };

constexpr const char* points_columns = "run_id INTEGER, attempt INTEGER, step INTEGER, wall_time REAL, value REAL, "
                                       "run HIDDEN, metric HIDDEN";

/// What SQLite and the function agreed on for one place in a statement.
struct PointsPlan {
    PointQuery::Order order = PointQuery::Order::by_run;
    std::string meanings;    ///< what each argument that the cursor will get is, one letter each
    bool is_possible = true; ///< false: an argument depends on a table that SQLite would read later
};

/// Chooses what to take over of a statement's constraints and order, and tells SQLite in `index`.
PointsPlan plan_points(sqlite3_index_info& index);

/// The question that the arguments ask; nothing when no point can answer it: one is NULL, or no step is left.
std::optional<PointQuery> point_query(PointQuery::Order order, std::string_view meanings, sqlite3_value** arguments);

/// The place of run or metric among the arguments; nothing when it is missing.
std::optional<std::size_t> place_of(PointsColumn argument, std::string_view meanings);

} // namespace isoloss
