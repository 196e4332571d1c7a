#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds runs of MLflow's folder store (mlruns): each run's folder with meta.yaml, metrics, params and tags is a
/// source.
std::unique_ptr<SourceFinder> mlflow_folder_finder();

} // namespace isoloss
