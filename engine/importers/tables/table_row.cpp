// What the cells of a row mean: its step and run, its numbers, the checkpoint or model that it is.
#include "engine/base/date_text.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/base/yaml_json.h"
#include "engine/importers/tables/cell_number.h"
#include "engine/importers/tables/column_words.h"
#include "engine/importers/tables/table_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

bool is_number(CellKind kind) {
    return kind == CellKind::number || kind == CellKind::overflow;
}

std::optional<double> positive(double value) {
    return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

// The way of nearly all cells: digits and nothing else that would need a rule.
bool read_plain_number(const TableCell& cell, double& value) {
    const std::string_view text = cell.text;
    const std::size_t first = !text.empty() && text.front() == '-' ? 1 : 0;
    if (first == text.size() || text[first] < '0' || text[first] > '9' || cell.form > TableCell::Form::number)
        return false;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

double wall_time_of(const TableCell& cell, TimeUnit unit) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    if (unit == TimeUnit::date) {
        const std::string date(without_spaces(cell.text));
        return parse_date(date.size() == 10 ? date + " 00:00:00" : date).value_or(none);
    }
    const CellNumber number = cell_number(cell.text);
    if (number.kind != CellKind::number || !std::isfinite(number.value)) return none;
    constexpr double units_per_second[] = {1, 1e3, 1e6, 1e9};
    return number.value / units_per_second[static_cast<std::size_t>(unit)];
}

// A cell of a run's config: numbers and truths stay what they are.
std::string config_value(const TableCell& cell) {
    const std::string_view text = without_spaces(cell.text);
    if (cell.form == TableCell::Form::literal) return std::string(text);
    const CellNumber number = cell.form == TableCell::Form::text ? CellNumber{CellKind::text} : cell_number(text);
    if (number.kind == CellKind::number) {
        const auto integer = parse_int(text);
        return integer ? number_text(*integer) : number_text(number.value);
    }
    return json_quote(valid_utf8(text));
}

} // namespace

std::optional<double> TableReader::number_of(ColumnPlan& plan, const TableCell& cell) {
    CellNumber number = cell_number(cell.text);
    using Form = TableCell::Form;
    // A JSON string is a number only where JSON has none: "NaN", "Infinity".
    const bool quoted_number = cell.form == Form::text && is_number(number.kind) && std::isfinite(number.value);
    if (quoted_number || cell.form == Form::literal || cell.form == Form::other) number.kind = CellKind::text;
    if (number.kind == CellKind::missing) return std::nullopt;
    if (number.kind == CellKind::text) {
        if (plan.not_numbers++ == 0)
            plan.first_not_number =
                "\"" + valid_utf8(cell.text.substr(0, 40)) + "\" in line " + std::to_string(row_.line);
        return std::nullopt;
    }
    if (number.kind == CellKind::overflow) ++plan.overflows;
    ++plan.numbers;
    return number.value;
}

void TableReader::read_key_cell(const ColumnPlan& plan, const TableCell& cell) {
    switch (plan.role) {
    case ColumnRole::step: {
        const CellStep step = cell.form == TableCell::Form::plain || cell.form == TableCell::Form::number
                                  ? cell_step(cell.text)
                                  : CellStep{0, StepFault::text};
        row_.step_fault = step.fault;
        if (step.fault == StepFault::none) row_.step = step.step;
        step_text_ = cell.text;
        break;
    }
    case ColumnRole::wall_time:
        row_.wall_time = wall_time_of(cell, plan.unit);
        break;
    case ColumnRole::run: {
        const std::string_view text = without_spaces(cell.text);
        if (text.empty()) break;
        if (!row_.run.empty()) row_.run += '-';
        row_.run += valid_utf8(text);
        break;
    }
    case ColumnRole::task:
        row_.task = without_spaces(cell.text);
        break;
    case ColumnRole::metric_name:
        row_.metric_name = without_spaces(cell.text);
        break;
    case ColumnRole::shots:
        if (const CellStep shots = cell_step(cell.text);
            shots.fault == StepFault::none && shots.step >= 0 && shots.step <= 100'000)
            row_.shots = static_cast<int>(shots.step);
        break;
    case ColumnRole::metrics:
        dict_cell_ = cell;
        break;
    default:
        if (!without_spaces(cell.text).empty()) row_.facts.emplace_back(&plan, cell);
        break;
    }
}

void TableReader::read_cells(const TableRow& row) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    row_.step.reset();
    row_.step_fault = StepFault::missing;
    row_.wall_time = none;
    row_.tokens = row_.batch_tokens = row_.flops = row_.parameters = std::nullopt;
    row_.run.clear();
    row_.task = row_.metric_name = {};
    row_.shots.reset();
    row_.facts.clear();
    row_.line = row.line;
    numbers_.clear();
    dict_.clear();
    dict_cell_.reset();
    for (const TableCell& cell : row.cells) {
        ColumnPlan& plan = plans_[cell.column];
        switch (plan.role) {
        case ColumnRole::ignored:
            break;
        case ColumnRole::metric:
        case ColumnRole::series:
        case ColumnRole::epoch:
        case ColumnRole::standard_error:
        case ColumnRole::metric_value:
            if (double value = 0; read_plain_number(cell, value)) {
                ++plan.numbers;
                numbers_.push_back({cell.column, value});
            } else if (const auto other = number_of(plan, cell)) {
                numbers_.push_back({cell.column, *other});
            }
            break;
        case ColumnRole::tokens:
        case ColumnRole::flops:
        case ColumnRole::parameters:
        case ColumnRole::batch_tokens:
            if (const auto value = number_of(plan, cell)) {
                const auto amount = positive(*value * plan.factor);
                if (plan.role == ColumnRole::tokens) row_.tokens = amount;
                if (plan.role == ColumnRole::flops) row_.flops = amount;
                if (plan.role == ColumnRole::parameters) row_.parameters = amount;
                if (plan.role == ColumnRole::batch_tokens) {
                    row_.batch_tokens = amount;
                    row_.facts.emplace_back(&plan, cell);
                }
                numbers_.push_back({cell.column, *value});
            }
            break;
        default:
            read_key_cell(plan, cell);
            break;
        }
    }
    if (dict_cell_) read_dict(*dict_cell_);
}

