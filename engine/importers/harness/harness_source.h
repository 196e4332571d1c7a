#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds results files of the evaluation harness with the samples that lie beside them. Any JSON file may be one until
/// it is read. Scores become values and samples item outcomes; scores of another task version or number of shots get a
/// quantity of their own.
std::unique_ptr<SourceFinder> harness_finder();

} // namespace isoloss
