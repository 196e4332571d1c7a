#pragma once

#include <sqlite3.h>
#include <string_view>

namespace isoloss {

/// Whether a statement that may only look at things may do this, as SQLite's authorizer asks it: SQLITE_OK or
/// SQLITE_DENY. `is_readable_pragma(name, argument)` decides about pragmas; the argument may be null.
template <typename IsReadablePragma>
int authorize_reading(int action, const char* first, const char* second, IsReadablePragma is_readable_pragma) {
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return second != nullptr && std::string_view(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
        return first != nullptr && is_readable_pragma(std::string_view(first), second) ? SQLITE_OK : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

} // namespace isoloss
