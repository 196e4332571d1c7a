#pragma once

#include "engine/base/error.h"
#include "engine/importers/source.h"

#include <filesystem>
#include <span>

namespace isoloss {

/// Whether an earlier import has read all of these files to their end, and none has changed since; then their bytes
/// count as done.
Expected<bool> all_unchanged(SourceContext& context, std::span<const std::filesystem::path> files);

} // namespace isoloss
