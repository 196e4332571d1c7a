#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "engine/analysis/project_index.h"

#include <cstddef>
#include <vector>

namespace isoloss {

/// The cells of one key for some checkpoints (indices into index.checkpoints()). Values of its quantities are loaded.
/// Cells of keys that are texts stay empty.
Expected<std::vector<Cell>> cells_of(Reader& reader, ProjectIndex& index, const ResolvedKey& key,
                                     const std::vector<std::size_t>& checkpoints);

/// The text of a text key for one checkpoint; empty where there is none.
std::string text_of(const ProjectIndex& index, const ResolvedKey& key, std::size_t checkpoint);

/// Whether a key has texts: a run field, or a config field that is not a number everywhere.
bool is_text_key(const ProjectIndex& index, const ResolvedKey& key);

/// The members of a mean that at least half of these checkpoints have, of those with any member at all; checkpoints in
/// the trash count only where there are no others.
struct MeanMembers {
    std::vector<QuantityId> kept, dropped;
};

MeanMembers mean_members(const ProjectIndex& index, const ResolvedKey& key,
                         const std::vector<std::size_t>& checkpoints);

} // namespace isoloss
