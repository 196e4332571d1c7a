#pragma once

#include "engine/base/error.h"

namespace isoloss {

class Connection;

/// "ISOL", the application_id of a project file.
constexpr int project_application_id = 0x49534f4c;

/// user_version of the database.
Expected<int> schema_version(Connection& connection);
/// The oldest program schema that can read the database.
Expected<int> minimum_schema_version(Connection& connection);
/// Refuses a project of a format above the known ones (`version`, its schema_version) unless it says that this program
/// can read it.
Expected<void> check_not_too_new(Connection& connection, int version);
/// Refuses an open database that is no project, or too new. An older one passes: it is for code that reads only what
/// every format has.
Expected<void> check_readable_project(Connection& connection);

} // namespace isoloss
