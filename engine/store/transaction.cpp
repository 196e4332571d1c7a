#include "engine/store/transaction.h"

#include "engine/base/log.h"
#include "engine/store/connection.h"

#include <utility>

namespace isoloss {

Expected<Transaction> Transaction::begin(Connection& connection, Kind kind) {
    ISOLOSS_TRY_VOID(connection.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED"));
    return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
    // After some failures (a full disk) SQLite has rolled back already.
    if (connection_ == nullptr || !connection_->in_transaction()) return;
    if (const auto rolled_back = connection_->execute("ROLLBACK"); !rolled_back)
        log::error("Rolling back failed: {}", rolled_back.error().text());
}

Expected<void> Transaction::commit() {
    ISOLOSS_TRY_VOID(connection_->execute("COMMIT"));
    connection_ = nullptr;
    return {};
}

} // namespace isoloss
