#pragma once

#include "engine/store/records.h"

#include <span>
#include <string>
#include <vector>

namespace isoloss {

/// A file or folder from which an import could not be repeated, and why.
struct LostSource {
    std::string path;
    std::string reason; ///< "is gone", "was replaced", …
};

/// Those of the sources that are not there any more as they were read. A file that has grown since is not lost. Reads
/// the first 4 KB of each file: any thread that may wait for a disk.
std::vector<LostSource> find_lost_sources(std::span<const SourceRecord> sources);

} // namespace isoloss
