#pragma once

#include "engine/base/error.h"
#include "engine/store/reader.h"
#include "engine/store/writer.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

namespace isoloss {

enum class OpenMode { read_write, read_only };

/// One project file (`name.isoloss`). Owns the one Writer of the process and hands out readers. A second instance that
/// asks for read_write gets a read-only project with the reason in read_only_reason(). Any thread.
class Project {
public:
    /// Creates a new file; fails when one is there.
    static Expected<std::unique_ptr<Project>> create(const std::filesystem::path& path);
    /// Opens a file: refuses what is not SQLite, has a foreign application_id or a schema that is not ours; migrates an
    /// older version; opens a newer compatible one read-only and refuses a newer incompatible one.
    static Expected<std::unique_ptr<Project>> open(const std::filesystem::path& path,
                                                   OpenMode mode = OpenMode::read_write);
    static Expected<std::unique_ptr<Project>> open_or_create(const std::filesystem::path& path);
    ~Project(); ///< drains the Writer

    const std::filesystem::path& path() const;
    bool read_only() const;
    const std::string& read_only_reason() const;

    /// Only when not read_only().
    Writer& writer();
    /// Held by an import from its first look at the sources to its last commit. Any thread.
    std::timed_mutex& import_turn() const;
    /// A new read-only connection; belongs to one thread at a time. Cheap (below 1 ms).
    Expected<std::unique_ptr<Reader>> reader() const;

private:
    struct Impl;
    explicit Project(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace isoloss
