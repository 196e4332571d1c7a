#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

class Reader;

/// A number of one checkpoint, or the reason why there is none.
struct Cell {
    std::optional<double> value;
    std::optional<double> standard_error;
    std::optional<std::int64_t> n;
    ValueId value_id;   ///< 0 when it is no stored value
    std::string reason; ///< "3 of 40 tasks missing", empty when simply not there
};

/// One column of the table: any quantity. See resolve_quantity for the keys.
struct QuantityColumn {
    std::string key;
    std::string title; ///< for axes: "loss [tinyshakespeare]"
    std::string unit;
    Direction direction = Direction::descriptive;
    bool is_text = false; ///< a text config field (for grouping and colours)
    std::vector<Cell> cells;
    std::vector<std::string> texts; ///< when is_text
    std::string note;               ///< "mean over 40 tasks; 2 dropped", shown beside the axis
};

/// Rows are checkpoints, columns are quantities: the one table behind the plane, the matrix, query and export.
struct CheckpointTable {
    std::vector<CheckpointRecord> checkpoints; ///< by run, attempt, step
    std::vector<RunRecord> runs;               ///< of each checkpoint's run, once
    std::vector<QuantityColumn> columns;

    const RunRecord* run_of(std::size_t row) const;
    const QuantityColumn* column(std::string_view key) const;
};

/// Reads the checkpoints that pass the filter (empty: all that are not in the trash) with these columns. Keys:
/// a stored quantity (`lambada_openai/acc`, `loss[tinyshakespeare]`; a bare metric key where only one data set has it),
/// `step`, `tokens`, `flops`, `parameters`, `run`, `group`, `config.lr` or a bare config field, `series:train/loss`
/// (value of a series at the checkpoint's step), `mean(PATTERN, …)` over stored quantities with `*` wildcards: tasks
/// that fewer than half of the checkpoints have are dropped and named, a checkpoint that lacks another one is
/// undefined.
Expected<CheckpointTable> load_checkpoint_table(Reader& reader, std::string_view filter,
                                                const std::vector<std::string>& keys);

/// Every key that load_checkpoint_table could answer, for menus and completion, most useful first.
struct QuantityChoice {
    std::string key;
    std::string title;
    std::string group; ///< "Measured", "Scores", "Means", "Config", "Series", "Checkpoint"
    std::int64_t checkpoints = 0;
};

Expected<std::vector<QuantityChoice>> quantity_choices(Reader& reader);

} // namespace isoloss
