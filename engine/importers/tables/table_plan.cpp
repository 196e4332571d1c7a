#include "engine/importers/tables/table_plan.h"

namespace isoloss {

namespace {

std::vector<std::string> column_names(const TableSample& sample) {
    std::vector<std::string> names;
    for (const ColumnSample& column : sample.columns)
        names.push_back(column.name);
    return names;
}

// A mapping may name another delimiter than the one that was found: then the header is read with that one.
std::optional<TablePlan> given_plan(const InputFile& file, const TableSample& sample, const ImportMapping& mapping) {
    const std::string name = file.path().filename().string();
    for (const TableMapping& table : mapping.tables) {
        TablePlan plan;
        plan.dialect = sample.dialect;
        plan.columns = column_names(sample);
        plan.given = true;
        if (table.delimiter && !plan.dialect.json_lines && *table.delimiter != plan.dialect.delimiter) {
            plan.dialect.delimiter = *table.delimiter;
            const auto other = sample_table(file, plan.dialect);
            if (!other) continue;
            plan.columns = column_names(*other);
        }
        if (!table.applies_to(name, plan.columns)) continue;
        plan.mapping = table;
        return plan;
    }
    return std::nullopt;
}

} // namespace

Expected<std::optional<TablePlan>> plan_table(const InputFile& file, std::string_view head,
                                              const ImportMapping& mapping) {
    auto dialect = detect_dialect(head);
    // A table of one column has no delimiter; only a mapping can make something of it.
    if (!dialect && !mapping.tables.empty() && head.find('\0') == head.npos) dialect = TableDialect{};
    if (!dialect) return std::nullopt;
    ISOLOSS_TRY(const TableSample sample, sample_table(file, *dialect));
    if (auto given = given_plan(file, sample, mapping)) return given;
    TablePlan plan;
    plan.dialect = *dialect;
    plan.columns = column_names(sample);
    plan.guess = guess_table(sample);
    plan.mapping = plan.guess.mapping;
    return plan;
}

} // namespace isoloss
