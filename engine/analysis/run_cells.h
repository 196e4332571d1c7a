#pragma once

#include "engine/analysis/filter.h"
#include "engine/analysis/project_index.h"

#include <vector>

namespace isoloss {

/// What a name of a filter stands for in each run of the index: the one meaning of names of runs, which RunFields
/// explains. An error when the name could be several things, or when reading fails.
Expected<std::vector<FilterValue>> run_cells(Reader& reader, ProjectIndex& index, const Filter::Name& name);

/// A field that a run itself has (`name` to `visible`); nothing for other kinds.
FilterValue run_field(ResolvedKey::Kind kind, const RunRecord& run);

FilterValue filter_value(const ConfigValue& value);

/// The key of a name's argument: `mean(…)` whole, the series of `at(…)`.
std::string key_of_name(const Filter::Name& name);

} // namespace isoloss
