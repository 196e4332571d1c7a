#pragma once

#include "engine/importers/name_template.h"
#include "engine/importers/source.h"
#include "engine/importers/tables/cell_number.h"
#include "engine/importers/tables/column_plan.h"
#include "engine/importers/tables/json_row.h"
#include "engine/importers/tables/table_plan.h"
#include "engine/importers/tables/table_rows.h"
#include "engine/importers/tables/table_run.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// Reads what is new in one table and hands it over run by run. A table that has only grown is read from where the
/// earlier import ended; one that was written anew is read from its beginning, and what is stored already is passed
/// over. One thread, one use.
class TableReader {
public:
    /// Borrows all. `run_name`: of the table's folder, relative to what the person named.
    TableReader(SourceContext& context, const InputFile& file, const TablePlan& plan, std::string run_name)
        : context_(context), file_(file), plan_(plan), mapping_(*plan.mapping), folder_name_(std::move(run_name)) {}

    Expected<void> read();

private:
    /// What a row says beside its metrics.
    struct RowFacts {
        std::optional<std::int64_t> step;
        StepFault step_fault = StepFault::missing;
        double wall_time = 0;
        std::optional<double> tokens, batch_tokens, flops, parameters;
        std::string run;
        std::string_view task, metric_name;
        std::vector<std::pair<const ColumnPlan*, TableCell>> facts; ///< config, groups and tags
        std::optional<int> shots;
        std::uint64_t line = 0;
    };

    struct Number {
        std::uint32_t column;
        double value;
    };

    enum class End { finished, again };

    // table_reader.cpp: the course of reading
    Expected<bool> begin();
    bool resume(const SourceRecord& known);
    Expected<End> read_rows();
    Expected<void> take_row(const TableRow& row);
    Expected<void> take_columns_of_runs(const TableRow& row);
    Expected<void> hand_over(TableRun& run);
    Expected<void> hand_over_all();
    Expected<TableRun*> run_of(std::string_view cells);
    std::string tail_hash(std::uint64_t offset) const;
    SourceRecord file_record() const;
    void refuse_row(const TableRow& row, const std::string& reason);
    void report();

    // table_names.cpp
    std::shared_ptr<const RunSubject> subject_of(const std::string& name) const;
    /// By the mapping; empty when the row names none.
    std::string name_of_run() const;
    std::string name_of_run(std::string_view cells) const;
    bool is_named_by_folder() const;

    // table_row.cpp: what rows mean
    void read_cells(const TableRow& row);
    void read_key_cell(const ColumnPlan& plan, const TableCell& cell);
    std::optional<double> number_of(ColumnPlan& plan, const TableCell& cell);
    void read_dict(const TableCell& cell);
    void find_step();
    std::uint32_t named_column(const std::string& series);
    void add_points(TableRun& run);
    void add_checkpoint(TableRun& run);
    Expected<void> add_model();
    ImportedCheckpoint checkpoint_of_row() const;
    ImportedValue imported_value(QuantityRecord quantity, double value, std::optional<double> error) const;
    QuantityRecord quantity_of(const ColumnPlan& plan) const;
    RunFacts facts_of_row() const;
    RunFacts hparams_beside() const;

    SourceContext& context_;
    const InputFile& file_;
    const TablePlan& plan_;
    const TableMapping& mapping_;
    std::string folder_name_;

    std::unique_ptr<TableRows> rows_;
    std::vector<ColumnPlan> plans_;
    SourceRecord record_;
    std::optional<NameTemplate> naming_;
    bool one_run_ = true; ///< the whole table is of one run
    bool columns_name_runs_ = false;
    bool resumed_ = false; ///< goes on where an earlier import ended
    bool grown_ = false;   ///< and there is more of it than there was
    std::string header_hash_;

    std::unordered_map<std::string, std::unique_ptr<TableRun>> runs_;
    std::vector<TableRun*> runs_in_order_; ///< as the table names them
    TableRun* latest_run_ = nullptr;
    std::string latest_cells_;
    std::size_t points_waiting_ = 0;

    RowFacts row_;
    std::string_view step_text_;
    std::optional<TableCell> dict_cell_;
    std::vector<Number> numbers_;                      ///< of the row at hand
    std::vector<std::pair<std::string, double>> dict_; ///< of the row at hand
    JsonRowParser python_dicts_{JsonRowParser::Notation::python}, json_dicts_;
    std::vector<TableCell> dict_cells_;

    std::uint64_t done_ = 0; ///< behind the last row that was taken
    std::uint64_t told_ = 0; ///< of done_, to progress
    std::uint64_t next_line_ = 1;
    std::int64_t row_number_ = 0;
    std::optional<std::uint64_t> open_row_; ///< the last row, taken without a line end: where it begins
    bool held_ = false;
    std::int64_t refused_ = 0;
    std::int64_t without_step_ = 0;
    std::int64_t bad_dicts_ = 0;
    std::string first_bad_dict_;
    std::unordered_map<std::string, std::shared_ptr<const RunSubject>> models_;
    std::int64_t repeated_models_ = 0;
    std::unordered_map<std::string, std::uint32_t> named_columns_; ///< series that rows name, as columns of their own
};

} // namespace isoloss
