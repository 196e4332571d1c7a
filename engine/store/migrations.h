#pragma once

#include "engine/base/error.h"

#include <span>
#include <string_view>

namespace isoloss {

class Connection;

/// One numbered step of the schema. `minimum_version` is the oldest program schema that can still read a project after
/// this step.
struct Migration {
    int version = 0;
    int minimum_version = 0;
    std::string_view sql;
};

/// The migrations of this program in order (resources/migrations).
std::span<const Migration> project_migrations();

/// Brings a database to the last migration, each step in its own transaction: a step that fails leaves the version
/// before it.
Expected<void> migrate(Connection& connection, std::span<const Migration> migrations);

} // namespace isoloss
