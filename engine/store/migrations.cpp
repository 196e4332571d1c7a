#include "engine/store/migrations.h"

#include "engine/store/connection.h"
#include "engine/store/schema_version.h"
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

} // namespace isoloss
