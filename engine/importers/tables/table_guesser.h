#pragma once

#include "engine/importers/tables/table_guess.h"

#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Tries the shapes that are known, the surest first. Each of the functions answers whether the table has its shape,
/// and has then given its columns roles. Used by guess_table.
class TableGuesser {
public:
    explicit TableGuesser(const TableSample& sample);

    TableGuess guess();

private:
    struct Column {
        const ColumnSample* sample = nullptr;
        std::string name; ///< plain
        ColumnMapping mapping;
        std::string reason;
        bool decided = false;
    };

    using Test = bool (*)(std::string_view);

    // table_guess.cpp
    bool may_be_a_table() const;
    Column* find(Test test);
    Column* find_steps(Test test);
    void take(Column& column, ColumnRole role, std::string reason);
    bool any(Test test) const;
    void take_wall_time();
    void take_budget();
    void take_run_columns();
    void take_standard_errors();
    void take_rest(ColumnRole numeric, ColumnRole text);
    void take_steps_from_tokens();
    void forget();
    std::string refusal() const;

    // table_shapes.cpp: logs
    bool tensorboard_export();
    bool chart_export();
    bool evaluation_log();
    bool long_log();
    bool training_log();
    bool epoch_log();

    // table_shapes_models.cpp: results
    bool metrics_dicts();
    bool task_rows();
    bool models();
    bool numbered_runs();

    const TableSample& sample_;
    std::vector<Column> columns_;
    TableGuess guess_;
    TableMapping mapping_;
};

} // namespace isoloss
