#pragma once

#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Result shards of isoloss-worker (packaging/docs/results.md), recognised by their first line. A shard is imported
/// whole or not at all: its checksum is checked before anything of it is handed over.
std::unique_ptr<SourceFinder> result_finder();

} // namespace isoloss
