#include "engine/analysis/run_cells.h"

#include "engine/analysis/checkpoint_cells.h"
#include "engine/analysis/series_at_step.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

using Kind = ResolvedKey::Kind;
using Cells = std::vector<FilterValue>;

FilterValue value_or_nothing(std::optional<double> number) {
    return number ? FilterValue(*number) : FilterValue();
}

FilterValue text_or_nothing(const std::string& text) {
    return text.empty() ? FilterValue() : FilterValue(text);
}

// The call `at(S, 1000)` in parts. The step is the last argument: names of series may have commas.
struct SeriesAtStep {
    std::string series;
    std::int64_t step = 0;
};

Expected<SeriesAtStep> series_at_step(std::string_view arguments) {
    const std::size_t comma = arguments.rfind(',');
    const auto step = comma == arguments.npos ? std::nullopt : filter_step(split_arguments(arguments).back());
    if (!step)
        return fail(ErrorKind::usage, "“at(" + std::string(arguments) + ")” names no step",
                    "The form is at(SERIES, STEP), with a whole number");
    return SeriesAtStep{std::string(arguments.substr(0, comma)), *step};
}

// The last checkpoint of a run that has a number there.
Expected<Cells> last_of_checkpoints(Reader& reader, ProjectIndex& index, const ResolvedKey& key) {
    ISOLOSS_TRY_VOID(index.load_values(reader, key.quantities));
    std::vector<std::size_t> all(index.checkpoints().size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    ISOLOSS_TRY(const auto cells, cells_of(reader, index, key, all));
    Cells last(index.runs().size());
    for (const std::size_t checkpoint : all)
        if (cells[checkpoint].value) last[index.run_of(checkpoint)] = *cells[checkpoint].value;
    return last;
}

Expected<Cells> first_text_of_checkpoints(Reader& reader, ProjectIndex& index, const ResolvedKey& key) {
    ISOLOSS_TRY_VOID(index.load_checkpoints(reader));
    Cells texts(index.runs().size());
    for (std::size_t i = 0; i < index.checkpoints().size(); ++i)
        if (FilterValue& text = texts[index.run_of(i)]; std::holds_alternative<std::monostate>(text))
            text = text_or_nothing(text_of(index, key, i));
    return texts;
}

Expected<Cells> plain_cells(Reader& reader, ProjectIndex& index, const ResolvedKey& key) {
    Cells cells(index.runs().size());
    switch (key.kind) {
    case Kind::nothing:
        return cells;
    case Kind::config:
        if (const ConfigColumns::Column* const column = index.configs().column(key.name))
            for (const auto& [run, value] : *column)
                cells[run] = filter_value(value);
        return cells;
    case Kind::attempt:
        for (std::size_t run = 0; run < cells.size(); ++run)
            cells[run] = run_field(Kind::attempts, index.runs()[run]);
        return cells;
    case Kind::step: {
        ISOLOSS_TRY(cells, last_of_checkpoints(reader, index, key));
        for (std::size_t run = 0; run < cells.size(); ++run)
            if (const auto step = index.runs()[run].last_step) cells[run] = static_cast<double>(*step);
        return cells;
    }
    case Kind::series: {
        ISOLOSS_TRY(const SeriesColumn* const series, index.series(reader, key.name));
        for (std::size_t run = 0; series != nullptr && run < cells.size(); ++run)
            if (const auto* record = series->of_run(run); record != nullptr && record->points > 0)
                cells[run] = record->last;
        return cells;
    }
    case Kind::architecture:
    case Kind::path:
        return first_text_of_checkpoints(reader, index, key);
    case Kind::tokens:
    case Kind::flops:
    case Kind::parameters:
    case Kind::quantity:
    case Kind::mean:
        return last_of_checkpoints(reader, index, key);
    default:
        for (std::size_t run = 0; run < cells.size(); ++run)
            cells[run] = run_field(key.kind, index.runs()[run]);
        return cells;
    }
}

Expected<std::optional<double>> of_series(Reader& reader, const SeriesRecord& series, std::string_view function,
                                          std::int64_t step) {
    if (function == "min" || function == "max") {
        const double extreme = function == "min" ? series.min : series.max;
        return std::isnan(extreme) ? std::nullopt : std::optional(extreme);
    }
    if (function == "last") return series.last;
    if (function == "first") return first_of_series(reader, series);
    ISOLOSS_TRY(const auto values, series_at_steps(reader, series, {{series.attempts, step}}));
    return values.front();
}

// Extremes are over finite values, as those of a series.
std::vector<std::optional<double>> over_checkpoints(const ProjectIndex& index, QuantityId quantity,
                                                    std::string_view function, std::int64_t step) {
    std::vector<std::optional<double>> results(index.runs().size());
    for (std::size_t checkpoint = 0; checkpoint < index.checkpoints().size(); ++checkpoint) {
        const ValueNumber* const value = index.value(quantity, checkpoint);
        if (value == nullptr || !value->value) continue;
        std::optional<double>& result = results[index.run_of(checkpoint)];
        const double number = *value->value;
        if (function == "at") {
            if (index.checkpoints()[checkpoint].step == step) result = number;
        } else if (function == "first" || function == "last") {
            if (!result || function == "last") result = number;
        } else if (std::isfinite(number)) {
            result = !result ? number : function == "min" ? std::min(*result, number) : std::max(*result, number);
        }
    }
    return results;
}

// min, max, first, last, at: of the run's series, or where it has none of that name, of the quantity over its
// checkpoints.
Expected<Cells> aggregated_cells(Reader& reader, ProjectIndex& index, const Filter::Name& name) {
    SeriesAtStep what{name.name};
    if (name.function == "at") {
        ISOLOSS_TRY(what, series_at_step(name.name));
    }
    const bool series_only = what.series.starts_with("series:");
    if (series_only) what.series.erase(0, 7);
    ISOLOSS_TRY(const SeriesColumn* const series, index.series(reader, what.series));
    std::vector<std::optional<double>> numbers(index.runs().size());
    if (auto quantity = index.find_quantity(what.series); quantity && *quantity && !series_only) {
        ISOLOSS_TRY_VOID(index.load_values(reader, {**quantity}));
        numbers = over_checkpoints(index, **quantity, name.function, what.step);
    } else if (!quantity && series == nullptr) {
        return fail(std::move(quantity).error());
    }
    Cells cells(numbers.size());
    for (std::size_t run = 0; run < cells.size(); ++run) {
        const SeriesRecord* const record = series == nullptr ? nullptr : series->of_run(run);
        if (record != nullptr && record->points > 0) {
            ISOLOSS_TRY(numbers[run], of_series(reader, *record, name.function, what.step));
        }
        cells[run] = value_or_nothing(numbers[run]);
    }
    return cells;
}

} // namespace

