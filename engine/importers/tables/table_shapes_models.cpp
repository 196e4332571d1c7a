// Shapes of tables whose rows are results of models or of their checkpoints.
#include "engine/importers/tables/cell_number.h"
#include "engine/importers/tables/column_words.h"
#include "engine/importers/tables/table_guesser.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace isoloss {

namespace words = column_words;

namespace {

bool all_different(const ColumnSample& column) {
    const std::set<std::string_view> values(column.values.begin(), column.values.end());
    return values.size() == column.values.size();
}

} // namespace

// A cell with a dict of metrics for each run, step and task.
bool TableGuesser::metrics_dicts() {
    Column* metrics = find([](std::string_view name) { return name == "metrics"; });
    if (metrics == nullptr || (sample_.rows > 0 && !metrics->sample->is_text())) return false;
    for (const std::string& value : metrics->sample->values)
        if (!value.empty() && value.front() != '{') return false;
    Column* step = find_steps(words::is_checkpoint);
    Column* task = find(words::is_task);
    if (step == nullptr || task == nullptr) return false;
    guess_.shape = "evaluations with dicts of metrics";
    mapping_.rows = RowKind::checkpoints;
    take(*metrics, ColumnRole::metrics, "dicts of numbers");
    take(*step, ColumnRole::step, "by its name");
    take(*task, ColumnRole::task, "by its name");
    guess_.reasons.push_back("step column: \"" + step->sample->name + "\", by its name");
    take_run_columns();
    take_budget();
    for (Column& column : columns_)
        if (!column.decided)
            take(column, column.sample->is_empty() ? ColumnRole::ignored : ColumnRole::config,
                 "says something of the "
                 "run");
    return true;
}

// A task in each row, with its metrics in columns.
bool TableGuesser::task_rows() {
    Column* task = find(words::is_task);
    if (task == nullptr || (sample_.rows > 0 && !task->sample->is_text()) || !any(words::is_run)) return false;
    Column* step = find_steps(words::is_checkpoint);
    const bool scores = std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
        return column.sample->is_numeric() && words::is_training_quantity(column.name);
    });
    if (!scores) return false;
    guess_.shape = "scores of tasks";
    take(*task, ColumnRole::task, "by its name");
    mapping_.rows = step == nullptr ? RowKind::models : RowKind::checkpoints;
    if (step != nullptr) {
        take(*step, ColumnRole::step, "by its name");
        guess_.reasons.push_back("step column: \"" + step->sample->name + "\", by its name");
    } else {
        guess_.reasons.emplace_back("there is no step column: rows are the last checkpoints of their models");
    }
    take_run_columns();
    if (mapping_.run.from != RunNaming::From::column) return false;
    if (Column* shots = find_steps(words::is_shots)) take(*shots, ColumnRole::shots, "by its name");
    take_budget();
    take_standard_errors();
    take_rest(ColumnRole::metric, ColumnRole::config);
    return true;
}

// A model in each row: its size, its losses and scores.
bool TableGuesser::models() {
    Column* name = nullptr;
    for (Column& column : columns_) {
        if (!words::is_run(column.name) || (sample_.rows > 0 && !column.sample->is_text())) continue;
        if (!all_different(*column.sample)) continue;
        name = &column;
        break;
    }
    if (name == nullptr) return false;
    int scores = 0, sure = 0;
    for (const Column& column : columns_) {
        if (&column == name || column.sample->texts > 0) continue;
        if (words::is_parameters(column.name) || words::is_flops(column.name)) ++sure;
        if (!column_quantity(column.sample->name).subject.empty() || words::is_benchmark(column.name)) ++scores;
        if (words::is_training_quantity(column.name) && !words::is_setting(column.name)) ++scores;
    }
    if (sure + scores < 2 || scores < 1) return false;
    guess_.shape = "results of models";
    mapping_.rows = RowKind::models;
    take(*name, ColumnRole::run, "name of the model, by its name");
    mapping_.run.from = RunNaming::From::column;
    if (name->name == "model_json") { // names of evaluation files
        mapping_.run.match = "^(?:evaluation_)?(.*?)(?:_heavy|_medium|_light)?\\.json$";
        mapping_.run.run = "\\1";
    }
    guess_.reasons.push_back("a row is a model, called after \"" + name->sample->name +
                             "\"; its numbers are of its last "
                             "checkpoint");
    take_budget();
    take_standard_errors();
    take_rest(ColumnRole::metric, ColumnRole::config);
    return true;
}

// Runs that have numbers instead of names, over several tables: what was in their training data, or their losses.
bool TableGuesser::numbered_runs() {
    Column* index = find_steps([](std::string_view name) { return name == "index"; });
    if (index == nullptr || index != &columns_.front() || sample_.rows == 0 || !all_different(*index->sample))
        return false;
    bool shares = columns_.size() > 2;
    std::size_t losses = 0;
    std::vector<double> sums(sample_.rows);
    for (const Column& column : columns_) {
        if (&column == index) continue;
        const ColumnSample& sample = *column.sample;
        if (!sample.is_numeric()) return false;
        shares = shares && sample.least >= 0 && sample.greatest <= 1;
        if (direction_of_words(column.name) == Direction::down) ++losses;
        for (std::size_t row = 0; row < sums.size(); ++row)
            sums[row] += cell_number(sample.values[row]).value;
    }
    // Shares that are rounded to three digits still make about one.
    shares = shares && std::all_of(sums.begin(), sums.end(), [](double sum) { return std::abs(sum - 1) < 0.02; });
    if (!shares && losses + 1 < columns_.size()) return false;
    guess_.shape = shares ? "mixtures of training data" : "losses of numbered runs";
    mapping_.rows = RowKind::models;
    take(*index, ColumnRole::run, "number of the run, by its name");
    for (Column& column : columns_)
        if (!column.decided && shares)
            take(column, ColumnRole::config, "shares of one");
        else if (!column.decided)
            take(column, ColumnRole::metric, "a loss, by its name");
    // Tables of one study end alike: train_mixture_1m, train_pile_loss_1m.
    const std::string stem = sample_.file.stem().string();
    std::string prefix;
    for (const char c : stem.substr(stem.rfind('_') + 1))
        prefix += c == '\\' ? '/' : c;
    mapping_.run = {RunNaming::From::column, "^(.*)$", prefix + "-\\1", {}};
    guess_.reasons.push_back("runs are called after the end of the file's name and \"index\": " + prefix + "-" +
                             index->sample->values.front() +
                             "; tables beside this one that end alike are of the same "
                             "runs");
    return true;
}

} // namespace isoloss
