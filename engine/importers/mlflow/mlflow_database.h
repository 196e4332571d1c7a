#pragma once

#include "engine/importers/tracker_database.h"

#include <memory>

namespace isoloss {

/// MLflow's SQLite store: runs, metrics, params and tags; the columns are probed, since its schema grew. NaN is a
/// column of its own, infinities are the largest doubles.
std::shared_ptr<const TrackerDatabase> mlflow_database();

} // namespace isoloss
