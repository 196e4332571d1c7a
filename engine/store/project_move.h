#pragma once

#include "engine/base/error.h"

#include <filesystem>

namespace isoloss {

/// What moving a project left behind.
struct ProjectMove {
    bool old_file_remains = false; ///< the project is whole at the new place, and the old file could not be removed
};

/// Moves a project file that nobody has open, also to another file system: the content is on the disk at the new place
/// before the old file goes. Replaces a file that is there. On an error the project is whole at the old place and what
/// was at the new place is untouched. Any thread.
Expected<ProjectMove> move_project(const std::filesystem::path& from, const std::filesystem::path& to);

} // namespace isoloss
