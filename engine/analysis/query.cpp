#include "engine/analysis/query.h"

#include "engine/analysis/checkpoint_table.h"
#include "engine/analysis/config_fields.h"
#include "engine/analysis/filter_rows.h"
#include "engine/analysis/near_names.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

namespace isoloss {

namespace {

using Row = std::vector<QueryCell>;

QueryCell cell(std::string text) {
    return text.empty() ? QueryCell() : QueryCell(std::move(text));
}

template <typename Number>
QueryCell cell(const std::optional<Number>& number) {
    return number ? QueryCell(*number) : QueryCell();
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : ", ") + text;
    return all;
}

tl::unexpected<Error> unknown_column(const std::string& name, const std::vector<std::string>& known) {
    return fail({ErrorKind::usage,
                 {},
                 name,
                 "there is no column of this name",
                 near_names_advice(name, known, "The columns are " + joined(known))});
}

Expected<QueryTable> query_runs(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const auto passing, filter_runs(reader, filter));
    const std::set<RunId> ids(passing.begin(), passing.end());
    ISOLOSS_TRY(const auto runs, reader.runs());
    QueryTable table;
    table.columns = {"id",     "run",      "group",  "status",      "tags",   "notes",
                     "config", "archived", "series", "checkpoints", "points", "last_step"};
    std::set<std::string> fields;
    std::vector<ConfigFields> configs;
    for (const RunRecord& run : runs) {
        configs.push_back(flatten_config(run.config));
        for (const auto& [field, value] : configs.back())
            fields.insert(field);
    }
    for (const std::string& field : fields)
        table.columns.push_back("config." + field);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const RunRecord& run = runs[i];
        if (!ids.contains(run.id)) continue;
        Row row{run.id.value,
                run.name,
                cell(run.group),
                std::string(run_status_name(run.status)),
                cell(joined(run.tags)),
                cell(run.notes),
                run.config,
                std::string(run.archived ? "true" : "false"),
                std::int64_t{run.series_count},
                std::int64_t{run.checkpoint_count},
                run.point_count,
                cell(run.last_step)};
        for (const std::string& field : fields) {
            const auto found = configs[i].find(field);
            if (found == configs[i].end())
                row.emplace_back();
            else
                std::visit([&](const auto& value) { row.emplace_back(value); }, found->second);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

Expected<QueryTable> query_checkpoints(Reader& reader, std::string_view filter, const std::vector<std::string>& columns,
                                       const std::vector<std::string>& more) {
    static const std::vector<std::string> own{"id",    "run",        "attempt",      "step",   "tokens",
                                              "flops", "parameters", "architecture", "format", "path"};
    std::vector<std::string> keys;
    for (const auto* names : {&columns, &more})
        for (const std::string& name : *names)
            if (std::find(own.begin(), own.end(), name) == own.end() &&
                std::find(keys.begin(), keys.end(), name) == keys.end())
                keys.push_back(name);
    ISOLOSS_TRY(const auto loaded, load_checkpoint_table(reader, filter, keys));
    QueryTable table;
    table.columns = own;
    table.columns.insert(table.columns.end(), keys.begin(), keys.end());
    for (std::size_t i = 0; i < loaded.checkpoints.size(); ++i) {
        const CheckpointRecord& checkpoint = loaded.checkpoints[i];
        Row row{checkpoint.id.value,
                checkpoint.run_name,
                std::int64_t{checkpoint.attempt},
                cell(checkpoint.step),
                cell(checkpoint.tokens),
                cell(checkpoint.flops),
                cell(checkpoint.parameter_count),
                cell(checkpoint.architecture),
                cell(checkpoint.format),
                cell(checkpoint.path)};
        for (const QuantityColumn& column : loaded.columns)
            row.push_back(column.is_text ? cell(column.texts[i]) : cell(column.cells[i].value));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Expected<QueryTable> query_values(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const auto passing, load_checkpoint_table(reader, filter, {}));
    std::unordered_map<CheckpointId, const CheckpointRecord*> checkpoints;
    for (const CheckpointRecord& checkpoint : passing.checkpoints)
        checkpoints.emplace(checkpoint.id, &checkpoint);
    ISOLOSS_TRY(const auto values, reader.values());
    QueryTable table;
    table.columns = {"run", "attempt", "step", "quantity", "value", "stderr", "n", "status", "reason", "provenance"};
    for (const ValueRecord& value : values) {
        const auto found = checkpoints.find(value.checkpoint);
        if (found == checkpoints.end()) continue;
        table.rows.push_back({found->second->run_name, std::int64_t{found->second->attempt}, cell(found->second->step),
                              value.quantity_key, cell(value.value), cell(value.standard_error), cell(value.n),
                              std::string(value_status_name(value.status)), cell(value.reason), value.provenance});
    }
    return table;
}

Expected<QueryTable> query_items(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const auto passing, load_checkpoint_table(reader, filter, {}));
    QueryTable table;
    table.columns = {"run", "step", "quantity", "task", "item", "correct", "chosen", "gold", "text"};
    for (const CheckpointRecord& checkpoint : passing.checkpoints) {
        ISOLOSS_TRY(const auto values, reader.values(checkpoint.id));
        for (const ValueRecord& value : values) {
            ISOLOSS_TRY(const auto outcomes, reader.outcomes(value.id));
            for (const OutcomeRecord& outcome : outcomes) {
                const auto whole = [](std::optional<int> number) {
                    return number ? QueryCell(std::int64_t{*number}) : QueryCell();
                };
                table.rows.push_back({checkpoint.run_name, cell(checkpoint.step), value.quantity_key, outcome.item.task,
                                      outcome.item.key, cell(outcome.correct), whole(outcome.chosen),
                                      whole(outcome.item.gold), cell(outcome.item.text)});
            }
        }
    }
    return table;
}

QueryCell value_cell(const PointColumns& points, std::size_t i) {
    return std::visit([&](const auto& values) { return QueryCell(values[i]); }, points.values);
}

Expected<QueryTable> query_points(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const auto passing, filter_runs(reader, filter));
    ISOLOSS_TRY(const auto runs, reader.runs());
    QueryTable table;
    table.columns = {"run", "series", "attempt", "step", "wall_time", "value"};
    for (const RunRecord& run : runs) {
        if (std::find(passing.begin(), passing.end(), run.id) == passing.end()) continue;
        ISOLOSS_TRY(const auto all_series, reader.series(run.id));
        for (const SeriesRecord& series : all_series) {
            ISOLOSS_TRY(const auto attempts, reader.points(series.id));
            for (const auto& [attempt, points] : attempts)
                for (std::size_t i = 0; i < points.size(); ++i)
                    table.rows.push_back({run.name, series.name, std::int64_t{attempt}, points.steps[i],
                                          points.wall_times[i], value_cell(points, i)});
        }
    }
    return table;
}

Expected<std::size_t> column_index(const QueryTable& table, const std::string& name) {
    auto found = std::find(table.columns.begin(), table.columns.end(), name);
    // As in filters, where a run's name is `name` or `run` whatever its config says.
    if (found == table.columns.end() && name == "name")
        found = std::find(table.columns.begin(), table.columns.end(), "run");
    if (found == table.columns.end()) found = std::find(table.columns.begin(), table.columns.end(), "config." + name);
    if (found == table.columns.end()) return unknown_column(name, table.columns);
    return static_cast<std::size_t>(found - table.columns.begin());
}

// Numbers before texts, nothing last; NaN after the other numbers.
bool comes_before(const QueryCell& a, const QueryCell& b, bool descending) {
    const auto number = [](const QueryCell& one) -> std::optional<double> {
        if (const auto* whole = std::get_if<std::int64_t>(&one)) return static_cast<double>(*whole);
        if (const auto* real = std::get_if<double>(&one)) return *real;
        if (const auto* narrow = std::get_if<float>(&one)) return static_cast<double>(*narrow);
        return std::nullopt;
    };
    const auto rank = [&](const QueryCell& one) {
        if (const auto value = number(one)) return *value == *value ? 0 : 1;
        return std::holds_alternative<std::string>(one) ? 2 : 3;
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (rank(a) == 0) return descending ? *number(a) > *number(b) : *number(a) < *number(b);
    if (rank(a) != 2) return false;
    const auto &text_a = std::get<std::string>(a), &text_b = std::get<std::string>(b);
    return descending ? text_a > text_b : text_a < text_b;
}

Expected<QueryTable> chosen_columns(QueryTable table, const std::vector<std::string>& columns) {
    if (columns.empty()) return table;
    std::vector<std::size_t> indices;
    for (const std::string& name : columns) {
        ISOLOSS_TRY(indices.emplace_back(), column_index(table, name));
    }
    QueryTable chosen;
    chosen.columns = columns;
    for (Row& row : table.rows) {
        Row& out = chosen.rows.emplace_back();
        for (const std::size_t index : indices)
            out.push_back(row[index]);
    }
    return chosen;
}

Expected<QueryTable> all_columns(Reader& reader, std::string_view filter, QueryOf of,
                                 const std::vector<std::string>& columns, const std::string& sort) {
    switch (of) {
    case QueryOf::runs:
        return query_runs(reader, filter);
    case QueryOf::checkpoints:
        return query_checkpoints(reader, filter, columns,
                                 sort.empty() ? std::vector<std::string>() : std::vector{sort});
    case QueryOf::values:
        return query_values(reader, filter);
    case QueryOf::items:
        return query_items(reader, filter);
    case QueryOf::points:
        return query_points(reader, filter);
    }
    return fail(ErrorKind::usage, "there is nothing of this kind to query");
}

} // namespace

Expected<QueryTable> query_table(Reader& reader, std::string_view filter, QueryOf of,
                                 const std::vector<std::string>& columns, std::string_view sort) {
    const bool descending = sort.starts_with('-');
    const std::string sort_column(sort.substr(descending ? 1 : 0));
    ISOLOSS_TRY(QueryTable table, all_columns(reader, filter, of, columns, sort_column));
    if (!sort_column.empty()) {
        ISOLOSS_TRY(const std::size_t index, column_index(table, sort_column));
        std::stable_sort(table.rows.begin(), table.rows.end(),
                         [&](const Row& a, const Row& b) { return comes_before(a[index], b[index], descending); });
    }
    return chosen_columns(std::move(table), columns);
}

} // namespace isoloss
