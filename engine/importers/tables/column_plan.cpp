#include "engine/importers/tables/column_plan.h"

#include "engine/importers/tables/column_words.h"

#include <algorithm>

namespace isoloss {

bool is_series(ColumnRole role) {
    return role == ColumnRole::metric || role == ColumnRole::series || role == ColumnRole::epoch ||
           role == ColumnRole::tokens || role == ColumnRole::flops;
}

void plan_columns(std::vector<ColumnPlan>& plans, const std::vector<std::string>& columns,
                  const TableMapping& mapping) {
    const std::size_t known = plans.size();
    for (std::size_t i = known; i < columns.size(); ++i) {
        ColumnPlan& plan = plans.emplace_back();
        plan.column = columns[i];
        const ColumnMapping* column = mapping.of(plan.column);
        if (column == nullptr) continue;
        plan.role = column->role;
        plan.factor = column->factor;
        plan.unit = column->unit;
        plan.run = column->run;
        plan.series = column->name.empty() ? plan.column : column->name;
        if (plan.role != ColumnRole::metric) continue;
        plan.quantity = column_quantity(plan.series);
        if (column->direction) plan.quantity.direction = *column->direction;
    }
    if (known == plans.size()) return;
    for (std::uint32_t i = 0; i < plans.size(); ++i) {
        const ColumnMapping* column = mapping.of(plans[i].column);
        if (column == nullptr || column->role != ColumnRole::standard_error) continue;
        const auto metric =
            std::find_if(plans.begin(), plans.end(), [&](const ColumnPlan& plan) { return plan.column == column->of; });
        if (metric != plans.end()) metric->error = i;
    }
}

} // namespace isoloss
