#include "engine/store/migrations.h"

#include "engine/store/connection.h"
#include "engine/store/transaction.h"

namespace isoloss {

namespace {

Expected<void> apply(Connection& connection, const Migration& migration) {
    ISOLOSS_TRY(auto transaction, Transaction::begin(connection, Transaction::Kind::write));
    ISOLOSS_TRY_VOID(connection.execute_script(std::string(migration.sql)));
    ISOLOSS_TRY_VOID(connection.execute("INSERT INTO property (name, value) VALUES ('minimum_version', ?1) "
                                        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                                        std::to_string(migration.minimum_version)));
    ISOLOSS_TRY_VOID(connection.execute_script("PRAGMA user_version = " + std::to_string(migration.version)));
    return transaction.commit();
}

} // namespace

Expected<void> migrate(Connection& connection, std::span<const Migration> migrations) {
    ISOLOSS_TRY(const int version, schema_version(connection));
    for (const Migration& migration : migrations)
        if (migration.version > version) ISOLOSS_TRY_VOID(apply(connection, migration));
    return {};
}

Expected<int> schema_version(Connection& connection) {
    ISOLOSS_TRY(const auto version, connection.find_integer("PRAGMA user_version"));
    return static_cast<int>(version.value_or(0));
}

Expected<int> minimum_schema_version(Connection& connection) {
    ISOLOSS_TRY(const auto version,
                connection.find_integer("SELECT CAST(value AS INTEGER) FROM property WHERE name = 'minimum_version'"));
    return static_cast<int>(version.value_or(0));
}

} // namespace isoloss
