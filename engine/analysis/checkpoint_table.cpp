#include "engine/analysis/checkpoint_table.h"

#include "engine/analysis/checkpoint_cells.h"
#include "engine/analysis/filter_rows.h"
#include "engine/analysis/near_names.h"
#include "engine/analysis/project_index.h"

#include <algorithm>
#include <map>
#include <set>

namespace isoloss {

namespace {

using Kind = ResolvedKey::Kind;

std::string quantity_title(const QuantityRecord& quantity) {
    if (quantity.kind == QuantityKind::measured && !quantity.subject.empty() &&
        quantity.key == quantity.metric + "[" + quantity.subject + "]")
        return quantity.metric + " [" + quantity.subject + "]";
    return quantity.key;
}

std::string unit_of(Kind kind) {
    return kind == Kind::tokens ? "tokens" : kind == Kind::flops ? "FLOP" : "";
}

// What all members share, else nothing.
template <typename Property>
Property common(const ProjectIndex& index, const std::vector<QuantityId>& members, Property QuantityRecord::*property,
                Property otherwise) {
    const Property& first = index.quantity(members.front()).*property;
    const bool shared = std::all_of(members.begin(), members.end(),
                                    [&](QuantityId id) { return index.quantity(id).*property == first; });
    return shared ? first : otherwise;
}

void describe_mean(const ProjectIndex& index, const ResolvedKey& key, const std::vector<std::size_t>& checkpoints,
                   QuantityColumn& column) {
    const MeanMembers members = mean_members(index, key, checkpoints);
    column.title = "mean of " + key.name;
    column.unit = common(index, key.quantities, &QuantityRecord::unit, std::string());
    column.direction = common(index, key.quantities, &QuantityRecord::direction, Direction::descriptive);
    column.note = "mean over " + std::to_string(members.kept.size()) + " tasks";
    if (members.dropped.empty()) return;
    constexpr std::size_t most_named = 5;
    column.note += "; " + std::to_string(members.dropped.size()) + " dropped (";
    for (std::size_t i = 0; i < std::min(members.dropped.size(), most_named); ++i)
        column.note += (i == 0 ? "" : ", ") + index.quantity(members.dropped[i]).key;
    column.note += members.dropped.size() > most_named ? ", …)" : ")";
}

Expected<QuantityColumn> make_column(Reader& reader, ProjectIndex& index, const std::string& name,
                                     const ResolvedKey& key, const std::vector<std::size_t>& checkpoints) {
    QuantityColumn column;
    column.key = name;
    column.title = key.kind == Kind::config || key.kind == Kind::series ? key.name : name;
    column.unit = unit_of(key.kind);
    if (key.kind == Kind::quantity) {
        const QuantityRecord& quantity = index.quantity(key.quantities.front());
        column.title = quantity_title(quantity);
        column.unit = quantity.unit;
        column.direction = quantity.direction;
    } else if (key.kind == Kind::mean) {
        describe_mean(index, key, checkpoints, column);
    }
    column.is_text = is_text_key(index, key);
    if (column.is_text) {
        column.cells.resize(checkpoints.size());
        for (const std::size_t checkpoint : checkpoints)
            column.texts.push_back(text_of(index, key, checkpoint));
        return column;
    }
    ISOLOSS_TRY(column.cells, cells_of(reader, index, key, checkpoints));
    return column;
}

Expected<ResolvedKey> resolve_column(Reader& reader, ProjectIndex& index, const std::string& name) {
    ISOLOSS_TRY(ResolvedKey key, index.resolve(reader, name));
    if (key.kind == Kind::series) {
        ISOLOSS_TRY(const SeriesColumn* const series, index.series(reader, key.name));
        if (series != nullptr) return key;
    } else if (key.kind != Kind::nothing) {
        return key;
    }
    ISOLOSS_TRY(const auto known, index.known_names(reader));
    return fail({ErrorKind::not_found,
                 {},
                 name,
                 "no checkpoint has a quantity of this name",
                 near_names_advice(name, known, "Measure it or import it first")});
}

} // namespace

const RunRecord* CheckpointTable::run_of(std::size_t row) const {
    const auto found =
        std::find_if(runs.begin(), runs.end(), [&](const RunRecord& run) { return run.id == checkpoints[row].run; });
    return found == runs.end() ? nullptr : &*found;
}

const QuantityColumn* CheckpointTable::column(std::string_view key) const {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const QuantityColumn& one) { return one.key == key; });
    return found == columns.end() ? nullptr : &*found;
}

