#include "engine/analysis/run_table.h"

#include "engine/base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <rapidjson/document.h>
#include <unordered_map>

namespace isoloss {

namespace {

constexpr std::size_t most_config_fields = 2000;

FilterValue number_or_nothing(const std::optional<double>& value) {
    if (!value) return {};
    return *value;
}

void flatten(const rapidjson::Value& value, const std::string& path,
             std::vector<std::pair<std::string, FilterValue>>& fields) {
    if (fields.size() >= most_config_fields) return;
    if (value.IsObject()) {
        for (const auto& member : value.GetObject()) {
            const std::string_view name = json_view(member.name);
            flatten(member.value, path.empty() ? std::string(name) : path + "." + std::string(name), fields);
        }
        return;
    }
    if (path.empty() || value.IsNull()) return;
    if (value.IsBool())
        fields.emplace_back(path, std::string(value.GetBool() ? "true" : "false"));
    else if (value.IsNumber())
        fields.emplace_back(path, value.GetDouble());
    else if (value.IsString())
        fields.emplace_back(path, std::string(json_view(value)));
    else
        fields.emplace_back(path, json_text(value));
}

bool is_last_part(std::string_view path, std::string_view name) {
    return path.size() > name.size() && path.ends_with(name) && path[path.size() - name.size() - 1] == '.';
}

} // namespace

Expected<std::shared_ptr<const RunFields>> RunFields::load(Reader& reader, TrashRule trash) {
    auto fields = std::make_shared<RunFields>();
    ISOLOSS_TRY(fields->runs_, reader.runs(trash));
    const std::size_t count = fields->runs_.size();
    fields->configs_.resize(count);
    fields->numbers_.resize(count);
    fields->parameters_.resize(count);
    std::unordered_map<RunId, std::size_t> row_of_run;
    for (std::size_t i = 0; i < count; ++i) {
        row_of_run[fields->runs_[i].id] = i;
        if (const auto config = parse_json(fields->runs_[i].config, "config"))
            flatten(*config, {}, fields->configs_[i]);
    }
    std::vector<std::map<std::uint32_t, Extremes>> collected(count);
    std::map<std::string, std::uint32_t, std::less<>> known;
    const auto intern = [&](std::string_view name, bool is_quantity) {
        if (const auto found = known.find(name); found != known.end()) return found->second;
        const auto number = static_cast<std::uint32_t>(fields->names_.size());
        fields->names_.emplace_back(name);
        fields->is_quantity_.push_back(is_quantity);
        known.emplace(name, number);
        return number;
    };
    ISOLOSS_TRY(const auto series, reader.series());
    for (const SeriesRecord& record : series)
        if (const auto row = row_of_run.find(record.run); row != row_of_run.end())
            collected[row->second][intern(record.name, false)] = {record.last, record.min, record.max};
    ISOLOSS_TRY(const auto checkpoints, reader.checkpoints());
    std::unordered_map<CheckpointId, const CheckpointRecord*> checkpoint_of;
    for (const CheckpointRecord& record : checkpoints) {
        checkpoint_of[record.id] = &record;
        if (const auto row = row_of_run.find(record.run); row != row_of_run.end() && record.parameter_count) {
            auto& parameters = fields->parameters_[row->second];
            parameters = std::max(parameters.value_or(0), static_cast<double>(*record.parameter_count));
        }
    }
    ISOLOSS_TRY(const auto values, reader.values());

    struct Last {
        int attempt = 0;
        std::int64_t step = 0;
    };

    std::vector<std::map<std::uint32_t, Last>> last_of(count);
    for (const ValueRecord& record : values) {
        const auto checkpoint = checkpoint_of.find(record.checkpoint);
        if (!record.value || checkpoint == checkpoint_of.end()) continue;
        const auto row = row_of_run.find(checkpoint->second->run);
        if (row == row_of_run.end()) continue;
        const std::uint32_t name = intern(record.quantity_key, true);
        // A checkpoint without a step is the run's last one.
        const Last here{checkpoint->second->attempt,
                        checkpoint->second->step.value_or(std::numeric_limits<std::int64_t>::max())};
        const auto [entry, is_new] =
            collected[row->second].try_emplace(name, Extremes{*record.value, *record.value, *record.value});
        Last& last = last_of[row->second][name];
        if (is_new) {
            last = here;
            continue;
        }
        entry->second.min = std::fmin(entry->second.min, *record.value);
        entry->second.max = std::fmax(entry->second.max, *record.value);
        if (std::pair(here.attempt, here.step) >= std::pair(last.attempt, last.step)) {
            last = here;
            entry->second.last = *record.value;
        }
    }
    for (std::size_t i = 0; i < count; ++i)
        fields->numbers_[i].assign(collected[i].begin(), collected[i].end());
    fields->index_.assign(known.begin(), known.end());
    return std::shared_ptr<const RunFields>(std::move(fields));
}

const RunFields::Extremes* RunFields::numbers(std::size_t run, std::string_view name) const {
    const auto found = std::lower_bound(index_.begin(), index_.end(), name,
                                        [](const auto& entry, std::string_view text) { return entry.first < text; });
    if (found == index_.end() || found->first != name) return nullptr;
    const auto& entries = numbers_[run];
    const auto entry = std::lower_bound(entries.begin(), entries.end(), found->second,
                                        [](const auto& e, std::uint32_t number) { return e.first < number; });
    return entry == entries.end() || entry->first != found->second ? nullptr : &entry->second;
}

FilterValue RunFields::builtin(std::size_t run, std::string_view name) const {
    const RunRecord& record = runs_[run];
    const auto flag = [](bool set) { return FilterValue(std::string(set ? "true" : "false")); };
    if (name == "name" || name == "run") return record.name;
    if (name == "group") return record.group.empty() ? FilterValue() : FilterValue(record.group);
    if (name == "status") return std::string(run_status_name(record.status));
    if (name == "tags" || name == "tag") return record.tags.empty() ? FilterValue() : FilterValue(record.tags);
    if (name == "notes") return record.notes.empty() ? FilterValue() : FilterValue(record.notes);
    if (name == "started") return number_or_nothing(record.started_at);
    if (name == "attempts") return static_cast<double>(record.attempts);
    if (name == "checkpoints") return static_cast<double>(record.checkpoint_count);
    if (name == "series") return static_cast<double>(record.series_count);
    if (name == "points") return static_cast<double>(record.point_count);
    if (name == "step") return record.last_step ? FilterValue(static_cast<double>(*record.last_step)) : FilterValue();
    if (name == "parameters") return number_or_nothing(parameters_[run]);
    if (name == "archived") return flag(record.archived);
    if (name == "pinned") return flag(record.pinned);
    if (name == "visible") return flag(record.visible);
    return {};
}

FilterValue RunFields::config(std::size_t run, std::string_view name) const {
    constexpr std::string_view prefix = "config.";
    const bool exact = name.starts_with(prefix);
    if (exact) name.remove_prefix(prefix.size());
    const auto& fields = configs_[run];
    for (const auto& [path, value] : fields)
        if (path == name) return value;
    if (exact) return {};
    for (const auto& [path, value] : fields)
        if (is_last_part(path, name)) return value;
    return {};
}

FilterValue RunFields::value(std::size_t run, std::string_view function, std::string_view name) const {
    if (function == "has") {
        const Filter::Name inner = run_column_name(name);
        const FilterValue found = value(run, inner.function, inner.name);
        return std::holds_alternative<std::monostate>(found) ? 0.0 : 1.0;
    }
    const Extremes* extremes = numbers(run, name);
    if (function == "last" || function == "min" || function == "max") {
        if (!extremes) return {};
        return function == "last" ? extremes->last : function == "min" ? extremes->min : extremes->max;
    }
    if (!function.empty()) return {};
    if (FilterValue found = builtin(run, name); !std::holds_alternative<std::monostate>(found)) return found;
    if (extremes) return extremes->last;
    return config(run, name);
}

std::vector<RunColumnChoice> RunFields::choices() const {
    std::vector<RunColumnChoice> result;
    const auto count = static_cast<std::int64_t>(runs_.size());
    for (const char* name :
         {"group", "status", "tags", "started", "attempts", "checkpoints", "series", "points", "step", "parameters"})
        result.push_back({name, "Run", count});
    std::map<std::string, std::int64_t, std::less<>> config_counts;
    for (const auto& fields : configs_)
        for (const auto& [path, value] : fields)
            ++config_counts[path];
    for (const auto& [path, runs] : config_counts)
        result.push_back({"config." + path, "Config", runs});
    std::vector<std::int64_t> counts(names_.size());
    for (const auto& entries : numbers_)
        for (const auto& [name, extremes] : entries)
            ++counts[name];
    for (const auto& [name, number] : index_) {
        if (is_quantity_[number]) {
            result.push_back({name, "Quantities", counts[number]});
            continue;
        }
        for (const char* function : {"last", "min", "max"})
            result.push_back({std::string(function) + "(" + name + ")", "Series", counts[number]});
    }
    return result;
}

Filter::Name run_column_name(std::string_view key) {
    const std::size_t open = key.find('(');
    if (open == std::string_view::npos || !key.ends_with(')')) return {{}, std::string(key)};
    const std::string_view function = key.substr(0, open);
    if (function != "last" && function != "min" && function != "max" && function != "has")
        return {{}, std::string(key)};
    return {std::string(function), std::string(key.substr(open + 1, key.size() - open - 2))};
}

RunTable make_run_table(const RunFields& fields, const Filter& filter, const std::vector<std::string>& keys) {
    RunTable table;
    table.total = fields.runs().size();
    std::vector<Filter::Name> names;
    for (const auto& key : keys) {
        names.push_back(run_column_name(key));
        constexpr std::string_view prefix = "config.";
        table.columns.push_back({key, key.starts_with(prefix) ? key.substr(prefix.size()) : key, {}});
    }
    for (std::size_t run = 0; run < fields.runs().size(); ++run) {
        const auto resolve = [&](std::string_view function, std::string_view name) {
            return fields.value(run, function, name);
        };
        if (!filter.matches(resolve)) continue;
        table.runs.push_back(fields.runs()[run]);
        for (std::size_t column = 0; column < names.size(); ++column)
            table.columns[column].cells.push_back(fields.value(run, names[column].function, names[column].name));
    }
    return table;
}

Expected<RunTable> load_run_table(Reader& reader, std::string_view filter, const std::vector<std::string>& keys) {
    ISOLOSS_TRY(const auto parsed, Filter::parse(filter));
    ISOLOSS_TRY(const auto fields, RunFields::load(reader, TrashRule::without_trash));
    return make_run_table(*fields, parsed, keys);
}

} // namespace isoloss
