#include "engine/base/number_text.h"
#include "engine/store/connection.h"
#include "engine/store/points_table.h"
#include "engine/store/read_authorizer.h"
#include "engine/store/reader.h"
#include "engine/store/sql_views.h"

#include <algorithm>
#include <array>
#include <sqlite3.h>

namespace isoloss {

namespace {

constexpr std::array<std::string_view, 10> readable_pragmas{
    "application_id", "compile_options", "foreign_key_list", "index_info",  "index_list",
    "index_xinfo",    "table_info",      "table_list",       "table_xinfo", "user_version"};

bool is_readable_pragma(std::string_view name, const char* argument) {
    // With an argument these two would change the file.
    if (argument != nullptr && (name == "application_id" || name == "user_version")) return false;
    return std::find(readable_pragmas.begin(), readable_pragmas.end(), name) != readable_pragmas.end();
}

// The user's statement may look at everything and change nothing, not even settings of the connection.
int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
    return authorize_reading(action, first, second, is_readable_pragma);
}

/// Lets nothing but reading statements be prepared while it lives.
class ReadingOnly {
public:
    explicit ReadingOnly(sqlite3* handle) : handle_(handle) { sqlite3_set_authorizer(handle_, authorize, nullptr); }

    ~ReadingOnly() { sqlite3_set_authorizer(handle_, nullptr, nullptr); }

    ReadingOnly(const ReadingOnly&) = delete;
    ReadingOnly& operator=(const ReadingOnly&) = delete;

private:
    sqlite3* handle_;
};

std::string hex_text(std::span<const std::byte> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

std::optional<std::string> cell_text(const Statement& row, int column) {
    switch (row.type(column)) {
    case SQLITE_NULL:
        return std::nullopt;
    case SQLITE_INTEGER:
        return number_text(row.integer(column));
    case SQLITE_FLOAT:
        return number_text(row.real(column));
    case SQLITE_BLOB:
        return hex_text(row.blob(column));
    default:
        return row.text(column);
    }
}

Error in_words(Error error) {
    error.file.clear();
    error.place = "SQL";
    if (error.kind != ErrorKind::damaged) {
        error.kind = ErrorKind::usage;
        error.remedy = "One statement that only reads is possible; packaging/docs/sql.md describes views and tables";
    }
    return error;
}

// Virtual tables declare their columns at the first use, which looks like a CREATE TABLE and would be refused later.
constexpr std::array first_uses{"SELECT 1 FROM points('', '') LIMIT 0", "SELECT 1 FROM json_each('[]') LIMIT 0",
                                "SELECT 1 FROM json_tree('[]') LIMIT 0"};

} // namespace

Expected<void> Reader::know_sql() {
    if (knows_sql_) return {};
    ISOLOSS_TRY_VOID(register_points_table(*connection_));
    // Views of this connection alone are made in its temporary database, never in the file, which is open for reading.
    ISOLOSS_TRY_VOID(connection_->execute_script("PRAGMA query_only = OFF"));
    const auto made = create_sql_views(*connection_);
    ISOLOSS_TRY_VOID(connection_->execute_script("PRAGMA query_only = ON"));
    ISOLOSS_TRY_VOID(made);
    for (const char* statement : first_uses)
        ISOLOSS_TRY_VOID(connection_->execute(statement));
    knows_sql_ = true;
    return {};
}

Expected<Reader::SqlResult> Reader::sql(std::string_view statement) {
    ISOLOSS_TRY_VOID(know_sql());
    auto prepared = [&] {
        const ReadingOnly guard(connection_->handle());
        return connection_->single_statement(statement);
    }();
    if (!prepared) return fail(in_words(std::move(prepared).error()));
    SqlResult result;
    const int columns = prepared->column_count();
    for (int column = 0; column < columns; ++column)
        result.columns.push_back(prepared->column_name(column));
    for (;;) {
        const auto row = prepared->step();
        if (!row) return fail(in_words(row.error()));
        if (!*row) return result;
        auto& cells = result.rows.emplace_back();
        for (int column = 0; column < columns; ++column)
            cells.push_back(cell_text(*prepared, column));
    }
}

} // namespace isoloss
