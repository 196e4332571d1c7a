#pragma once

#include "engine/base/error.h"
#include "engine/importers/source.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace isoloss {

/// What can be imported under the named paths, by format and in sorted order, so that importing is deterministic.
struct FoundSources {
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<SkippedSource> skipped;
    std::vector<std::filesystem::path> named; ///< canonical: reported when nothing comes of one
};

/// Looks through files and folders, following links once each. A file that is named alone brings the neighbours that
/// belong to it. A path that does not exist is an error. Once cancelled it answers what was found until then.
Expected<FoundSources> scan_sources(const std::vector<std::filesystem::path>& paths, const ImportOptions& options);

} // namespace isoloss
