// Shapes of tables whose rows are steps of runs.
#include "engine/importers/tables/column_words.h"
#include "engine/importers/tables/table_guesser.h"

#include <algorithm>
#include <regex>

namespace isoloss {

namespace words = column_words;

namespace {

constexpr std::string_view least = "__MIN", greatest = "__MAX";

// "<run> - <metric>": where the separator is. Metrics have none in their names, runs may.
std::size_t separator(std::string_view column) {
    const std::size_t at = column.rfind(" - ");
    return at == column.npos || at == 0 || at + 3 == column.size() ? column.npos : at;
}

} // namespace

// "Wall time,Step,Value"; the tag is in the file's name only.
bool TableGuesser::tensorboard_export() {
    if (columns_.size() != 3) return false;
    Column* time = find([](std::string_view name) { return name == "wall_time"; });
    Column* step = find([](std::string_view name) { return name == "step"; });
    Column* value = find([](std::string_view name) { return name == "value"; });
    if (time == nullptr || step == nullptr || value == nullptr || value->sample->texts > 0) return false;
    guess_.shape = "TensorBoard CSV export";
    take(*time, ColumnRole::wall_time, "by its name");
    take(*step, ColumnRole::step, "by its name");
    take(*value, ColumnRole::metric, "by its name");
    // As TensorBoard names its downloads; browsers number those of the same name.
    static const std::regex download("^run-(.*)-tag-(.*?)(?: ?\\([0-9]+\\))?$");
    const std::string stem = sample_.file.stem().string();
    std::smatch found;
    if (stem.size() < 500 && std::regex_match(stem, found, download)) {
        mapping_.run = {RunNaming::From::file, "^run-(.*)-tag-", "\\1", {}};
        value->mapping.name = found.str(2);
        guess_.reasons.push_back("run \"" + found.str(1) + "\" and series \"" + found.str(2) +
                                 "\" are read from the file's name");
    } else {
        mapping_.run.from = RunNaming::From::folder;
        value->mapping.name = stem;
        guess_.reasons.push_back("series \"" + stem + "\" is called after the file, its run after the folder");
    }
    return true;
}

// A step, then for each run and metric the value and its extremes.
bool TableGuesser::chart_export() {
    Column* step = find_steps(words::is_step);
    if (step == nullptr) return false;
    bool all_split = true, extremes = false;
    for (const Column& column : columns_) {
        if (&column == step) continue;
        all_split = all_split && separator(column.sample->name) != std::string::npos;
        extremes = extremes || column.sample->name.ends_with(least);
    }
    if (!all_split || (!extremes && step->sample->name != "Step")) return false;
    guess_.shape = "W&B chart export";
    take(*step, ColumnRole::step, "by its name");
    for (Column& column : columns_) {
        if (column.decided) continue;
        const std::string& name = column.sample->name;
        const std::size_t at = separator(name);
        const bool extreme = name.ends_with(least) || name.ends_with(greatest);
        const ColumnSample* value = extreme ? sample_.column(name.substr(0, name.size() - least.size())) : nullptr;
        if (value != nullptr && value->values == column.sample->values) {
            take(column, ColumnRole::ignored, "repeats \"" + value->name + "\" in the rows looked at");
            continue;
        }
        if (column.sample->texts > column.sample->numbers) {
            take(column, ColumnRole::ignored, "has texts, no numbers");
            continue;
        }
        take(column, ColumnRole::metric, "run and metric, by its name");
        column.mapping.run = name.substr(0, at);
        column.mapping.name = name.substr(at + 3);
    }
    guess_.reasons.emplace_back("each column names its run");
    const bool left_out = std::any_of(columns_.begin(), columns_.end(),
                                      [](const Column& column) { return column.reason.starts_with("repeats"); });
    if (left_out)
        guess_.reasons.emplace_back("__MIN and __MAX columns are left out where they repeat the value; a mapping can "
                                    "take them");
    return true;
}

// Losses and scores of evaluations along training ("eval/…"), with the tokens or steps that they belong to.
bool TableGuesser::evaluation_log() {
    const auto is_evaluation = [](std::string_view name) { return name.starts_with("eval/"); };
    const auto evaluations = std::count_if(columns_.begin(), columns_.end(), [&](const Column& column) {
        return is_evaluation(column.name) && column.sample->texts == 0;
    });
    if (evaluations < 2 && !(evaluations == 1 && any(words::is_sure_step))) return false;
    Column* step = find_steps(words::is_step);
    if (step == nullptr && !any(words::is_tokens)) return false;
    guess_.shape = "evaluations along training";
    mapping_.rows = RowKind::checkpoints;
    if (step != nullptr) {
        take(*step, ColumnRole::step, "by its name");
        guess_.reasons.push_back("step column: \"" + step->sample->name + "\", by its name");
    }
    take_wall_time();
    take_run_columns();
    for (Column& column : columns_)
        if (!column.decided && is_evaluation(column.name) && column.sample->texts == 0)
            take(column, ColumnRole::metric, "an evaluation, by its name");
    if (step == nullptr) take_steps_from_tokens();
    take_budget();
    for (Column& column : columns_)
        if (!column.decided && words::is_setting(column.name) && column.sample->is_numeric())
            take(column, ColumnRole::config, "a setting, by its name");
    take_rest(ColumnRole::series, ColumnRole::ignored);
    guess_.reasons.emplace_back(
        "every row is a checkpoint: columns under eval/ are its values, all numbers are series");
    return true;
}

// A step, the name of a metric, its value.
bool TableGuesser::long_log() {
    Column* step = find_steps(words::is_step);
    Column* name = find(words::is_metric_name);
    Column* value = find(words::is_metric_value);
    if (step == nullptr || name == nullptr || value == nullptr) return false;
    if (sample_.rows > 0 && (!name->sample->is_text() || !value->sample->is_numeric())) return false;
    guess_.shape = "log in long form";
    take(*step, ColumnRole::step, "by its name");
    take(*name, ColumnRole::metric_name, "by its name");
    take(*value, ColumnRole::metric_value, "by its name");
    take_wall_time();
    take_run_columns();
    for (Column& column : columns_)
        if (!column.decided) take(column, ColumnRole::ignored, "rows name their metric");
    return true;
}

bool TableGuesser::training_log() {
    Column* step = find_steps(words::is_sure_step);
    const bool sure = step != nullptr;
    if (!sure) step = find_steps(words::is_step);
    if (step == nullptr) return false;
    const bool training = std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
        return &column != step && (column.sample->texts == 0 || column.sample->numbers > 0) &&
               (words::is_training_quantity(column.name) || (columns_.size() == 2 && column.name == "value"));
    });
    const bool numbers = std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
        return &column != step && column.sample->is_numeric();
    });
    if (!training && !(sure && numbers)) return false;
    guess_.shape = "training log";
    take(*step, ColumnRole::step, "by its name");
    guess_.reasons.push_back("step column: \"" + step->sample->name + "\", by its name");
    take_wall_time();
    take_run_columns();
    take_budget();
    take_rest(ColumnRole::metric, ColumnRole::ignored);
    return true;
}

// As Keras writes it: epochs in front, and losses.
bool TableGuesser::epoch_log() {
    Column& first = columns_.front();
    if (find_steps(words::is_epoch) != &first) return false;
    const bool training = std::any_of(columns_.begin() + 1, columns_.end(), [](const Column& column) {
        return column.sample->texts == 0 && words::is_training_quantity(column.name);
    });
    if (!training) return false;
    guess_.shape = "log by epochs";
    take(first, ColumnRole::step, "epochs are taken as steps");
    guess_.reasons.push_back("step column: \"" + first.sample->name + "\"; epochs are taken as steps");
    take_wall_time();
    take_run_columns();
    take_rest(ColumnRole::metric, ColumnRole::ignored);
    return true;
}

} // namespace isoloss
