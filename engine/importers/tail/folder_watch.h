#pragma once

#include "engine/base/error.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace isoloss {

struct FolderEvent {
    enum class Kind {
        changed, ///< a file was written, or a file or folder has appeared
        gone,    ///< deleted or moved away
        lost,    ///< something has happened in this place, and it was not told what
    };

    Kind kind = Kind::changed;
    std::filesystem::path path;

    bool operator==(const FolderEvent&) const = default;
};

/// Tells what happens in places: folders with everything below them, or single files. Places are canonical. All
/// functions on one thread, but for wake().
class FolderWatch {
public:
    virtual ~FolderWatch() = default;

    /// Fails when the place is not there.
    virtual Expected<void> add(const std::filesystem::path& place) = 0;
    virtual void remove(const std::filesystem::path& place) = 0;

    /// What has happened since the last call; waits for it, but no longer than `most`.
    virtual std::vector<FolderEvent> wait(std::chrono::milliseconds most) = 0;
    /// Ends the wait under way, or the next one. Any thread.
    virtual void wake() = 0;

    /// Why a place is looked at now and then, as the system does not tell of its changes; empty when it does.
    virtual std::string polled_because(const std::filesystem::path& place) const = 0;
};

/// inotify where the system offers it, else (network file systems, no watches left) looks every second.
std::unique_ptr<FolderWatch> system_folder_watch();

} // namespace isoloss
