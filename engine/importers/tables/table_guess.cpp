#include "engine/importers/tables/table_guess.h"

#include "engine/importers/tables/column_words.h"
#include "engine/importers/tables/table_guesser.h"

#include <algorithm>

namespace isoloss {

namespace words = column_words;

TableGuess guess_table(const TableSample& sample) {
    return TableGuesser(sample).guess();
}

TableGuesser::TableGuesser(const TableSample& sample) : sample_(sample) {
    for (const ColumnSample& column : sample.columns) {
        Column& entry = columns_.emplace_back();
        entry.sample = &column;
        entry.name = words::plain(column.name);
        entry.mapping.column = column.name;
    }
}

// A vocabulary or a config on one line is no log, whatever its keys are called.
bool TableGuesser::may_be_a_table() const {
    constexpr std::ptrdiff_t most_keys = 2'000; // of the first row
    if (columns_.size() < 2) return false;
    if (!sample_.dialect.json_lines) return true;
    const std::string ending = sample_.file.extension().string();
    const auto keys = std::count_if(columns_.begin(), columns_.end(), [](const Column& column) {
        return !column.sample->values.empty() && !column.sample->values.front().empty();
    });
    return keys <= most_keys && (sample_.rows > 1 || ending == ".jsonl" || ending == ".ndjson");
}

TableGuess TableGuesser::guess() {
    using Shape = bool (TableGuesser::*)();
    bool found = false;
    for (const Shape shape :
         {&TableGuesser::tensorboard_export, &TableGuesser::chart_export, &TableGuesser::metrics_dicts,
          &TableGuesser::task_rows, &TableGuesser::evaluation_log, &TableGuesser::long_log, &TableGuesser::training_log,
          &TableGuesser::epoch_log, &TableGuesser::models, &TableGuesser::numbered_runs}) {
        forget();
        found = may_be_a_table() && (this->*shape)();
        if (found) break;
    }
    if (!found) {
        forget();
        guess_.refusal = refusal();
    }
    for (Column& column : columns_) {
        guess_.columns.push_back({column.sample->name, column.mapping.role,
                                  column.reason.empty() ? "is not known" : std::move(column.reason)});
        // JSON lines get a rule for keys that come later; those that are ignored must be named.
        if (column.mapping.role != ColumnRole::ignored || sample_.dialect.json_lines)
            mapping_.columns.push_back(std::move(column.mapping));
    }
    if (!found) return std::move(guess_);
    if (sample_.dialect.json_lines) mapping_.columns.emplace_back("*", ColumnRole::metric);
    guess_.mapping = std::move(mapping_);
    return std::move(guess_);
}

void TableGuesser::forget() {
    for (Column& column : columns_) {
        column.decided = false;
        column.reason.clear();
        column.mapping = ColumnMapping(column.sample->name);
    }
    guess_ = {};
    mapping_ = {};
}

std::string TableGuesser::refusal() const {
    if (columns_.size() < 2) return "it has only one column";
    for (const Column& column : columns_)
        if (words::is_checkpoint(column.name))
            return "it has a column \"" + column.sample->name +
                   "\", but nothing in it is surely a loss or a score of a run";
    for (const Column& column : columns_)
        if (words::is_run(column.name))
            return "it has a column \"" + column.sample->name +
                   "\", but nothing in it is surely a model's size, loss or score";
    return "no column is surely a step or the name of a model";
}

TableGuesser::Column* TableGuesser::find(Test test) {
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const Column& column) { return !column.decided && test(column.name); });
    return found == columns_.end() ? nullptr : &*found;
}

// A column of this name with integers, or with nothing yet; a few cells may be none.
TableGuesser::Column* TableGuesser::find_steps(Test test) {
    for (Column& column : columns_) {
        const ColumnSample& sample = *column.sample;
        const bool steps = sample.integers > 0 && 2 * sample.integers >= sample.numbers + sample.texts;
        if (!column.decided && test(column.name) && (steps || sample_.rows == 0)) return &column;
    }
    return nullptr;
}

void TableGuesser::take(Column& column, ColumnRole role, std::string reason) {
    column.decided = true;
    column.mapping.role = role;
    column.reason = std::move(reason);
}

bool TableGuesser::any(Test test) const {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const Column& column) { return !column.decided && test(column.name); });
}

