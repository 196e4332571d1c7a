#include "engine/analysis/run_table.h"

#include "engine/analysis/run_cells.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

/// In the order of menus; `name` is always shown.
constexpr std::array<std::string_view, 17> run_fields{
    "group",    "status", "tags", "notes",  "started", "attempts",   "checkpoints",  "series", "points",
    "archived", "pinned", "step", "tokens", "flops",   "parameters", "architecture", "path"};

std::int64_t count_outside_trash(const std::vector<RunRecord>& runs, const std::vector<FilterValue>& cells) {
    std::int64_t count = 0;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const auto* texts = std::get_if<std::vector<std::string>>(&cells[run]);
        const bool empty = std::holds_alternative<std::monostate>(cells[run]) || (texts != nullptr && texts->empty());
        count += runs[run].trashed || empty ? 0 : 1;
    }
    return count;
}

} // namespace

Expected<std::shared_ptr<const RunFields>> RunFields::load(Reader& reader, TrashRule trash) {
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader, trash));
    return std::shared_ptr<const RunFields>(new RunFields(std::move(index)));
}

Expected<FilterColumn> RunFields::cells(Reader& reader, const Filter::Name& name) const {
    const std::lock_guard lock(mutex_);
    const std::pair key(name.function, name.name);
    if (const auto known = cells_.find(key); known != cells_.end()) return known->second;
    ISOLOSS_TRY(auto values, run_cells(reader, index_, name));
    auto column = std::make_shared<const std::vector<FilterValue>>(std::move(values));
    cells_.emplace(key, column);
    return FilterColumn(std::move(column));
}

Expected<FilterColumn> RunFields::cells(Reader& reader, std::string_view key) const {
    return cells(reader, run_column_name(key));
}

Expected<std::vector<RunColumnChoice>> RunFields::choices(Reader& reader) const {
    std::vector<RunColumnChoice> result;
    const auto add = [&](std::string key, const char* group, std::int64_t count) {
        if (count > 0) result.push_back({std::move(key), group, count});
    };
    for (const std::string_view field : run_fields) {
        ISOLOSS_TRY(const FilterColumn column, cells(reader, field));
        add(std::string(field), "Run", count_outside_trash(runs(), *column));
    }
    const std::lock_guard lock(mutex_);
    std::vector<std::string> fields = index_.configs().fields();
    std::sort(fields.begin(), fields.end());
    for (const std::string& field : fields) {
        const ConfigColumns::Column& column = *index_.configs().column(field);
        add("config." + field, "Config", std::count_if(column.begin(), column.end(), [&](const auto& entry) {
                return !runs()[entry.first].trashed;
            }));
    }
    ISOLOSS_TRY(const auto series, reader.series_names());
    for (const SeriesName& name : series)
        for (const char* function : {"last", "min", "max"})
            add(std::string(function) + "(" + name.name + ")", "Series", name.runs);
    std::vector<QuantityId> quantities;
    for (const QuantityRecord& quantity : index_.quantities())
        quantities.push_back(quantity.id);
    ISOLOSS_TRY_VOID(index_.load_values(reader, quantities));
    for (const QuantityRecord& quantity : index_.quantities()) {
        std::vector<bool> counted(runs().size());
        for (std::size_t i = 0; i < index_.checkpoints().size(); ++i)
            if (const auto* value = index_.value(quantity.id, i); value != nullptr && value->value)
                counted[index_.run_of(i)] = !runs()[index_.run_of(i)].trashed;
        add(quantity.key, "Quantities", std::count(counted.begin(), counted.end(), true));
    }
    return result;
}

Filter::Name run_column_name(std::string_view key) {
    const std::size_t open = key.find('(');
    if (open == std::string_view::npos || !key.ends_with(')')) return {{}, std::string(key)};
    const std::string_view function = key.substr(0, open);
    constexpr std::array<std::string_view, 7> functions{"has", "min", "max", "first", "last", "at", "mean"};
    if (std::find(functions.begin(), functions.end(), function) == functions.end()) return {{}, std::string(key)};
    return {std::string(function), std::string(key.substr(open + 1, key.size() - open - 2))};
}

Expected<RunTable> make_run_table(Reader& reader, const RunFields& fields, const Filter& filter,
                                  const std::vector<std::string>& keys) {
    RunTable table;
    table.total = fields.runs().size();
    ISOLOSS_TRY(const auto rows, passing_rows(filter, table.total,
                                              [&](const Filter::Name& name) { return fields.cells(reader, name); }));
    table.runs.reserve(rows.size());
    for (const std::size_t row : rows)
        table.runs.push_back(fields.runs()[row]);
    for (const std::string& key : keys) {
        constexpr std::string_view prefix = "config.";
        RunColumn& column = table.columns.emplace_back();
        column.key = key;
        column.title = key.starts_with(prefix) ? key.substr(prefix.size()) : key;
        const auto cells = fields.cells(reader, key);
        if (!cells && cells.error().kind != ErrorKind::usage) return fail(cells.error());
        if (!cells) column.reason = cells.error().reason;
        column.cells.resize(rows.size());
        for (std::size_t i = 0; cells && i < rows.size(); ++i)
            column.cells[i] = (**cells)[rows[i]];
    }
    return table;
}

Expected<RunTable> load_run_table(Reader& reader, std::string_view filter, const std::vector<std::string>& keys) {
    ISOLOSS_TRY(const auto parsed, Filter::parse(filter));
    ISOLOSS_TRY(const auto fields, RunFields::load(reader, TrashRule::without_trash));
    return make_run_table(reader, *fields, parsed, keys);
}

} // namespace isoloss