// As Python prints a dict, else as JSON; members that are no numbers are left out.
void TableReader::read_dict(const TableCell& cell) {
    const std::string_view text = without_spaces(cell.text);
    if (text.empty()) return;
    std::string fault;
    JsonRowParser* parser = &python_dicts_;
    if (!parser->parse(text, dict_cells_, fault)) {
        parser = &json_dicts_;
        std::string unused;
        if (!parser->parse(text, dict_cells_, unused)) {
            if (bad_dicts_++ == 0) first_bad_dict_ = "line " + std::to_string(row_.line) + ": the dict " + fault;
            return;
        }
    }
    for (const TableCell& entry : dict_cells_) {
        const CellNumber number = cell_number(entry.text);
        if (entry.form == TableCell::Form::number && is_number(number.kind))
            dict_.emplace_back(parser->keys()[entry.column], number.value);
    }
}

void TableReader::find_step() {
    const auto integer = [&](std::optional<double> value, std::string_view what) {
        constexpr double exact = 9007199254740992.0; // 2^53
        row_.step.reset();
        step_text_ = what;
        row_.step_fault = !value                         ? StepFault::missing
                          : *value > exact               ? StepFault::range
                          : *value != std::floor(*value) ? StepFault::fraction
                                                         : StepFault::none;
        if (row_.step_fault == StepFault::none) row_.step = static_cast<std::int64_t>(*value);
    };
    switch (mapping_.step_from) {
    case StepFrom::column:
        break;
    case StepFrom::tokens:
        integer(row_.tokens, "number of tokens");
        break;
    case StepFrom::tokens_by_batch:
        integer(row_.tokens && row_.batch_tokens && *row_.batch_tokens > 0
                    ? std::optional(*row_.tokens / *row_.batch_tokens)
                    : std::nullopt,
                "tokens / tokens per step");
        break;
    case StepFrom::row:
        row_.step = row_number_;
        row_.step_fault = StepFault::none;
        break;
    case StepFrom::none:
        row_.step.reset();
        row_.step_fault = StepFault::none;
        break;
    }
}

std::uint32_t TableReader::named_column(const std::string& series) {
    const auto number = static_cast<std::uint32_t>(most_table_columns + named_columns_.size());
    return named_columns_.emplace(series, number).first->second;
}

QuantityRecord TableReader::quantity_of(const ColumnPlan& plan) const {
    if (plan.role == ColumnRole::metric_value) return column_quantity(row_.metric_name);
    return row_.task.empty() ? plan.quantity : task_quantity(valid_utf8(row_.task), plan.series, row_.shots);
}

void TableReader::add_points(TableRun& run) {
    if (!row_.step) return;
    const bool rows_name_series = !row_.task.empty();
    for (const Number& number : numbers_) {
        const ColumnPlan& plan = plans_[number.column];
        if (plan.role == ColumnRole::metric_value) {
            const std::string series = valid_utf8(row_.metric_name);
            run.add_point(named_column(series), series, *row_.step, row_.wall_time, number.value);
        } else if (is_series(plan.role) && rows_name_series && plan.role == ColumnRole::metric) {
            const std::string series = quantity_of(plan).key;
            run.add_point(named_column(series), series, *row_.step, row_.wall_time, number.value);
        } else if (is_series(plan.role) && !rows_name_series) {
            run.add_point(number.column, plan.series, *row_.step, row_.wall_time, number.value);
        }
    }
    for (const auto& [metric, value] : dict_) {
        const std::string series = task_quantity(valid_utf8(row_.task), metric, row_.shots).key;
        run.add_point(named_column(series), series, *row_.step, row_.wall_time, value);
    }
}

