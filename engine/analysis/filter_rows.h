#pragma once

#include "engine/analysis/filter.h"
#include "engine/analysis/project_index.h"
#include "engine/base/error.h"

#include <string_view>
#include <vector>

namespace isoloss {

class Reader;

/// The runs, or checkpoints, outside of the trash that pass a filter; an empty one passes all. Names mean the fields
/// `name`, `group`, `status`, `tag`, `notes`, `archived`, then a stored quantity, a config field (also by its last
/// parts), a series.
///
/// Of a run, a quantity is that of its last checkpoint which has it, a series its last value; `step` is its last step.
/// Of a checkpoint, `attempt`, `step`, `tokens`, `flops`, `parameters` are its own and a series is its value there.
/// min, max, first, last and at look at the whole series of the run, or where there is none of that name at the
/// quantity over the run's checkpoints. The reader's thread.
Expected<std::vector<RunId>> filter_runs(Reader& reader, std::string_view filter);
Expected<std::vector<CheckpointId>> filter_checkpoints(Reader& reader, std::string_view filter);

/// The same over an index that is at hand: indices into its runs() or checkpoints().
Expected<std::vector<std::size_t>> matching_runs(Reader& reader, ProjectIndex& index, const Filter& filter);
Expected<std::vector<std::size_t>> matching_checkpoints(Reader& reader, ProjectIndex& index, const Filter& filter);

} // namespace isoloss
