#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds the results of OLMES: `TASK-metrics.json` with `TASK-predictions.jsonl` beside it, and `metrics-all.jsonl`.
/// Metrics become values of the model's checkpoint, predictions item outcomes.
std::unique_ptr<SourceFinder> olmes_finder();

} // namespace isoloss
