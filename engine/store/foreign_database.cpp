#include "engine/store/foreign_database.h"

#include "engine/base/file.h"
#include "engine/base/number_text.h"
#include "engine/store/read_authorizer.h"
#include "engine/store/schema_version.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <sqlite3.h>
#include <utility>

namespace isoloss {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int largest_value = 64 << 20;
constexpr int operations_between_looks = 100'000;
constexpr std::chrono::seconds longest_step(60);
constexpr int busy_milliseconds = 5000;
constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr std::size_t header_bytes = 100;

enum class Opening {
    locked,    // as any reader: the database may be in use
    immutable, // everything is in the one file and nobody has it open
    unlocked,  // a log that nobody has open, and no shared memory for it
};

// With immutable SQLite takes no lock and opens no log. An unlocked connection in exclusive mode keeps the index of the
// log in memory instead of in a file beside it.
constexpr const char* query_of(Opening opening) {
    switch (opening) {
    case Opening::immutable:
        return "?immutable=1";
    case Opening::unlocked:
        return "?vfs=unix-none";
    case Opening::locked:
        break;
    }
    return "";
}

std::string file_uri(const fs::path& path, const char* query) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : fs::absolute(path).string()) {
        if (c != '?' && c != '#' && c != '%' && static_cast<unsigned char>(c) >= ' ') {
            uri += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        uri += '%';
        uri += digits[byte >> 4];
        uri += digits[byte & 15];
    }
    return uri + query;
}

bool has_bytes(const fs::path& path, const char* suffix) {
    fs::path beside = path;
    beside += suffix;
    std::error_code none;
    const auto size = fs::file_size(beside, none);
    return !none && size > 0;
}

Opening opening_of(const fs::path& path, std::string_view header) {
    const bool write_ahead = header[18] == 2 || header[19] == 2;
    if (!write_ahead || has_bytes(path, "-shm")) return Opening::locked;
    return has_bytes(path, "-wal") ? Opening::unlocked : Opening::immutable;
}

Error error_of(const fs::path& path, int code, const char* message) {
    Error error{ErrorKind::damaged, path_text(path), {}, message, {}};
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
        error.reason = "the database is damaged: " + error.reason;
        error.remedy =
            "If it is being written just now, import again. Else save what is left with 'sqlite3 FILE .recover'";
        break;
    case SQLITE_NOTADB:
        error.kind = ErrorKind::foreign;
        error.reason = "is encrypted or no SQLite database";
        error.remedy = "Export it from the program that wrote it";
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error.kind = ErrorKind::busy;
        error.reason = "another program is writing to the database";
        error.remedy = "Import again when it is done";
        break;
    case SQLITE_READONLY:
        error.kind = ErrorKind::io;
        error.reason = "the program that wrote the database was stopped in the middle of it (a journal lies beside it)";
        error.remedy = "Open it with that program once, or with the sqlite3 program, and import again";
        break;
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
        error.kind = ErrorKind::limit;
        error.reason = "a row of the database is larger than 64 MiB";
        break;
    case SQLITE_INTERRUPT:
        error.kind = ErrorKind::limit;
        error.reason = "reading the next row took longer than a minute";
        error.remedy = "Check that it is the right file";
        break;
    case SQLITE_ERROR:
    case SQLITE_AUTH:
        error.kind = ErrorKind::unsupported;
        error.remedy = "Its tables are not those that this kind of database has";
        break;
    default:
        error.kind = ErrorKind::io;
        error.remedy = "Check the disk and the permissions of the file";
    }
    return error;
}

int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
    return authorize_reading(action, first, second,
                             [](std::string_view pragma, const char*) { return pragma == "table_info"; });
}

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name)
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

std::string_view text_of(sqlite3_stmt* statement, int column) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

} // namespace

struct ForeignRows::Guard {
    CancellationToken cancellation;
    Clock::time_point deadline = Clock::time_point::max();

    static int look(void* data) {
        const auto* guard = static_cast<const Guard*>(data);
        return guard->cancellation.cancelled() || Clock::now() > guard->deadline ? 1 : 0;
    }
};

struct ForeignDatabase::Handle {
    sqlite3* database = nullptr;
    fs::path path;
    ForeignRows::Guard guard;

    Handle(fs::path file, CancellationToken token) : path(std::move(file)) { guard.cancellation = std::move(token); }

    ~Handle() { sqlite3_close_v2(database); }

    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    static Expected<std::unique_ptr<Handle>> open(const fs::path& path, const CancellationToken& cancellation,
                                                  Opening opening) {
        auto handle = std::make_unique<Handle>(path, cancellation);
        const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
        int code = sqlite3_open_v2(file_uri(path, query_of(opening)).c_str(), &handle->database, flags, nullptr);
        if (code != SQLITE_OK) return fail(handle->error(code));
        ISOLOSS_TRY_VOID(handle->configure(opening));
        // The first look at the file shows whether it can be read at all.
        code = sqlite3_exec(handle->database, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return fail(handle->error(code));
        return handle;
    }

    Error error(int code) const {
        return error_of(path, code, database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database));
    }

