#include "engine/store/connection.h"

#include "engine/base/file.h"
#include "engine/store/sqlite_api.h"

namespace isoloss {

namespace {

// Pages of the log after which the Writer copies it into the file: 8 MB of a new project's pages, so that little is
// left to copy when the project is closed and the log stays far below 64 MB. Each copy waits for the disk, mostly while
// readers are at work.
constexpr int checkpoint_pages = 1024;

std::string file_uri(const std::filesystem::path& path, const char* query) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(path).string()) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || byte == '/' || byte == '.' || byte == '-' || byte == '_';
        if (plain) {
            uri += c;
        } else {
            uri += '%';
            uri += digits[byte >> 4];
            uri += digits[byte & 15];
        }
    }
    return uri + query;
}

// SQLite counts what it takes of memory under one lock for all connections, and nobody asks it.
void stop_counting_memory() {
#ifndef ISOLOSS_SQLITE_EXTENSION
    static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(code); // refused once SQLite is in use; it then counts on
#endif
}

ErrorKind kind_of(int code) {
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
        return ErrorKind::damaged;
    case SQLITE_NOTADB:
        return ErrorKind::foreign;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ErrorKind::busy;
    case SQLITE_INTERRUPT:
        return ErrorKind::cancelled;
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
        return ErrorKind::limit;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return ErrorKind::io;
    case SQLITE_ERROR:
    case SQLITE_AUTH:
        return ErrorKind::usage;
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_FOREIGNKEY ? ErrorKind::not_found : ErrorKind::internal;
    default:
        return ErrorKind::internal;
    }
}

std::string remedy_of(int code) {
    if (code == SQLITE_CORRUPT_VTAB) return {}; // a damaged chunk; the function points has said what to do
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
        return "Keep the file as it is and work on a copy: restore a backup, or save what is left with "
               "'sqlite3 PROJECT .recover | sqlite3 COPY.isoloss'";
    case SQLITE_FULL:
        return "Free some space on this disk and try again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "Close the other program that uses the project";
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "Check the disk and the permissions of the file and its folder";
    default:
        return {};
    }
}

} // namespace

Expected<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path, Access access) {
    stop_counting_memory();
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
    const char* query = "";
    switch (access) {
    case Access::create:
        flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        break;
    case Access::read_write:
        flags |= SQLITE_OPEN_READWRITE;
        break;
    case Access::read_only:
        flags |= SQLITE_OPEN_READONLY;
        break;
    case Access::immutable:
        flags |= SQLITE_OPEN_READONLY;
        query = "?immutable=1";
        break;
    }
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file_uri(path, query).c_str(), &handle, flags, nullptr);
    std::unique_ptr<Connection> connection(new Connection(handle, path));
    if (code != SQLITE_OK) return fail(connection->error(code));
    ISOLOSS_TRY_VOID(connection->configure(access));
    return connection;
}

Expected<std::unique_ptr<Connection>> Connection::open_in_memory() {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        ":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    std::unique_ptr<Connection> connection(new Connection(handle, {}));
    if (code != SQLITE_OK) return fail(connection->error(code));
    return connection;
}

std::unique_ptr<Connection> Connection::borrow(sqlite3* handle) {
    const char* path = sqlite3_db_filename(handle, "main");
    return std::unique_ptr<Connection>(new Connection(handle, path == nullptr ? "" : path, Ownership::borrowed));
}

// Nothing here reads the file, so a file that is none of ours is left alone until its header has been looked at.
Expected<void> Connection::configure(Access access) {
    const bool writes = access == Access::create || access == Access::read_write;
    const auto set = [&](int option, int value) {
        const int code = sqlite3_db_config(handle_, option, value, nullptr);
        return code == SQLITE_OK ? Expected<void>() : Expected<void>(fail(error(code)));
    };
    ISOLOSS_TRY_VOID(set(SQLITE_DBCONFIG_DEFENSIVE, 1));
    ISOLOSS_TRY_VOID(set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0));
    ISOLOSS_TRY_VOID(set(SQLITE_DBCONFIG_DQS_DDL, 0));
    ISOLOSS_TRY_VOID(set(SQLITE_DBCONFIG_DQS_DML, 0));
    ISOLOSS_TRY_VOID(set(SQLITE_DBCONFIG_ENABLE_FKEY, 1));
    ISOLOSS_TRY_VOID(set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, writes ? 0 : 1));
    sqlite3_wal_autocheckpoint(handle_, writes ? checkpoint_pages : 0);
    sqlite3_busy_timeout(handle_, 5000);
    sqlite3_int64 mapped_bytes = 0;
    sqlite3_file_control(handle_, "main", SQLITE_FCNTL_MMAP_SIZE, &mapped_bytes);
    return {};
}

Connection::~Connection() {
    for (const auto& [text, statement] : idle_)
        sqlite3_finalize(statement);
    if (ownership_ == Ownership::owned) sqlite3_close_v2(handle_);
}

Expected<Statement> Connection::statement(std::string_view sql) {
    if (const auto found = idle_.find(sql); found != idle_.end()) {
        sqlite3_stmt* handle = found->second;
        idle_.erase(found);
        return Statement(*this, handle);
    }
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &handle, nullptr);
    if (code != SQLITE_OK) return fail(error(code));
    return Statement(*this, handle);
}

Expected<Statement> Connection::single_statement(std::string_view sql) {
    const std::string text(sql);
    sqlite3_stmt* handle = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_, text.c_str(), -1, 0, &handle, &rest);
    if (code != SQLITE_OK) return fail(error(code));
    if (handle == nullptr) return fail(ErrorKind::usage, "there is no statement");
    Statement statement(*this, handle);
    if (std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos)
        return fail(ErrorKind::usage, "there is more than one statement");
    if (sqlite3_stmt_readonly(handle) == 0) return fail(ErrorKind::usage, "the statement would change the project");
    return statement;
}

void Connection::take_back(sqlite3_stmt* handle) {
    sqlite3_reset(handle);
    sqlite3_clear_bindings(handle);
    if (!idle_.try_emplace(sqlite3_sql(handle), handle).second) sqlite3_finalize(handle);
}

Expected<void> Connection::execute_script(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(error(code));
    return {};
}

std::int64_t Connection::last_insert_id() const {
    return sqlite3_last_insert_rowid(handle_);
}

std::int64_t Connection::changed_rows() const {
    return sqlite3_changes64(handle_);
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

Expected<void> Connection::checkpoint() {
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(error(code));
    return {};
}

Error Connection::error(int code) const {
    // The message belongs to the latest call; when that was another one, the code's own text is right.
    const bool is_latest = handle_ != nullptr && sqlite3_extended_errcode(handle_) == code;
    Error error{kind_of(code),
                path_text(path_),
                {},
                is_latest ? sqlite3_errmsg(handle_) : sqlite3_errstr(code),
                remedy_of(code)};
    return error;
}

} // namespace isoloss
