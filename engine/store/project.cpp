#include "engine/store/project.h"

#include "engine/base/file.h"
#include "engine/store/connection.h"
#include "engine/store/migrations.h"
#include "engine/store/project_file.h"
#include "engine/store/project_lock.h"
#include "engine/store/schema_check.h"
#include "engine/store/schema_version.h"

#include <cassert>
#include <fcntl.h>
#include <unistd.h>

namespace isoloss {

struct Project::Impl {
    std::filesystem::path path;
    std::optional<ProjectLock> lock;
    std::string read_only_reason;
    Connection::Access reader_access = Connection::Access::read_only;
    mutable std::timed_mutex import_turn;
    std::unique_ptr<Writer> writer; ///< closes before the lock is released
};

namespace {

bool writable(const std::filesystem::path& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
    const auto folder = std::filesystem::absolute(path).parent_path();
    return folder.empty() ? std::filesystem::path("/") : folder;
}

// Without shared memory beside it, SQLite reads a project only when no log waits to be read as well.
Expected<Connection::Access> access_in_read_only_folder(const std::filesystem::path& path) {
    std::filesystem::path log = path;
    log += "-wal";
    std::error_code missing;
    const auto size = std::filesystem::file_size(log, missing);
    if (missing || size == 0) return Connection::Access::immutable;
    std::filesystem::path shared_memory = path;
    shared_memory += "-shm";
    if (std::filesystem::exists(shared_memory, missing)) return Connection::Access::read_only;
    return fail({ErrorKind::io,
                 path_text(path),
                 {},
                 "the folder cannot be written, and the project has changes in its log (" + path_text(log) +
                     ") that can only be read where it can",
                 "Copy the project and the log together to a folder of yours and open the copy"});
}

} // namespace

Project::Project(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Project::~Project() = default;

Expected<std::unique_ptr<Project>> Project::create(const std::filesystem::path& path) {
    ISOLOSS_TRY_VOID(create_project_file(path));
    return open(path, OpenMode::read_write);
}

Expected<std::unique_ptr<Project>> Project::open_or_create(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return create(path);
    return open(path, OpenMode::read_write);
}

Expected<std::unique_ptr<Project>> Project::open(const std::filesystem::path& path, OpenMode mode) {
    ISOLOSS_TRY_VOID(check_project_file(path));
    auto impl = std::make_unique<Impl>();
    impl->path = path;

    if (mode == OpenMode::read_only) {
        impl->read_only_reason = "It was opened for reading only.";
    } else if (!writable(path)) {
        impl->read_only_reason = "The file is write-protected.";
    }
    const bool folder_writable = writable(folder_of(path));
    if (!folder_writable) {
        ISOLOSS_TRY(impl->reader_access, access_in_read_only_folder(path));
        if (impl->read_only_reason.empty()) impl->read_only_reason = "Its folder is write-protected.";
    }
    if (impl->read_only_reason.empty()) {
        ISOLOSS_TRY(impl->lock, ProjectLock::acquire(path));
        if (!impl->lock) impl->read_only_reason = "Another Isoloss has it open and writes to it.";
    }

    const int known_version = project_migrations().back().version;
    int version = 0;
    {
        ISOLOSS_TRY(const auto connection, Connection::open(path, impl->reader_access));
        ISOLOSS_TRY(version, schema_version(*connection));
        if (version > known_version) {
            ISOLOSS_TRY_VOID(check_not_too_new(*connection, version));
            impl->read_only_reason = "A newer Isoloss wrote it; update Isoloss to change it.";
            impl->lock.reset();
        }
        ISOLOSS_TRY_VOID(check_schema(*connection, version));
    }
    if (!impl->read_only_reason.empty()) {
        if (version < known_version)
            return fail(
                {ErrorKind::io,
                 path_text(path),
                 {},
                 "was written by an older Isoloss and must be brought up to date first, but: " + impl->read_only_reason,
                 "Open it once where it can be written, or copy it there"});
        return std::unique_ptr<Project>(new Project(std::move(impl)));
    }

    ISOLOSS_TRY(auto connection, Connection::open(path, Connection::Access::read_write));
    ISOLOSS_TRY_VOID(connection->execute_script("PRAGMA journal_mode = WAL"));
    // What is removed is not overwritten where that would cost writing it all once more.
    ISOLOSS_TRY_VOID(connection->execute_script("PRAGMA secure_delete = FAST"));
    ISOLOSS_TRY_VOID(migrate(*connection, project_migrations()));
    impl->writer = std::make_unique<Writer>(std::move(connection));
    return std::unique_ptr<Project>(new Project(std::move(impl)));
}

const std::filesystem::path& Project::path() const {
    return impl_->path;
}

bool Project::read_only() const {
    return impl_->writer == nullptr;
}

const std::string& Project::read_only_reason() const {
    return impl_->read_only_reason;
}

Writer& Project::writer() {
    assert(impl_->writer != nullptr);
    return *impl_->writer;
}

std::timed_mutex& Project::import_turn() const {
    return impl_->import_turn;
}

Expected<std::unique_ptr<Reader>> Project::reader() const {
    ISOLOSS_TRY(auto connection, Connection::open(impl_->path, impl_->reader_access));
    ISOLOSS_TRY_VOID(connection->execute_script("PRAGMA query_only = ON"));
    return std::make_unique<Reader>(std::move(connection));
}

} // namespace isoloss
