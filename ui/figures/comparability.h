#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "engine/base/error.h"

#include <string>
#include <string_view>

namespace isoloss {

class Reader;

/// Why the values of a measured column must not be compared with each other: several versions of the data, or, where
/// the value depends on it, several tokenizers. Empty when they may. The reader's thread.
Expected<std::string> comparability_warning(Reader& reader, const CheckpointTable& table, std::string_view key);

} // namespace isoloss
