#pragma once

#include "engine/importers/tracker_database.h"

#include <memory>

namespace isoloss {

/// trackio's SQLite store: rows of metrics as JSON, configurations, and measurements of the machine. Runs are told
/// apart by run_id where the table has it, in older ones by project_name and run_name.
std::shared_ptr<const TrackerDatabase> trackio_database();

} // namespace isoloss