// A name alone does not make a point in time: the numbers must be one after 1990, in some unit.
void TableGuesser::take_wall_time() {
    struct Range {
        double least, greatest;
        TimeUnit unit;
        const char* reason;
    };

    constexpr Range ranges[] = {{6.3e8, 5e9, TimeUnit::seconds, "by its name; seconds since 1970"},
                                {6.3e11, 5e12, TimeUnit::milliseconds, "by its name; milliseconds since 1970"},
                                {6.3e14, 5e15, TimeUnit::microseconds, "by its name; microseconds since 1970"},
                                {6.3e17, 5e18, TimeUnit::nanoseconds, "by its name; nanoseconds since 1970"}};
    for (Column& column : columns_) {
        if (column.decided || !words::is_wall_time(column.name)) continue;
        const ColumnSample& sample = *column.sample;
        for (const Range& range : ranges)
            if (sample.is_numeric() && sample.least >= range.least && sample.greatest <= range.greatest) {
                take(column, ColumnRole::wall_time, range.reason);
                column.mapping.unit = range.unit;
                return;
            }
        const auto is_date = [](const std::string& text) {
            return text.empty() || (text.size() >= 10 && text[4] == '-' && text[7] == '-');
        };
        if (sample.is_text() && std::all_of(sample.values.begin(), sample.values.end(), is_date)) {
            take(column, ColumnRole::wall_time, "by its name; a date");
            column.mapping.unit = TimeUnit::date;
            return;
        }
    }
}

// Tokens, FLOPs, parameters.
void TableGuesser::take_budget() {
    const auto take_number = [&](Test test, ColumnRole role, const char* reason) {
        Column* column = find(test);
        if (column == nullptr || column->sample->texts > 0) return;
        take(*column, role, reason);
        column->mapping.factor = words::factor(column->sample->name);
    };
    take_number(words::is_tokens, ColumnRole::tokens, "tokens, by its name");
    take_number(words::is_flops, ColumnRole::flops, "FLOPs, by its name");
    take_number(words::is_parameters, ColumnRole::parameters, "number of parameters, by its name");
}

// Columns that tell runs apart: a name, or the settings of a study.
void TableGuesser::take_run_columns() {
    for (Column& column : columns_) {
        if (column.decided || !column.sample->is_text() || !words::is_run(column.name)) continue;
        take(column, ColumnRole::run, "name of the run, by its name");
        mapping_.run.from = RunNaming::From::column;
        guess_.reasons.push_back("runs are told apart by \"" + column.sample->name + "\"");
        return;
    }
    std::string names;
    for (const char* setting : {"data", "params", "seed"}) {
        const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) {
            return !column.decided && column.name == setting && !column.sample->is_empty();
        });
        if (found == columns_.end()) continue;
        names += (names.empty() ? "" : ", ") + found->sample->name;
        take(*found, ColumnRole::run, "tells the runs of a study apart");
        mapping_.run.from = RunNaming::From::column;
    }
    if (!names.empty()) guess_.reasons.push_back("runs are told apart by " + names);
}

void TableGuesser::take_standard_errors() {
    for (Column& column : columns_) {
        const std::string& name = column.sample->name;
        constexpr std::string_view ending = "_stderr";
        if (column.decided || !name.ends_with(ending)) continue;
        const std::string metric = name.substr(0, name.size() - ending.size());
        if (sample_.column(metric) == nullptr) continue;
        take(column, ColumnRole::standard_error, "standard error of \"" + metric + "\", by its name");
        column.mapping.of = metric;
    }
}

// Whatever has no role yet. Numbers count only when the rows that were looked at have no text among them.
void TableGuesser::take_rest(ColumnRole numeric, ColumnRole text) {
    for (Column& column : columns_) {
        if (column.decided) continue;
        const ColumnSample& sample = *column.sample;
        if (words::is_epoch(column.name) && sample.texts == 0)
            take(column, ColumnRole::epoch, "by its name");
        else if (sample.is_numeric() && text == ColumnRole::config && words::is_setting(column.name))
            take(column, ColumnRole::config, "a setting, by its name");
        else if (sample.is_numeric())
            take(column, numeric, "has numbers");
        else if (sample.is_empty() && text != ColumnRole::config)
            take(column, numeric, "has no values in the rows looked at");
        else if (sample.is_empty())
            take(column, ColumnRole::ignored, "has no values in the rows looked at");
        else if (text != ColumnRole::config &&
                 (sample.numbers > sample.texts || (sample.numbers > 0 && words::is_training_quantity(column.name))))
            take(column, numeric, "has numbers, and some cells that are none");
        else
            take(column, text, text == ColumnRole::config ? "has texts" : "has texts, no numbers");
    }
}

// No step, but a number of tokens.
void TableGuesser::take_steps_from_tokens() {
    Column* batch = find(words::is_batch_tokens);
    if (batch != nullptr && batch->sample->is_numeric()) {
        take(*batch, ColumnRole::batch_tokens, "tokens per step, by its name");
        mapping_.step_from = StepFrom::tokens_by_batch;
        guess_.reasons.push_back("there is no step column: steps are tokens / \"" + batch->sample->name + "\"");
    } else if (sample_.complete && sample_.rows <= 1) {
        mapping_.step_from = StepFrom::none;
        guess_.reasons.push_back("one row and no step column: it is taken as the run's last checkpoint");
    } else {
        mapping_.step_from = StepFrom::tokens;
        guess_.reasons.push_back("there is no step column: the number of tokens is taken as the step");
    }
}

} // namespace isoloss
