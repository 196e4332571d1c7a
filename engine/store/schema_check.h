#pragma once

#include "engine/base/error.h"

namespace isoloss {

class Connection;

/// Refuses a database whose schema is not what the migrations up to its version make: a foreign trigger, view, virtual
/// table or changed table could run or hide things. Of a newer version only the kinds of objects are checked.
Expected<void> check_schema(Connection& connection, int version);

} // namespace isoloss
