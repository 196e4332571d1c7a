#pragma once

#include "engine/importers/tables/table_mapping.h"
#include "engine/store/records.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace isoloss {

/// How a column is read, worked out once.
struct ColumnPlan {
    static constexpr std::uint32_t no_column = std::numeric_limits<std::uint32_t>::max();

    std::string column;
    ColumnRole role = ColumnRole::ignored;
    double factor = 1;
    TimeUnit unit = TimeUnit::seconds;
    std::string series;              ///< name of the series
    std::string run;                 ///< of a column that belongs to one run
    QuantityRecord quantity;         ///< of a metric
    std::uint32_t error = no_column; ///< the column with the metric's standard error

    std::int64_t numbers = 0; ///< cells that were taken
    /// Cells that are no numbers, where numbers were wanted.
    std::int64_t not_numbers = 0;
    std::string first_not_number; ///< "\"1,5\" in line 7"
    std::int64_t overflows = 0;
};

/// Adds the plans of columns that have come.
void plan_columns(std::vector<ColumnPlan>& plans, const std::vector<std::string>& columns, const TableMapping& mapping);

/// Whether a column of this role is drawn as a series.
bool is_series(ColumnRole role);

} // namespace isoloss