Expected<CheckpointTable> load_checkpoint_table(Reader& reader, std::string_view filter,
                                                const std::vector<std::string>& keys) {
    ISOLOSS_TRY(const Filter parsed, Filter::parse(filter));
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader));
    std::vector<ResolvedKey> resolved;
    std::vector<QuantityId> quantities;
    for (const std::string& name : keys) {
        ISOLOSS_TRY(ResolvedKey key, resolve_column(reader, index, name));
        quantities.insert(quantities.end(), key.quantities.begin(), key.quantities.end());
        resolved.push_back(std::move(key));
    }
    ISOLOSS_TRY(const auto rows, matching_checkpoints(reader, index, parsed));
    ISOLOSS_TRY_VOID(index.load_values(reader, quantities));

    CheckpointTable table;
    std::set<RunId> seen;
    for (const std::size_t row : rows) {
        const CheckpointRecord& checkpoint = index.checkpoints()[row];
        table.checkpoints.push_back(checkpoint);
        if (seen.insert(checkpoint.run).second) table.runs.push_back(index.runs()[index.run_of(row)]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        ISOLOSS_TRY(QuantityColumn column, make_column(reader, index, keys[i], resolved[i], rows));
        table.columns.push_back(std::move(column));
    }
    return table;
}

Expected<std::vector<QuantityChoice>> quantity_choices(Reader& reader) {
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader));
    ISOLOSS_TRY_VOID(index.load_checkpoints(reader));
    std::vector<QuantityChoice> choices;
    std::vector<QuantityChoice> group;
    const auto end_group = [&] {
        std::stable_sort(group.begin(), group.end(), [](const QuantityChoice& a, const QuantityChoice& b) {
            return a.checkpoints > b.checkpoints;
        });
        std::move(group.begin(), group.end(), std::back_inserter(choices));
        group.clear();
    };

    std::map<std::string, std::pair<int, std::int64_t>> means; // pattern → tasks, checkpoints
    for (const auto kind : {QuantityKind::measured, QuantityKind::imported, QuantityKind::derived}) {
        for (const QuantityRecord& quantity : index.quantities()) {
            if (quantity.kind != kind) continue;
            group.push_back({quantity.key, quantity_title(quantity),
                             kind == QuantityKind::measured ? "Measured" : "Scores", quantity.value_count});
            const std::size_t slash = quantity.key.rfind('/');
            if (kind != QuantityKind::imported || slash == std::string::npos) continue;
            auto& [tasks, most] = means["*" + quantity.key.substr(slash)];
            ++tasks;
            most = std::max(most, quantity.value_count);
        }
        end_group();
    }
    for (const auto& [pattern, tasks_and_checkpoints] : means)
        if (tasks_and_checkpoints.first > 1)
            group.push_back({"mean(" + pattern + ")", "mean of " + pattern, "Means", tasks_and_checkpoints.second});
    end_group();

    const auto count = [&](auto has) {
        return std::count_if(index.checkpoints().begin(), index.checkpoints().end(), has);
    };
    const auto add_field = [&](const char* key, std::int64_t checkpoints) {
        if (checkpoints > 0) group.push_back({key, key, "Checkpoint", checkpoints});
    };
    using Checkpoint = CheckpointRecord;
    add_field("step", count([](const Checkpoint& one) { return one.step.has_value(); }));
    add_field("tokens", count([](const Checkpoint& one) { return one.tokens.has_value(); }));
    add_field("flops", count([](const Checkpoint& one) { return one.flops.has_value(); }));
    add_field("parameters", count([](const Checkpoint& one) { return one.parameter_count.has_value(); }));
    add_field("run", static_cast<std::int64_t>(index.checkpoints().size()));
    std::vector<std::int64_t> checkpoints_of(index.runs().size());
    std::int64_t with_group = 0;
    for (std::size_t i = 0; i < index.checkpoints().size(); ++i) {
        ++checkpoints_of[index.run_of(i)];
        with_group += index.runs()[index.run_of(i)].group.empty() ? 0 : 1;
    }
    add_field("group", with_group);
    add_field("architecture", count([](const Checkpoint& one) { return !one.architecture.empty(); }));
    std::move(group.begin(), group.end(), std::back_inserter(choices));
    group.clear();

    std::map<std::string, std::int64_t> config_counts, series_counts;
    for (const std::string& field : index.configs().fields())
        for (const auto& [run, value] : *index.configs().column(field))
            if (checkpoints_of[run] > 0) config_counts[field] += checkpoints_of[run];
    ISOLOSS_TRY(const auto all_series, reader.series());
    for (const SeriesRecord& series : all_series)
        if (const auto run = index.run_index(series.run); run && checkpoints_of[*run] > 0)
            series_counts[series.name] += checkpoints_of[*run];
    for (const auto& [field, checkpoints] : config_counts)
        group.push_back({"config." + field, field, "Config", checkpoints});
    end_group();
    for (const auto& [name, checkpoints] : series_counts)
        group.push_back({"series:" + name, name, "Series", checkpoints});
    end_group();
    return choices;
}

} // namespace isoloss
