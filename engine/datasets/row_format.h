#pragma once

#include "engine/datasets/data_rows.h"
#include "engine/datasets/dataset_details.h"

#include <string>

namespace isoloss {

/// The RowFormat of a data set whose files have rows.
RowFormat row_format(const DatasetDetails& details);

/// The member that plays a role; the role's own name where nothing is known.
std::string field_of(const DatasetDetails& details, const std::string& role);

} // namespace isoloss
