#include "engine/store/statement.h"

#include "engine/store/connection.h"
#include "engine/store/sqlite_api.h"

#include <limits>
#include <utility>

namespace isoloss {

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), handle_(std::exchange(other.handle_, nullptr)), bind_code_(other.bind_code_) {}

Statement::~Statement() {
    if (handle_ != nullptr) connection_->take_back(handle_);
}

Statement& Statement::remember(int code) {
    if (code != SQLITE_OK && bind_code_ == SQLITE_OK) bind_code_ = code;
    return *this;
}

Statement& Statement::bind_integer(int parameter, std::int64_t value) {
    return remember(sqlite3_bind_int64(handle_, parameter, value));
}

Statement& Statement::bind(int parameter, double value) {
    return remember(sqlite3_bind_double(handle_, parameter, value));
}

Statement& Statement::bind(int parameter, std::string_view value) {
    // A null pointer would bind NULL instead of the empty string.
    const char* data = value.data() == nullptr ? "" : value.data();
    return remember(sqlite3_bind_text64(handle_, parameter, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

Statement& Statement::bind_null(int parameter) {
    return remember(sqlite3_bind_null(handle_, parameter));
}

Statement& Statement::bind(int parameter, std::span<const std::byte> value) {
    if (value.empty()) return remember(sqlite3_bind_zeroblob(handle_, parameter, 0));
    return remember(sqlite3_bind_blob64(handle_, parameter, value.data(), value.size(), SQLITE_STATIC));
}

Expected<bool> Statement::step() {
    if (bind_code_ != SQLITE_OK) return fail(connection_->error(bind_code_));
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail(connection_->error(code));
}

Expected<void> Statement::run() {
    for (;;) {
        ISOLOSS_TRY(const bool row, step());
        if (!row) return {};
    }
}

void Statement::reset() {
    sqlite3_reset(handle_);
    bind_code_ = SQLITE_OK;
}

int Statement::column_count() const {
    return sqlite3_column_count(handle_);
}

std::string Statement::column_name(int column) const {
    const char* name = sqlite3_column_name(handle_, column);
    return name == nullptr ? std::string() : std::string(name);
}

int Statement::type(int column) const {
    return sqlite3_column_type(handle_, column);
}

bool Statement::is_null(int column) const {
    return type(column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

double Statement::real(int column) const {
    return is_null(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(handle_, column);
}

std::string Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (data == nullptr) return {};
    return std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
}

std::span<const std::byte> Statement::blob(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

std::optional<double> Statement::optional_real(int column) const {
    if (is_null(column)) return std::nullopt;
    return sqlite3_column_double(handle_, column);
}

std::optional<std::string> Statement::optional_text(int column) const {
    if (is_null(column)) return std::nullopt;
    return text(column);
}

} // namespace isoloss
