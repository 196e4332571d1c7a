#pragma once

#include "engine/base/error.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace isoloss {

class Connection;

/// A prepared statement that is lent by a Connection and goes back to it, reset, when it is destroyed. Parameters and
/// columns are counted as in SQL: parameters from 1, columns from 0. Move-only; the connection's thread.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) = delete;
    ~Statement();

    /// Binding never fails by itself; what went wrong is reported by the next step(). NaN is bound as NULL, which is
    /// what SQLite would make of it.
    Statement& bind(int parameter, double value);
    Statement& bind(int parameter, std::string_view value);
    Statement& bind_null(int parameter);
    /// The bytes must live until the statement is reset.
    Statement& bind(int parameter, std::span<const std::byte> value);

    Statement& bind(int parameter, std::same_as<bool> auto value) { return bind_integer(parameter, value ? 1 : 0); }

    Statement& bind(int parameter, std::integral auto value) requires(!std::same_as<decltype(value), bool>) {
        return bind_integer(parameter, static_cast<std::int64_t>(value));
    }

    template <typename T>
    Statement& bind(int parameter, const std::optional<T>& value) {
        return value ? bind(parameter, *value) : bind_null(parameter);
    }

    template <typename... Values>
    Statement& bind_all(const Values&... values) {
        int parameter = 0;
        (bind(++parameter, values), ...);
        return *this;
    }

    /// True when there is a row, false at the end.
    Expected<bool> step();
    /// Steps to the end.
    Expected<void> run();
    void reset();

    int column_count() const;
    std::string column_name(int column) const;
    int type(int column) const; ///< SQLITE_INTEGER, SQLITE_FLOAT, …
    bool is_null(int column) const;
    std::int64_t integer(int column) const;

    bool boolean(int column) const { return integer(column) != 0; }

    /// NaN where the column is NULL.
    double real(int column) const;
    std::string text(int column) const;
    /// Valid until the next step or reset.
    std::span<const std::byte> blob(int column) const;
    std::optional<std::int64_t> optional_integer(int column) const;
    std::optional<double> optional_real(int column) const;
    std::optional<std::string> optional_text(int column) const;

private:
    friend class Connection;

    Statement(Connection& connection, sqlite3_stmt* handle) : connection_(&connection), handle_(handle) {}

    Statement& bind_integer(int parameter, std::int64_t value);
    Statement& remember(int code);

    Connection* connection_;
    sqlite3_stmt* handle_;
    int bind_code_ = 0;
};

} // namespace isoloss
