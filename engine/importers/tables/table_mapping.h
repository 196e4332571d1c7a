#pragma once

#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// What a column of a table is.
enum class ColumnRole {
    ignored,
    step,
    wall_time,      ///< a point in time; relative seconds are a metric
    epoch,          ///< kept as a series
    tokens,         ///< seen so far, or trained on; kept as a series as well
    flops,          ///< spent so far; kept as a series as well
    batch_tokens,   ///< tokens per step: gives the step where there is only a number of tokens; config of the run
    parameters,     ///< of the model
    run,            ///< name of the run; several columns are joined with "-"
    group,          ///< of the run
    task,           ///< of the metrics in the row
    shots,          ///< of the metrics in the row
    metric,         ///< a number with the column's name
    series,         ///< a number that is drawn but is no result: no value of a checkpoint
    standard_error, ///< of the metric that the mapping names
    metric_name,    ///< long form: what the number in the row is
    metric_value,   ///< long form: the number
    metrics,        ///< a dict of numbers, as JSON or as Python prints it
    config,
    tag,
};

/// What a row of a table is.
enum class RowKind {
    points,      ///< a step of a run: points of series
    checkpoints, ///< an evaluation of a run at a step: values of a checkpoint, and points of series
    models,      ///< a trained model: values of its last checkpoint, and config
};

enum class TimeUnit { seconds, milliseconds, microseconds, nanoseconds, date };

struct ColumnMapping {
    ColumnMapping() = default;

    explicit ColumnMapping(std::string name_or_pattern, ColumnRole column_role = ColumnRole::ignored)
        : column(std::move(name_or_pattern)), role(column_role) {}

    std::string column; ///< its name; * stands for any characters
    ColumnRole role = ColumnRole::ignored;
    double factor = 1;                  ///< of tokens, FLOPs and parameters: 1e21 for "FLOPs (1E21)"
    TimeUnit unit = TimeUnit::seconds;  ///< of wall times
    std::string name;                   ///< of the series and the quantity, instead of the column's
    std::string of;                     ///< of a standard error: the column of its metric
    std::string run;                    ///< of a metric whose column belongs to one run
    std::optional<Direction> direction; ///< instead of the one that the name implies
};

/// Where the name of a row's run comes from. `match` and `run` make a name from that text: a regular expression
/// (ECMAScript) that must be found in it, and the name with \1 … \9 for its captures. Without a match the text is the
/// name.
struct RunNaming {
    enum class From { file, folder, path, column, fixed };

    From from = From::file;
    std::string match;
    std::string run;
    std::string fixed;
};

/// Where the step comes from.
enum class StepFrom {
    column,
    tokens,          ///< the number of tokens is taken as the step
    tokens_by_batch, ///< tokens / batch_tokens, where that is an integer
    row,             ///< the number of the row, from 0
    none,            ///< rows are last checkpoints
};

/// How a table is read: what its rows and columns are, and which tables it is for (packaging/docs/mappings.md).
struct TableMapping {
    std::string name;
    std::string files;               ///< pattern with * and ? for the file's name; empty for any
    std::vector<std::string> header; ///< columns that must be there; empty for those that `columns` names in full
    std::optional<char> delimiter;
    RowKind rows = RowKind::points;
    RunNaming run;
    StepFrom step_from = StepFrom::column;
    std::vector<ColumnMapping> columns; ///< the first that fits a column decides; others are ignored

    bool applies_to(std::string_view file_name, const std::vector<std::string>& table_columns) const;
    /// Nothing: the column is ignored.
    const ColumnMapping* of(std::string_view column) const;
};

std::string_view column_role_name(ColumnRole role);
std::optional<ColumnRole> column_role(std::string_view name);
std::string_view row_kind_name(RowKind kind);
std::string_view time_unit_name(TimeUnit unit);
std::string_view step_from_name(StepFrom from);
std::string_view run_naming_name(RunNaming::From from);

/// Whether a text fits a pattern with * (any characters) and ? (one character); upper and lower case differ.
bool fits_pattern(std::string_view text, std::string_view pattern);

} // namespace isoloss
