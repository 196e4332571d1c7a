#pragma once

#include "engine/store/writer.h"

namespace isoloss {

/// The quantity of an imported score. Another task version or number of shots under the same key gets a key of its own:
/// they never merge silently (HOUSE.md, identity and joining).
Expected<QuantityId> ensure_imported_quantity(WriteSession& store, QuantityRecord record);

} // namespace isoloss
