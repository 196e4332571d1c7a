#pragma once

#include "engine/analysis/filter.h"
#include "engine/base/error.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace isoloss {

/// The values of one name in all rows.
using FilterColumn = std::shared_ptr<const std::vector<FilterValue>>;

/// Finds the column of a name.
using FilterColumnOf = std::function<Expected<FilterColumn>(const Filter::Name& name)>;

/// The rows that pass, of `rows`. A name that could be several things is an error at its column; a word that stands
/// beside texts is asked for nothing.
Expected<std::vector<std::size_t>> passing_rows(const Filter& filter, std::size_t rows,
                                                const FilterColumnOf& column_of);

/// Places an error about a name at its column in the filter.
Error at_name(Error error, const Filter::Name& name);

} // namespace isoloss
