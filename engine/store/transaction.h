#pragma once

#include "engine/base/error.h"

namespace isoloss {

class Connection;

/// A transaction that rolls back when it is destroyed without having been committed. Move-only.
class Transaction {
public:
    enum class Kind { read, write };

    static Expected<Transaction> begin(Connection& connection, Kind kind);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&& other) = delete;
    ~Transaction();

    Expected<void> commit();

private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}

    Connection* connection_; ///< null when there is nothing left to end
};

} // namespace isoloss
