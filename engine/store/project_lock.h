#pragma once

#include "engine/base/error.h"

#include <filesystem>
#include <optional>

namespace isoloss {

/// The right to write a project, held through an advisory lock on the file `PROJECT.lock` beside it. Released, and the
/// file removed, on destruction; the operating system releases it when the process dies. Move-only.
class ProjectLock {
public:
    /// Nothing when another instance holds it; an error when the lock file cannot be made.
    static Expected<std::optional<ProjectLock>> acquire(const std::filesystem::path& project);
    ProjectLock(ProjectLock&& other) noexcept;
    ProjectLock& operator=(ProjectLock&& other) noexcept;
    ~ProjectLock();

private:
    ProjectLock(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}

    int descriptor_;
    std::filesystem::path path_;
};

} // namespace isoloss
