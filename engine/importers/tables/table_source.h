#pragma once

#include "engine/importers/import_mapping.h"
#include "engine/importers/source_finder.h"

#include <memory>

namespace isoloss {

/// Finds tables (CSV, TSV, JSON lines, …): those that a mapping of the person is for, and those whose shape is known.
/// Other CSV and TSV files are told of in one note per folder and left alone.
std::unique_ptr<SourceFinder> table_finder(const ImportMapping& mapping);

} // namespace isoloss
