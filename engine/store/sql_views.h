#pragma once

#include "engine/base/error.h"

#include <span>
#include <string_view>

namespace isoloss {

class Connection;

/// A view for people who ask with SQL. Names, order and meaning of its columns are a promise
/// (packaging/docs/sql.md): columns may be added behind the last, none changes or goes.
struct SqlView {
    std::string_view name;
    std::string_view select;
};

std::span<const SqlView> sql_views();

/// Makes the views in the connection alone (TEMP): the file holds none. A connection that was told query_only refuses.
Expected<void> create_sql_views(Connection& connection);

} // namespace isoloss
