#include "engine/analysis/checkpoint_cells.h"

#include "engine/analysis/run_cells.h"
#include "engine/analysis/series_at_step.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace isoloss {

namespace {

using Kind = ResolvedKey::Kind;

Cell number_cell(std::optional<double> value) {
    Cell cell;
    cell.value = value;
    return cell;
}

std::optional<double> as_double(std::optional<std::int64_t> value) {
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

Cell cell_of_value(const ValueNumber* value) {
    if (value == nullptr) return {};
    return {value->value, value->standard_error, value->n, value->id, value->reason};
}

Cell mean_cell(const ProjectIndex& index, const std::vector<QuantityId>& members, std::size_t checkpoint) {
    double sum = 0, squared_errors = 0;
    std::size_t missing = 0;
    bool all_errors = true;
    for (const QuantityId member : members) {
        const ValueNumber* const value = index.value(member, checkpoint);
        if (value == nullptr || !value->value) {
            ++missing;
            continue;
        }
        sum += *value->value;
        all_errors = all_errors && value->standard_error;
        squared_errors += value->standard_error ? *value->standard_error * *value->standard_error : 0;
    }
    if (members.empty() || missing == members.size()) return {};
    Cell cell;
    if (missing > 0) {
        cell.reason = std::to_string(missing) + " of " + std::to_string(members.size()) + " tasks missing";
        return cell;
    }
    const auto count = static_cast<double>(members.size());
    cell.value = sum / count;
    if (all_errors) cell.standard_error = std::sqrt(squared_errors) / count;
    cell.n = static_cast<std::int64_t>(members.size());
    return cell;
}

Cell config_cell(const ProjectIndex& index, const std::string& field, std::size_t checkpoint) {
    const ConfigValue* const value = index.configs().value(index.run_of(checkpoint), field);
    return number_cell(value == nullptr ? std::nullopt : config_number(*value));
}

Expected<std::vector<Cell>> series_cells(Reader& reader, ProjectIndex& index, const std::string& name,
                                         const std::vector<std::size_t>& checkpoints) {
    std::vector<Cell> cells(checkpoints.size());
    ISOLOSS_TRY(const SeriesColumn* const column, index.series(reader, name));
    if (column == nullptr) return cells;
    std::map<std::size_t, std::vector<std::size_t>> rows_of_runs;
    for (std::size_t row = 0; row < checkpoints.size(); ++row)
        rows_of_runs[index.run_of(checkpoints[row])].push_back(row);
    for (const auto& [run, rows] : rows_of_runs) {
        const SeriesRecord* const series = column->of_run(run);
        if (series == nullptr) continue;
        std::vector<StepOfAttempt> places;
        for (const std::size_t row : rows) {
            const CheckpointRecord& checkpoint = index.checkpoints()[checkpoints[row]];
            places.push_back({checkpoint.attempt, checkpoint.step});
        }
        ISOLOSS_TRY(const auto values, series_at_steps(reader, *series, places));
        for (std::size_t i = 0; i < rows.size(); ++i)
            cells[rows[i]] = number_cell(values[i]);
    }
    return cells;
}

} // namespace

MeanMembers mean_members(const ProjectIndex& index, const ResolvedKey& key,
                         const std::vector<std::size_t>& checkpoints) {
    std::vector<std::size_t> counts(key.quantities.size());
    std::size_t with_any = 0;
    // Runs in the trash count only among themselves.
    for (const bool trashed : {false, true}) {
        for (const std::size_t checkpoint : checkpoints) {
            if (index.runs()[index.run_of(checkpoint)].trashed != trashed) continue;
            bool any = false;
            for (std::size_t i = 0; i < key.quantities.size(); ++i)
                if (const auto* value = index.value(key.quantities[i], checkpoint); value != nullptr && value->value) {
                    ++counts[i];
                    any = true;
                }
            with_any += any ? 1 : 0;
        }
        if (with_any > 0) break;
    }
    MeanMembers members;
    for (std::size_t i = 0; i < key.quantities.size(); ++i)
        (2 * counts[i] >= with_any && counts[i] > 0 ? members.kept : members.dropped).push_back(key.quantities[i]);
    return members;
}

Expected<std::vector<Cell>> cells_of(Reader& reader, ProjectIndex& index, const ResolvedKey& key,
                                     const std::vector<std::size_t>& checkpoints) {
    if (key.kind == Kind::series) return series_cells(reader, index, key.name, checkpoints);
    const auto members = key.kind == Kind::mean ? mean_members(index, key, checkpoints) : MeanMembers();
    std::vector<Cell> cells;
    cells.reserve(checkpoints.size());
    for (const std::size_t i : checkpoints) {
        const CheckpointRecord& checkpoint = index.checkpoints()[i];
        switch (key.kind) {
        case Kind::attempt:
            cells.push_back(number_cell(checkpoint.attempt));
            break;
        case Kind::step:
            cells.push_back(number_cell(as_double(checkpoint.step)));
            break;
        case Kind::tokens:
            cells.push_back(number_cell(checkpoint.tokens));
            break;
        case Kind::flops:
            cells.push_back(number_cell(checkpoint.flops));
            break;
        case Kind::parameters:
            cells.push_back(number_cell(as_double(checkpoint.parameter_count)));
            break;
        case Kind::quantity:
            cells.push_back(cell_of_value(index.value(key.quantities.front(), i)));
            break;
        case Kind::mean:
            cells.push_back(mean_cell(index, members.kept, i));
            break;
        case Kind::config:
            cells.push_back(config_cell(index, key.name, i));
            break;
        default: {
            const FilterValue field = run_field(key.kind, index.runs()[index.run_of(i)]);
            const auto* number = std::get_if<double>(&field);
            cells.push_back(number_cell(number == nullptr ? std::nullopt : std::optional(*number)));
        }
        }
    }
    return cells;
}

bool is_text_key(const ProjectIndex& index, const ResolvedKey& key) {
    switch (key.kind) {
    case Kind::run:
    case Kind::group:
    case Kind::status:
    case Kind::tag:
    case Kind::notes:
    case Kind::archived:
    case Kind::pinned:
    case Kind::visible:
    case Kind::architecture:
    case Kind::path:
        return true;
    case Kind::config: {
        const ConfigColumns::Column* const column = index.configs().column(key.name);
        return column != nullptr && std::any_of(column->begin(), column->end(),
                                                [](const auto& entry) { return !config_number(entry.second); });
    }
    default:
        return false;
    }
}

std::string text_of(const ProjectIndex& index, const ResolvedKey& key, std::size_t checkpoint) {
    const CheckpointRecord& record = index.checkpoints()[checkpoint];
    const std::size_t run = index.run_of(checkpoint);
    if (key.kind == Kind::architecture) return record.architecture;
    if (key.kind == Kind::path) return record.path;
    if (key.kind == Kind::config) {
        const ConfigValue* const value = index.configs().value(run, key.name);
        return value == nullptr ? std::string() : config_text(*value);
    }
    const FilterValue value = run_field(key.kind, index.runs()[run]);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    std::string all;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        for (const std::string& text : *texts)
            all += (all.empty() ? "" : ", ") + text;
    return all;
}

} // namespace isoloss
