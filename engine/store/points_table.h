#pragma once

#include "engine/base/error.h"

namespace isoloss {

class Connection;

/// Makes the table-valued function points(run, metric) known to a connection whose main database is a project: rows
/// (run_id, attempt, step, wall_time, value); packaging/docs/sql.md describes it for people. Constraints on step and
/// attempt and the order by step are taken over from the query, so that only the chunks in question are decoded.
Expected<void> register_points_table(Connection& connection);

} // namespace isoloss
