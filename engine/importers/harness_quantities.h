#pragma once

#include "engine/base/error.h"
#include "engine/importers/harness_results.h"
#include "engine/store/writer.h"

namespace isoloss {

/// The quantity of a score. When the plain key already means another version of the task or another number of shots,
/// the score gets a key of its own with ` v2` or `@?shot`; nothing is merged silently. Inside a write task.
Expected<QuantityId> ensure_harness_quantity(WriteSession& store, const HarnessScore& score);

} // namespace isoloss
