#include "engine/store/schema_version.h"

#include "engine/base/file.h"
#include "engine/store/connection.h"
#include "engine/store/migrations.h"

#include <string>

namespace isoloss {

namespace {

Error refuse(ErrorKind kind, const Connection& connection, std::string reason, std::string remedy) {
    Error error{kind, path_text(connection.path()), {}, std::move(reason), std::move(remedy)};
    if (error.file.empty()) error.place = "the main database";
    return error;
}

int known_version() {
    return project_migrations().back().version;
}

} // namespace

Expected<int> schema_version(Connection& connection) {
    ISOLOSS_TRY(const auto version, connection.find_integer("PRAGMA main.user_version"));
    return static_cast<int>(version.value_or(0));
}

Expected<int> minimum_schema_version(Connection& connection) {
    ISOLOSS_TRY(
        const auto version,
        connection.find_integer("SELECT CAST(value AS INTEGER) FROM main.property WHERE name = 'minimum_version'"));
    return static_cast<int>(version.value_or(0));
}

Expected<void> check_not_too_new(Connection& connection, int version) {
    if (version <= known_version()) return {};
    ISOLOSS_TRY(const int minimum, minimum_schema_version(connection));
    if (minimum > 0 && minimum <= known_version()) return {};
    return fail(refuse(ErrorKind::newer, connection,
                       "was written by a newer Isoloss (format " + std::to_string(version) + "; this one knows up to " +
                           std::to_string(known_version()) + ")",
                       "Update Isoloss to open it"));
}

Expected<void> check_readable_project(Connection& connection) {
    ISOLOSS_TRY(const auto application, connection.find_integer("PRAGMA main.application_id"));
    ISOLOSS_TRY(const int version, schema_version(connection));
    // What points and the views read has been there since the first format.
    if (application != project_application_id || version < 1)
        return fail(refuse(ErrorKind::foreign, connection, "is not an Isoloss project",
                           "Open a file that Isoloss made (NAME.isoloss) as the main database"));
    return check_not_too_new(connection, version);
}

} // namespace isoloss
