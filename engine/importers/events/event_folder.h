#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds folders with event files: each is one run. Names decide (FORMATS.md), and content where a file is named alone.
std::unique_ptr<SourceFinder> event_folder_finder();

} // namespace isoloss
