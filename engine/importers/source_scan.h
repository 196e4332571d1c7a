#pragma once

#include "engine/base/error.h"
#include "engine/importers/event_run.h"
#include "engine/importers/harness_import.h"
#include "engine/importers/import.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace isoloss {

/// What lies under the named paths, in sorted order, so that importing is deterministic.
struct FoundSources {
    std::vector<EventFolder> event_folders;
    std::vector<std::filesystem::path> checkpoint_folders;
    std::vector<HarnessSource> harness; ///< JSON files that may be results; their content decides
    std::vector<SkippedSource> skipped;
    std::vector<std::filesystem::path> named; ///< what the user named: reported when nothing came of it
    std::uint64_t event_bytes = 0;
};

/// Looks through files and folders, following links once each. A path that does not exist is an error.
Expected<FoundSources> scan_sources(const std::vector<std::filesystem::path>& paths);

} // namespace isoloss
