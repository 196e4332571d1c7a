#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace isoloss {

using ForeignParameter = std::variant<std::int64_t, std::string_view>;

/// Rows of one SELECT on a ForeignDatabase, which must outlive them. Columns are counted from 0; texts are valid until
/// the next row. Holding rows open holds a read lock that the database's own program may wait for: read them without
/// pause.
class ForeignRows {
public:
    ForeignRows(ForeignRows&& other) noexcept;
    ForeignRows& operator=(ForeignRows&&) = delete;
    ~ForeignRows();

    /// True when there is a row, false at the end.
    Expected<bool> next();

    int column_count() const;
    bool is_null(int column) const;
    bool is_blob(int column) const;
    /// An integer, also one that is stored as a whole real or as text; nothing for anything else.
    std::optional<std::int64_t> integer(int column) const;
    /// A number, also one that is stored as text ("nan"); nothing for anything else.
    std::optional<double> real(int column) const;
    /// Text, or the bytes of a blob; of a number its text as SQLite writes it; empty for NULL.
    std::string_view text(int column) const;

private:
    friend class ForeignDatabase;
    struct Guard;

    ForeignRows(sqlite3_stmt* handle, const std::filesystem::path& path, Guard& guard)
        : handle_(handle), path_(&path), guard_(&guard) {}

    sqlite3_stmt* handle_;
    const std::filesystem::path* path_;
    Guard* guard_;
};

/// An SQLite database of another program, opened to be looked at. It is never written: no schema of it is trusted,
/// nothing but SELECT on its tables can run, none for longer than a minute without a row, no value above 64 MiB is
/// read, and no file appears beside it (a database that is in use has its -wal and -shm already; of one that was copied
/// without its -shm both parts are read without locks). Fails with what to do when it is damaged, encrypted, in use, or
/// an Isoloss project. One thread at a time.
class ForeignDatabase {
public:
    static Expected<ForeignDatabase> open(const std::filesystem::path& path, CancellationToken cancellation = {});
    ForeignDatabase(ForeignDatabase&&) noexcept;
    ForeignDatabase& operator=(ForeignDatabase&&) noexcept;
    ~ForeignDatabase();

    /// The columns of a table in their order; none when there is no such table (a view is none).
    Expected<std::vector<std::string>> columns(std::string_view table) const;

    /// One SELECT.
    Expected<ForeignRows> select(std::string_view sql, std::span<const ForeignParameter> parameters = {}) const;

private:
    struct Handle;

    explicit ForeignDatabase(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
};

/// Whether ForeignDatabase::columns() named it.
bool has_column(const std::vector<std::string>& columns, std::string_view name);

/// Whether a file that begins like this may be opened as a ForeignDatabase: an SQLite database, and none of Isoloss.
bool is_foreign_database(std::string_view head);

} // namespace isoloss
