#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds checkpoint folders in the Hugging Face layout; each is a source, and those of one run folder are one run. A
/// folder without weights, or with pickled ones only, is reported.
std::unique_ptr<SourceFinder> checkpoint_finder();

} // namespace isoloss
