#pragma once

#include "engine/base/error.h"

#include <filesystem>

namespace isoloss {

/// Looks at the header of a file before SQLite does, so that nothing foreign is touched: refuses what is no SQLite
/// database, what is another program's, and a file that is shorter than its header says.
Expected<void> check_project_file(const std::filesystem::path& path);

/// Makes a new, empty project under a temporary name and moves it to `path`, so that a half-made one is never seen.
Expected<void> create_project_file(const std::filesystem::path& path);

} // namespace isoloss
