#pragma once

#include "engine/base/error.h"
#include "engine/importers/import.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class FolderWatch;
class Project;

/// The time as a live tail sees it; tests give their own.
class TailClock {
public:
    virtual ~TailClock() = default;
    virtual std::chrono::steady_clock::time_point now() const;
    virtual double utc() const; ///< seconds since 1970
};

struct WatchedFolder {
    std::filesystem::path path;   ///< canonical; a single file may be followed as well
    bool kept = false;            ///< in the project, so that it is watched again when the project is opened
    std::string polled_because;   ///< empty: the system tells of changes
    std::optional<Error> problem; ///< why it is not watched now; tried again
};

/// How a live tail stands.
struct TailStatus {
    std::vector<WatchedFolder> folders;
    std::filesystem::path importing;   ///< a folder that is being imported whole; empty while all are up to date
    std::optional<double> last_change; ///< UTC seconds: when something new was stored
};

struct TailOptions {
    /// Whether the folders that the project keeps are watched from the start.
    enum class KeptFolders { watch, leave };

    KeptFolders kept_folders = KeptFolders::watch;
    /// What one reading brought; only called when something was stored or skipped. On the tail's thread.
    std::function<void(const ImportReport&)> on_news;
    /// After the folders or what is done with them changed. On the tail's thread, not on the caller's.
    std::function<void(const TailStatus&)> on_status;
    std::shared_ptr<FolderWatch> watch;     ///< none: the system's
    std::shared_ptr<const TailClock> clock; ///< none: the system's
};

/// Keeps a project up with the folders that are still being written: imports them once, then again what changes, by
/// name, on a thread of its own. Resumes where the readers stopped; knows no format. Says which runs are running and
/// which are presumed crashed. All it reads in its life is one import. A file that cannot be read is tried again, more
/// and more seldom. Public functions: any thread.
class LiveTail {
public:
    /// Whether a folder is watched again when the project is opened the next time.
    enum class Keep { in_project, for_now };

    /// The project must be writable and outlive the tail.
    explicit LiveTail(Project& project, TailOptions options = {});
    ~LiveTail(); ///< stops an import under way at its next good place; what it has read is kept
    LiveTail(const LiveTail&) = delete;
    LiveTail& operator=(const LiveTail&) = delete;

    /// Returns at once; a folder that cannot be watched says so in the status.
    void watch(const std::filesystem::path& place, Keep keep);
    /// Stops watching it and forgets it; its runs stay.
    void unwatch(const std::filesystem::path& place);

    TailStatus status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace isoloss
