#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds transaction logs of W&B (`wandb/{run|offline-run}-<time>-<id>/run-<id>.wandb`), by their first bytes. All logs
/// of one run id are one source. In the folder of a run, what W&B itself has written is taken with the log; other files
/// among it are left to other finders.
std::unique_ptr<SourceFinder> wandb_finder();

} // namespace isoloss
