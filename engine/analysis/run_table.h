#pragma once

#include "engine/analysis/filter.h"
#include "engine/base/error.h"
#include "engine/store/reader.h"

#include <cstdint>
#include <memory>
#include <optional>
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
};

/// Rows are runs, columns are whatever a run has: the table behind the Runs dock and `query --of runs`.
struct RunTable {
    std::vector<RunRecord> runs;
    std::vector<RunColumn> columns;
    std::size_t total = 0; ///< runs before the filter
};

/// Names that a filter or a column may use, for menus and completion.
struct RunColumnChoice {
    std::string key;
    std::string group;     ///< "Run", "Config", "Series", "Quantities"
    std::int64_t runs = 0; ///< how many runs have it
};

/// Everything that is known of the runs of a project, read once and then asked by name. Keys: `name`, `group`,
/// `status`, `tags`, `notes`, `started`, `attempts`, `checkpoints`, `series`, `points`, `step` (the last one),
/// `parameters`, `archived`, `pinned`, `visible`; `config.optimizer.lr`, or `lr` for the first config field whose last
/// part is that; `last(S)`, `min(S)`, `max(S)` of a series (a bare series name is its last value); the key of a stored
/// quantity (the value at the last checkpoint that has one, `min(Q)` and `max(Q)` over all of them). `has(x)` is 1
/// where x is there. Immutable after loading, any thread.
class RunFields {
public:
    static Expected<std::shared_ptr<const RunFields>> load(Reader& reader, TrashRule trash);

    const std::vector<RunRecord>& runs() const { return runs_; }

    /// `run` is an index into runs().
    FilterValue value(std::size_t run, std::string_view function, std::string_view name) const;
    std::vector<RunColumnChoice> choices() const;

private:
    struct Extremes {
        double last = 0, min = 0, max = 0;
    };

    /// Sorted by index into names_.
    using Numbers = std::vector<std::pair<std::uint32_t, Extremes>>;

    const Extremes* numbers(std::size_t run, std::string_view name) const;
    FilterValue builtin(std::size_t run, std::string_view name) const;
    FilterValue config(std::size_t run, std::string_view name) const;

    std::vector<RunRecord> runs_;
    std::vector<std::vector<std::pair<std::string, FilterValue>>> configs_; ///< flattened, in the order of the config
    std::vector<std::string> names_;                                        ///< of series and quantities
    std::vector<bool> is_quantity_;
    std::vector<std::pair<std::string, std::uint32_t>> index_; ///< sorted names
    std::vector<Numbers> numbers_;
    std::vector<std::optional<double>> parameters_;
};

/// Splits `min(val/loss)` into function and name; a key without parentheses has no function.
Filter::Name run_column_name(std::string_view key);

/// The runs that pass the filter (empty: all), with these columns.
RunTable make_run_table(const RunFields& fields, const Filter& filter, const std::vector<std::string>& keys);

/// The same from the text of a filter.
Expected<RunTable> load_run_table(Reader& reader, std::string_view filter, const std::vector<std::string>& keys);

} // namespace isoloss