ImportedValue TableReader::imported_value(QuantityRecord quantity, double value, std::optional<double> error) const {
    ImportedValue imported;
    imported.quantity = std::move(quantity);
    imported.value.value = value;
    imported.value.standard_error = error;
    imported.value.recorded_at = std::isfinite(row_.wall_time) ? row_.wall_time : record_.modified;
    imported.value.provenance =
        "{\"file\":" + json_quote(record_.path) + ",\"place\":\"line " + std::to_string(row_.line) + "\"}";
    return imported;
}

ImportedCheckpoint TableReader::checkpoint_of_row() const {
    ImportedCheckpoint checkpoint;
    checkpoint.step = row_.step;
    checkpoint.details.tokens = row_.tokens;
    checkpoint.details.flops = row_.flops;
    if (row_.tokens) checkpoint.details.tokens_source = "logged";
    if (row_.flops) checkpoint.details.flops_source = "logged";
    if (row_.parameters && *row_.parameters < 1e18) checkpoint.details.parameter_count = std::llround(*row_.parameters);
    const auto error_of = [&](const ColumnPlan& plan) -> std::optional<double> {
        const auto error = std::find_if(numbers_.begin(), numbers_.end(),
                                        [&](const Number& number) { return number.column == plan.error; });
        return error == numbers_.end() ? std::nullopt : std::optional(error->value);
    };
    for (const Number& number : numbers_) {
        const ColumnPlan& plan = plans_[number.column];
        if (plan.role == ColumnRole::metric || plan.role == ColumnRole::metric_value)
            checkpoint.values.push_back(imported_value(quantity_of(plan), number.value, error_of(plan)));
    }
    for (const auto& [metric, value] : dict_)
        checkpoint.values.push_back(
            imported_value(task_quantity(valid_utf8(row_.task), metric, row_.shots), value, std::nullopt));
    return checkpoint;
}

// A row without a value is a step of a log between evaluations.
void TableReader::add_checkpoint(TableRun& run) {
    ImportedCheckpoint checkpoint = checkpoint_of_row();
    if (!checkpoint.values.empty()) run.add_checkpoint(std::move(checkpoint));
}

RunFacts TableReader::facts_of_row() const {
    RunFacts facts;
    std::string config;
    for (const auto& [plan, cell] : row_.facts) {
        if (plan->role == ColumnRole::group)
            facts.group = valid_utf8(without_spaces(cell.text));
        else if (plan->role == ColumnRole::tag)
            facts.tags.push_back(valid_utf8(without_spaces(cell.text)));
        else
            config += (config.empty() ? "" : ",") + json_quote(plan->column) + ":" + config_value(cell);
    }
    if (!config.empty()) facts.config = "{" + config + "}";
    return facts;
}

// Lightning writes a run's hyperparameters beside its metrics.csv.
RunFacts TableReader::hparams_beside() const {
    RunFacts facts;
    const std::filesystem::path path = file_.path().parent_path() / "hparams.yaml";
    std::error_code error;
    if (!is_named_by_folder() || !std::filesystem::is_regular_file(path, error)) return facts;
    const auto document = read_yaml_file(path);
    if (!document)
        context_.skip(document.error());
    else if (document->IsObject() && document->MemberCount() > 0)
        facts.config = json_text(*document);
    return facts;
}

Expected<void> TableReader::add_model() {
    const std::string name = name_of_run();
    std::shared_ptr<const RunSubject>& subject = models_[name];
    const bool repeated = subject != nullptr && row_.task.empty();
    if (!subject) subject = subject_of(name);
    RunPart part;
    part.run = subject;
    if (RunFacts facts = facts_of_row(); !facts.empty()) part.facts.push_back(std::move(facts));
    row_.step.reset();
    if (const auto ruled = apply_run_rules(context_.options().mapping.runs, name)) row_.step = ruled->step;
    ImportedCheckpoint checkpoint = checkpoint_of_row();
    if (repeated) {
        ++repeated_models_;
        for (ImportedValue& value : checkpoint.values)
            value.value.variant = "line " + std::to_string(row_.line);
    }
    if (!checkpoint.values.empty()) part.checkpoints.push_back(std::move(checkpoint));
    return context_.take(std::move(part));
}

} // namespace isoloss
