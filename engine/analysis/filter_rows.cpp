#include "engine/analysis/filter_rows.h"

#include "engine/analysis/checkpoint_cells.h"
#include "engine/analysis/series_at_step.h"
#include "engine/base/number_text.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace isoloss {

namespace {

using Kind = ResolvedKey::Kind;

FilterValue value_or_nothing(std::optional<double> number) {
    return number ? FilterValue(*number) : FilterValue();
}

FilterValue text_or_nothing(std::string text) {
    return text.empty() ? FilterValue() : FilterValue(std::move(text));
}

FilterValue config_value(const ProjectIndex& index, std::size_t run, const std::string& field) {
    const auto found = index.config(run).find(field);
    if (found == index.config(run).end()) return {};
    if (const auto* number = std::get_if<double>(&found->second)) return *number;
    return std::get<std::string>(found->second);
}

// What the names of one filter stand for in runs and checkpoints. An error while reading is kept and ends the
// filtering.
class NameValues {
public:
    NameValues(Reader& reader, ProjectIndex& index) : reader_(reader), index_(index) {
        for (std::size_t i = 0; i < index.checkpoints().size(); ++i)
            checkpoints_of_[index.run_index(index.checkpoints()[i].run)].push_back(i);
    }

    Expected<void> prepare(const std::vector<Filter::Name>& names) {
        std::vector<QuantityId> quantities;
        for (const auto& [function, name, could_be_text] : names) {
            const std::string key = function == "mean" ? "mean(" + name + ")"
                                    : function == "at" ? split_arguments(name).front()
                                                       : name;
            auto resolved = index_.resolve(key);
            if (!resolved && !could_be_text) return fail(std::move(resolved).error());
            const ResolvedKey found = resolved ? std::move(*resolved) : ResolvedKey();
            quantities.insert(quantities.end(), found.quantities.begin(), found.quantities.end());
            keys_.insert_or_assign({function, name}, found);
        }
        ISOLOSS_TRY_VOID(index_.load_values(reader_, quantities));
        std::vector<std::size_t> all(index_.checkpoints().size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        for (const auto& [name, key] : keys_)
            if (name.first.empty() || name.first == "has" || name.first == "mean") {
                ISOLOSS_TRY(auto cells, cells_of(reader_, index_, key, all));
                cells_.insert_or_assign(name, std::move(cells));
            }
        return {};
    }

    FilterValue of_checkpoint(std::size_t checkpoint, std::string_view function, std::string_view name) {
        const Name key_name{std::string(function), std::string(name)};
        const ResolvedKey& key = keys_.at(key_name);
        const std::size_t run = index_.run_index(index_.checkpoints()[checkpoint].run);
        if (function == "has") return has(key, key_name, run, {checkpoint}) ? 1.0 : 0.0;
        if (!function.empty() && function != "mean") return aggregate(key, key_name, run);
        if (key.kind == Kind::config) return config_value(index_, run, key.name);
        if (key.kind == Kind::architecture || key.kind == Kind::path)
            return text_or_nothing(text_of(index_, key, checkpoint));
        if (is_text_key(index_, key)) return run_field(key.kind, index_.runs()[run]);
        return value_or_nothing(cells_.at(key_name)[checkpoint].value);
    }

    FilterValue of_run(std::size_t run, std::string_view function, std::string_view name) {
        const Name key_name{std::string(function), std::string(name)};
        const ResolvedKey& key = keys_.at(key_name);
        const RunRecord& record = index_.runs()[run];
        if (function == "has") return has(key, key_name, run, checkpoints_of_[run]) ? 1.0 : 0.0;
        if (!function.empty() && function != "mean") return aggregate(key, key_name, run);
        switch (key.kind) {
        case Kind::config:
            return config_value(index_, run, key.name);
        case Kind::attempt:
            return static_cast<double>(record.attempts);
        case Kind::step:
            return record.last_step ? FilterValue(static_cast<double>(*record.last_step))
                                    : last_of_checkpoints(run, key_name);
        case Kind::series: {
            const SeriesRecord* const series = index_.series_of(run, key.name);
            return series == nullptr || series->points == 0 ? FilterValue() : FilterValue(series->last);
        }
        case Kind::architecture:
        case Kind::path:
            for (const std::size_t checkpoint : checkpoints_of_[run])
                if (auto text = text_of(index_, key, checkpoint); !text.empty()) return text;
            return {};
        case Kind::tokens:
        case Kind::flops:
        case Kind::parameters:
        case Kind::quantity:
        case Kind::mean:
            return last_of_checkpoints(run, key_name);
        default:
            return run_field(key.kind, record);
        }
    }

    const std::optional<Error>& error() const { return error_; }

private:
    using Name = std::pair<std::string, std::string>; // function, argument

    static FilterValue run_field(Kind kind, const RunRecord& run) {
        switch (kind) {
        case Kind::run:
            return run.name;
        case Kind::group:
            return text_or_nothing(run.group);
        case Kind::status:
            return std::string(run_status_name(run.status));
        case Kind::tag:
            return run.tags;
        case Kind::notes:
            return text_or_nothing(run.notes);
        case Kind::archived:
            return std::string(run.archived ? "true" : "false");
        default:
            return {};
        }
    }

    FilterValue last_of_checkpoints(std::size_t run, const Name& name) const {
        FilterValue last;
        if (const auto checkpoints = checkpoints_of_.find(run); checkpoints != checkpoints_of_.end())
            for (const std::size_t checkpoint : checkpoints->second)
                if (const auto& cell = cells_.at(name)[checkpoint]; cell.value) last = *cell.value;
        return last;
    }

    bool has(const ResolvedKey& key, const Name& name, std::size_t run, const std::vector<std::size_t>& checkpoints) {
        if (key.kind == Kind::nothing) return false;
        if (key.kind == Kind::config) return index_.config(run).contains(key.name);
        if (key.kind == Kind::series) {
            const SeriesRecord* const series = index_.series_of(run, key.name);
            return series != nullptr && series->points > 0;
        }
        if (key.kind == Kind::tag) return !index_.runs()[run].tags.empty();
        if (is_text_key(index_, key))
            return std::any_of(checkpoints.begin(), checkpoints.end(),
                               [&](std::size_t checkpoint) { return !text_of(index_, key, checkpoint).empty(); });
        return std::any_of(checkpoints.begin(), checkpoints.end(),
                           [&](std::size_t checkpoint) { return cells_.at(name)[checkpoint].value.has_value(); });
    }

    // min, max, first, last, at of the run's series, else of the quantity over its checkpoints.
    FilterValue aggregate(const ResolvedKey& key, const Name& name, std::size_t run) {
        const auto cached = aggregates_.find({name, run});
        if (cached != aggregates_.end()) return cached->second;
        const std::vector<std::string> arguments = split_arguments(name.second);
        std::string series_name = arguments.front();
        if (series_name.starts_with("series:")) series_name.erase(0, 7);
        const SeriesRecord* const series = index_.series_of(run, series_name);
        FilterValue value;
        if (series != nullptr && series->points > 0) {
            auto read = of_series(*series, name.first, arguments);
            if (read)
                value = value_or_nothing(*read);
            else
                error_ = read.error();
        } else if (key.kind == Kind::quantity) {
            value = value_or_nothing(over_checkpoints(key.quantities.front(), run, name.first, arguments));
        }
        aggregates_.emplace(std::pair(name, run), value);
        return value;
    }

    Expected<std::optional<double>> of_series(const SeriesRecord& series, const std::string& function,
                                              const std::vector<std::string>& arguments) {
        if (function == "min" || function == "max") {
            const double extreme = function == "min" ? series.min : series.max;
            return std::isnan(extreme) ? std::nullopt : std::optional(extreme);
        }
        if (function == "last") return series.last;
        if (function == "first") return first_of_series(reader_, series);
        const auto step = static_cast<std::int64_t>(parse_double(arguments.back()).value_or(0));
        ISOLOSS_TRY(const auto values, series_at_steps(reader_, series, {{series.attempts, step}}));
        return values.front();
    }

    std::optional<double> over_checkpoints(QuantityId quantity, std::size_t run, const std::string& function,
                                           const std::vector<std::string>& arguments) const {
        std::optional<double> result;
        const auto checkpoints = checkpoints_of_.find(run);
        if (checkpoints == checkpoints_of_.end()) return result;
        for (const std::size_t checkpoint : checkpoints->second) {
            const ValueNumber* const value = index_.value(quantity, checkpoint);
            if (value == nullptr || !value->value) continue;
            const double number = *value->value;
            if (function == "at") {
                const auto step = index_.checkpoints()[checkpoint].step;
                if (step && static_cast<double>(*step) == parse_double(arguments.back())) result = number;
            } else if (!result || function == "last" || (function == "min" && number < *result) ||
                       (function == "max" && number > *result)) {
                result = number;
            }
        }
        return result;
    }

    Reader& reader_;
    ProjectIndex& index_;
    std::map<std::size_t, std::vector<std::size_t>> checkpoints_of_;
    std::map<Name, ResolvedKey> keys_;
    std::map<Name, std::vector<Cell>> cells_; // by checkpoint
    std::map<std::pair<Name, std::size_t>, FilterValue> aggregates_;
    std::optional<Error> error_;
};

using ValueOf = FilterValue (NameValues::*)(std::size_t, std::string_view, std::string_view);

Expected<std::vector<std::size_t>> matching(Reader& reader, ProjectIndex& index, const Filter& filter,
                                            std::size_t count, ValueOf value_of) {
    std::vector<std::size_t> rows(count);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    if (filter.empty()) return rows;
    NameValues values(reader, index);
    ISOLOSS_TRY_VOID(values.prepare(filter.names()));
    std::erase_if(rows, [&](std::size_t row) {
        return !filter.matches(
            [&](std::string_view function, std::string_view name) { return (values.*value_of)(row, function, name); });
    });
    if (values.error()) return fail(*values.error());
    return rows;
}

} // namespace

Expected<std::vector<std::size_t>> matching_runs(Reader& reader, ProjectIndex& index, const Filter& filter) {
    return matching(reader, index, filter, index.runs().size(), &NameValues::of_run);
}

Expected<std::vector<std::size_t>> matching_checkpoints(Reader& reader, ProjectIndex& index, const Filter& filter) {
    return matching(reader, index, filter, index.checkpoints().size(), &NameValues::of_checkpoint);
}

Expected<std::vector<RunId>> filter_runs(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const Filter parsed, Filter::parse(filter));
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader));
    ISOLOSS_TRY(const auto rows, matching_runs(reader, index, parsed));
    std::vector<RunId> runs;
    for (const std::size_t row : rows)
        runs.push_back(index.runs()[row].id);
    return runs;
}

Expected<std::vector<CheckpointId>> filter_checkpoints(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const Filter parsed, Filter::parse(filter));
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader));
    ISOLOSS_TRY(const auto rows, matching_checkpoints(reader, index, parsed));
    std::vector<CheckpointId> checkpoints;
    for (const std::size_t row : rows)
        checkpoints.push_back(index.checkpoints()[row].id);
    return checkpoints;
}

} // namespace isoloss
