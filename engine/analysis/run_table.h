#pragma once

#include "engine/analysis/filter_columns.h"
#include "engine/analysis/project_index.h"
#include "engine/base/error.h"
#include "engine/store/reader.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// One column of the run table: numbers, texts, or a mixture as configs have them. See RunFields for the keys.
struct RunColumn {
    std::string key;
    std::string title;
    std::vector<FilterValue> cells; ///< one for each run; nothing where the run has none
    std::string reason;             ///< why the key means nothing here, as when it could be several things
};

/// Rows are runs, columns are whatever a run has: the table behind the Runs dock and grouped figures.
struct RunTable {
    std::vector<RunRecord> runs; ///< without their config texts
    std::vector<RunColumn> columns;
    std::size_t total = 0; ///< runs before the filter
};

/// Names that a filter or a column may use, for menus and completion.
struct RunColumnChoice {
    std::string key;
    std::string group;     ///< "Run", "Config", "Series", "Quantities"
    std::int64_t runs = 0; ///< how many runs outside of the trash have it
};

/// Everything that is known of the runs of a project, asked by key: the names and calls of a filter.
///
/// A plain key is, in this order, a field of the run (`name`, `group`, `status`, `tags`, `notes`, `started`,
/// `attempts`, `checkpoints`, `series`, `points`, `archived`, `pinned`, `visible`), a field of its last checkpoint that
/// has it
/// (`step`, `tokens`, `flops`, `parameters`, `architecture`, `path`), a stored quantity at the last checkpoint that has
/// it, a config field (`config.optimizer.lr`, or the last parts of the only field that has them: `lr`), or the last
/// value of a series. `min(S)`, `max(S)` (over finite values), `first(S)`, `last(S)`, `at(S, step)` are of a series, or
/// where the run has none of that name, of the quantity over its checkpoints; at() takes the nearest earlier point of
/// the last attempt where there is none at the step. `mean(PATTERN, …)` is over quantities, as in
/// load_checkpoint_table. `has(x)` is 1 where x is there, else 0.
///
/// The runs are read at once, the rest when a key first needs it; what was read is kept, so that a RunFields shows one
/// state of the project and asking again costs nothing. Any thread, with a reader of its own.
class RunFields {
public:
    static Expected<std::shared_ptr<const RunFields>> load(Reader& reader, TrashRule trash);

    /// By id, without their config texts.
    const std::vector<RunRecord>& runs() const { return index_.runs(); }

    /// The value of each of runs(). An error when the key could be several things, or when reading fails.
    Expected<FilterColumn> cells(Reader& reader, const Filter::Name& name) const;
    Expected<FilterColumn> cells(Reader& reader, std::string_view key) const;

    Expected<std::vector<RunColumnChoice>> choices(Reader& reader) const;

private:
    explicit RunFields(ProjectIndex index) : index_(std::move(index)) {}

    mutable std::mutex mutex_; ///< for what is read later; the runs of the index never change
    mutable ProjectIndex index_;
    mutable std::map<std::pair<std::string, std::string>, FilterColumn> cells_; ///< by function and name
};

/// Splits `min(val/loss)` into function and name; a key without a function of filters is a plain name.
Filter::Name run_column_name(std::string_view key);

/// The runs that pass the filter (empty: all), with these columns. A name of the filter that could be several things
/// is an error of kind `usage` at its column.
Expected<RunTable> make_run_table(Reader& reader, const RunFields& fields, const Filter& filter,
                                  const std::vector<std::string>& keys);

/// The same of the runs outside of the trash, from the text of a filter.
Expected<RunTable> load_run_table(Reader& reader, std::string_view filter, const std::vector<std::string>& keys);

} // namespace isoloss
