#include "engine/store/project_file.h"

#include "engine/base/file.h"
#include "engine/store/connection.h"
#include "engine/store/migrations.h"
#include "engine/store/schema_version.h"

#include <array>
#include <cstring>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace isoloss {

namespace {

constexpr std::size_t header_size = 100;
constexpr char magic[] = "SQLite format 3"; // with its terminating zero

using Header = std::array<unsigned char, header_size>;

std::uint32_t big_endian(const Header& header, std::size_t offset, std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value = value << 8 | header[offset + i];
    return value;
}

Error refuse(ErrorKind kind, const std::filesystem::path& path, std::string reason, std::string remedy) {
    return {kind, path_text(path), {}, std::move(reason), std::move(remedy)};
}

} // namespace

Expected<void> check_project_file(const std::filesystem::path& path) {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0)
        return fail(refuse(errno == ENOENT ? ErrorKind::not_found : ErrorKind::io, path,
                           std::string("cannot open: ") + std::strerror(errno), "Check the path"));
    if (!S_ISREG(status.st_mode))
        return fail(refuse(ErrorKind::foreign, path, "is not a regular file", "Name a project file on disk"));

    // Read through SQLite's own file handle: closing a second descriptor of the file would drop the locks that this
    // process may hold on it.
    ISOLOSS_TRY(const auto connection, Connection::open(path, Connection::Access::immutable));
    sqlite3_file* file = nullptr;
    sqlite3_file_control(connection->handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    sqlite3_int64 size = 0;
    Header header{};
    if (file == nullptr || file->pMethods == nullptr || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
        return fail(refuse(ErrorKind::io, path, "cannot be read", "Check the permissions of the file"));
    if (size == 0)
        return fail(refuse(ErrorKind::foreign, path, "is empty, not an Isoloss project",
                           "Remove it and create the project anew, or restore a backup"));
    if (size < static_cast<sqlite3_int64>(header_size) ||
        file->pMethods->xRead(file, header.data(), static_cast<int>(header_size), 0) != SQLITE_OK ||
        std::memcmp(header.data(), magic, sizeof magic) != 0)
        return fail(refuse(ErrorKind::foreign, path, "is not an Isoloss project (no SQLite database)",
                           "Projects are named NAME.isoloss; import other files into one"));
    if (big_endian(header, 68, 4) != static_cast<std::uint32_t>(project_application_id))
        return fail(refuse(ErrorKind::foreign, path, "is an SQLite database of another program, not an Isoloss project",
                           "Name a file that Isoloss made"));

    const std::uint32_t page_field = big_endian(header, 16, 2);
    const sqlite3_int64 page_size = page_field == 1 ? 65536 : page_field;
    const sqlite3_int64 pages = big_endian(header, 28, 4);
    const bool pages_are_valid = big_endian(header, 24, 4) == big_endian(header, 92, 4);
    if (pages_are_valid && pages * page_size > size)
        return fail(refuse(ErrorKind::damaged, path,
                           "was cut short: " + std::to_string(size) + " of " + std::to_string(pages * page_size) +
                               " bytes are left",
                           "The file has not been changed. Restore a backup, or save what is left with "
                           "'sqlite3 PROJECT .recover | sqlite3 COPY.isoloss'"));
    return {};
}

Expected<void> create_project_file(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
        return fail(refuse(ErrorKind::usage, path, "is there already", "Open it, or choose another name"));
    std::filesystem::path log = path;
    log += "-wal";
    if (std::filesystem::exists(log, ignored))
        return fail(refuse(ErrorKind::usage, log,
                           "belongs to a project of this name that is gone, and would be mixed "
                           "into the new one",
                           "Move it away, or choose another name"));
    std::filesystem::path temporary = path;
    temporary += ".new";
    std::filesystem::remove(temporary, ignored);
    const auto make = [&]() -> Expected<void> {
        ISOLOSS_TRY(const auto connection, Connection::open(temporary, Connection::Access::create));
        // Nobody knows of the file yet: it need not survive anything before it is whole. Larger pages make imports
        // faster by a fourteenth; with those of 16 KB most chunks would fill one for themselves and leave room unused.
        ISOLOSS_TRY_VOID(connection->execute_script("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; "
                                                    "PRAGMA page_size = 8192; PRAGMA encoding = 'UTF-8'; "
                                                    "PRAGMA application_id = " +
                                                    std::to_string(project_application_id)));
        ISOLOSS_TRY_VOID(migrate(*connection, project_migrations()));
        ISOLOSS_TRY_VOID(connection->execute("INSERT INTO property (name, value) VALUES ('created_at', "
                                             "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"));
        return connection->execute_script("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL");
    };
    auto made = make();
    if (made && ::rename(temporary.c_str(), path.c_str()) != 0)
        made = fail(refuse(ErrorKind::io, path, std::string("cannot create: ") + std::strerror(errno),
                           "Check the permissions of the folder"));
    if (!made) {
        std::filesystem::remove(temporary, ignored);
        Error error = std::move(made).error();
        error.file = path_text(path);
        return fail(std::move(error));
    }
    return {};
}

} // namespace isoloss