    Expected<void> configure(Opening opening) {
        for (const auto& [option, value] :
             {std::pair(SQLITE_DBCONFIG_DEFENSIVE, 1), std::pair(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
              std::pair(SQLITE_DBCONFIG_ENABLE_TRIGGER, 0), std::pair(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)})
            if (const int code = sqlite3_db_config(database, option, value, nullptr); code != SQLITE_OK)
                return fail(error(code));
        sqlite3_limit(database, SQLITE_LIMIT_LENGTH, largest_value);
        sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_busy_timeout(database, busy_milliseconds);
        const char* settings = opening == Opening::unlocked
                                   ? "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = 1"
                                   : "PRAGMA cell_size_check = 1";
        if (const int code = sqlite3_exec(database, settings, nullptr, nullptr, nullptr); code != SQLITE_OK)
            return fail(error(code));
        sqlite3_set_authorizer(database, authorize, nullptr);
        sqlite3_progress_handler(database, operations_between_looks, ForeignRows::Guard::look, &guard);
        return {};
    }
};

ForeignDatabase::ForeignDatabase(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

ForeignDatabase::ForeignDatabase(ForeignDatabase&&) noexcept = default;
ForeignDatabase& ForeignDatabase::operator=(ForeignDatabase&&) noexcept = default;
ForeignDatabase::~ForeignDatabase() = default;

Expected<ForeignDatabase> ForeignDatabase::open(const fs::path& path, CancellationToken cancellation) {
    std::string header(header_bytes, '\0');
    {
        ISOLOSS_TRY(const InputFile file, InputFile::open(path));
        ISOLOSS_TRY(const std::size_t count, file.read_some(0, std::as_writable_bytes(std::span(header))));
        header.resize(count);
    }
    if (!header.starts_with(magic) || header.size() < header_bytes) return fail(error_of(path, SQLITE_NOTADB, ""));
    if (!is_foreign_database(header))
        return fail({ErrorKind::usage, path_text(path), {}, "is an Isoloss project, not a source", "Open it instead"});
    const Opening opening = opening_of(path, header);
    auto handle = Handle::open(path, cancellation, opening);
    // What a program that is gone left behind would have to be put in order first, which needs writing.
    if (!handle && handle.error().kind == ErrorKind::io && opening == Opening::locked && has_bytes(path, "-shm"))
        handle = Handle::open(path, cancellation, Opening::unlocked);
    if (!handle) return fail(handle.error());
    return ForeignDatabase(std::move(*handle));
}

Expected<std::vector<std::string>> ForeignDatabase::columns(std::string_view table) const {
    std::vector<std::string> names;
    const std::array<ForeignParameter, 1> parameters{table};
    ISOLOSS_TRY(auto kinds, select("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE "
                                   "AND sql NOT LIKE 'create virtual%'",
                                   parameters));
    ISOLOSS_TRY(const bool is_table, kinds.next());
    if (!is_table) return names;
    ISOLOSS_TRY(auto rows, select("PRAGMA table_info(" + quoted(table) + ")"));
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.next());
        if (!row) return names;
        names.emplace_back(rows.text(1));
    }
}

Expected<ForeignRows> ForeignDatabase::select(std::string_view sql,
                                              std::span<const ForeignParameter> parameters) const {
    sqlite3_stmt* statement = nullptr;
    handle_->guard.deadline = Clock::now() + longest_step;
    int code = sqlite3_prepare_v3(handle_->database, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
    if (code != SQLITE_OK) return fail(handle_->error(code));
    ForeignRows rows(statement, handle_->path, handle_->guard);
    if (sqlite3_stmt_readonly(statement) == 0) return fail(error_of(handle_->path, SQLITE_AUTH, "not authorized"));
    for (std::size_t i = 0; i < parameters.size() && code == SQLITE_OK; ++i) {
        const int number = static_cast<int>(i) + 1;
        if (const auto* integer = std::get_if<std::int64_t>(&parameters[i])) {
            code = sqlite3_bind_int64(statement, number, *integer);
        } else {
            const auto text = std::get<std::string_view>(parameters[i]);
            code = sqlite3_bind_text64(statement, number, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        }
    }
    if (code != SQLITE_OK) return fail(handle_->error(code));
    return rows;
}

ForeignRows::ForeignRows(ForeignRows&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(other.path_), guard_(other.guard_) {}

ForeignRows::~ForeignRows() {
    sqlite3_finalize(handle_);
}

Expected<bool> ForeignRows::next() {
    guard_->deadline = Clock::now() + longest_step;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    if (code == SQLITE_INTERRUPT && guard_->cancellation.cancelled())
        return fail(ErrorKind::cancelled, "reading the database was stopped");
    return fail(error_of(*path_, code, sqlite3_errmsg(sqlite3_db_handle(handle_))));
}

int ForeignRows::column_count() const {
    return sqlite3_column_count(handle_);
}

bool ForeignRows::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

bool ForeignRows::is_blob(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_BLOB;
}

std::optional<std::int64_t> ForeignRows::integer(int column) const {
    switch (sqlite3_column_type(handle_, column)) {
    case SQLITE_INTEGER:
        return sqlite3_column_int64(handle_, column);
    case SQLITE_FLOAT: {
        const double value = sqlite3_column_double(handle_, column);
        const bool is_whole =
            value >= -0x1p53 && value <= 0x1p53 && value == static_cast<double>(static_cast<std::int64_t>(value));
        return is_whole ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
    }
    case SQLITE_TEXT:
        return parse_int(text_of(handle_, column));
    default:
        return std::nullopt;
    }
}

std::optional<double> ForeignRows::real(int column) const {
    switch (sqlite3_column_type(handle_, column)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        return sqlite3_column_double(handle_, column);
    case SQLITE_TEXT:
        return parse_double(text_of(handle_, column));
    default:
        return std::nullopt;
    }
}

std::string_view ForeignRows::text(int column) const {
    return text_of(handle_, column);
}

bool has_column(const std::vector<std::string>& columns, std::string_view name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
}

bool is_foreign_database(std::string_view head) {
    if (!head.starts_with(magic) || head.size() < header_bytes) return false;
    std::uint32_t application = 0;
    for (std::size_t i = 68; i < 72; ++i)
        application = application << 8 | static_cast<unsigned char>(head[i]);
    return application != static_cast<std::uint32_t>(project_application_id);
}

} // namespace isoloss
