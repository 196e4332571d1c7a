#pragma once

#include "engine/base/error.h"

namespace isoloss {

class Connection;
class Reader;

/// Makes the table-valued function points(run, metric) known to a connection: rows (run_id, attempt, step, wall_time,
/// value) of every run with that name or id. `reader` must own the connection.
Expected<void> register_points_table(Connection& connection, Reader& reader);

} // namespace isoloss
