#pragma once

#include "engine/base/error.h"
#include "engine/store/statement.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;

namespace isoloss {

/// One SQLite connection with the settings of the house: defensive, no trusted schema, no memory map, foreign keys on.
/// Only a read_write connection may ever checkpoint the log. One thread at a time.
class Connection {
public:
    enum class Access {
        create,     ///< a new file
        read_write, ///< the Writer's
        read_only,
        immutable, ///< read-only in a folder that cannot be written: no log, no shared memory
    };

    static Expected<std::unique_ptr<Connection>> open(const std::filesystem::path& path, Access access);
    /// A database in memory, for comparing schemas.
    static Expected<std::unique_ptr<Connection>> open_in_memory();
    /// A handle that another owner opened, configured and closes, later than this goes: it only prepares statements.
    static std::unique_ptr<Connection> borrow(sqlite3* handle);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// A prepared statement; it is kept for the next use of the same text.
    Expected<Statement> statement(std::string_view sql);
    /// Text from outside: refused when it holds no statement, more than one, or one that writes.
    Expected<Statement> single_statement(std::string_view sql);

    /// Prepares, binds in order, runs to the end.
    template <typename... Values>
    Expected<void> execute(std::string_view sql, const Values&... values) {
        ISOLOSS_TRY(Statement prepared, statement(sql));
        prepared.bind_all(values...);
        return prepared.run();
    }

    /// The first column of the first row; nothing when there is no row or it is NULL.
    template <typename... Values>
    Expected<std::optional<std::int64_t>> find_integer(std::string_view sql, const Values&... values) {
        ISOLOSS_TRY(Statement prepared, statement(sql));
        prepared.bind_all(values...);
        ISOLOSS_TRY(const bool row, prepared.step());
        if (!row) return std::nullopt;
        return prepared.optional_integer(0);
    }

    /// Several statements without parameters.
    Expected<void> execute_script(const std::string& sql);

    std::int64_t last_insert_id() const;
    std::int64_t changed_rows() const;
    bool in_transaction() const;
    /// Copies everything from the log into the file and empties the log.
    Expected<void> checkpoint();

    const std::filesystem::path& path() const { return path_; }

    sqlite3* handle() const { return handle_; }

    /// The Error of an SQLite result code, with what to do about it.
    Error error(int code) const;

private:
    friend class Statement;

    struct TextHash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    enum class Ownership { owned, borrowed };

    Connection(sqlite3* handle, std::filesystem::path path, Ownership ownership = Ownership::owned)
        : handle_(handle), path_(std::move(path)), ownership_(ownership) {}

    Expected<void> configure(Access access);
    void take_back(sqlite3_stmt* handle);

    sqlite3* handle_;
    std::filesystem::path path_;
    Ownership ownership_;
    std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> idle_;
};

} // namespace isoloss
