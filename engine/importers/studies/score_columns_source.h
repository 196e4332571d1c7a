#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds files with the scores of many checkpoints in columns. A file is a run; its checkpoints have the scores as
/// values, and each score is a series of the run too.
std::unique_ptr<SourceFinder> score_columns_finder();

} // namespace isoloss