FilterValue run_field(Kind kind, const RunRecord& run) {
    const auto flag = [](bool set) { return FilterValue(std::string(set ? "true" : "false")); };
    const auto count = [](auto number) { return FilterValue(static_cast<double>(number)); };
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
    case Kind::started:
        return value_or_nothing(run.started_at);
    case Kind::attempts:
        return count(run.attempts);
    case Kind::checkpoints:
        return count(run.checkpoint_count);
    case Kind::series_count:
        return count(run.series_count);
    case Kind::points:
        return count(run.point_count);
    case Kind::archived:
        return flag(run.archived);
    case Kind::pinned:
        return flag(run.pinned);
    case Kind::visible:
        return flag(run.visible);
    default:
        return {};
    }
}

FilterValue filter_value(const ConfigValue& value) {
    return std::visit([](const auto& one) { return FilterValue(one); }, value);
}

std::string key_of_name(const Filter::Name& name) {
    if (name.function == "mean") return "mean(" + name.name + ")";
    if (name.function == "at") return name.name.substr(0, name.name.rfind(','));
    return name.name;
}

Expected<Cells> run_cells(Reader& reader, ProjectIndex& index, const Filter::Name& name) {
    if (name.function == "has") {
        const auto open = name.name.find('(');
        const bool call = open != name.name.npos && name.name.ends_with(')');
        Filter::Name inner{{}, name.name};
        if (call) inner = {name.name.substr(0, open), name.name.substr(open + 1, name.name.size() - open - 2)};
        ISOLOSS_TRY(Cells cells, run_cells(reader, index, inner));
        for (FilterValue& cell : cells) {
            const auto* texts = std::get_if<std::vector<std::string>>(&cell);
            cell = std::holds_alternative<std::monostate>(cell) || (texts != nullptr && texts->empty()) ? 0.0 : 1.0;
        }
        return cells;
    }
    if (name.function.empty() || name.function == "mean") {
        ISOLOSS_TRY(const ResolvedKey key, index.resolve(reader, key_of_name(name)));
        return plain_cells(reader, index, key);
    }
    return aggregated_cells(reader, index, name);
}

} // namespace isoloss
