#pragma once

#include "engine/importers/event_points.h"
#include "engine/importers/source.h"
#include "engine/store/foreign_database.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// The runs of a database whose rows are only ever added, with numbers that grow: the rows of all runs are mixed, each
/// run remembers the last row that it has ("FILE#KEY"), and the database the last row at which all runs were stored.
/// Killed in between, nothing is lost or doubled. Up to two tables of rows. One thread.
class DatabaseRuns {
public:
    class Run {
    public:
        std::shared_ptr<RunSubject> subject;

        /// A point of a row; passed over when an earlier import has it. `table`: 0 or 1.
        void add(std::size_t table, std::int64_t row, std::string_view series, std::int64_t step, double wall_time,
                 double value);

        /// No earlier import has stored anything of it.
        bool is_new() const { return is_new_; }

        /// How many rows of a table the run has had before this one, for rows without a step.
        std::int64_t count_row(std::size_t table, std::int64_t row);

        /// Given once more only when they differ from what an earlier import has stored.
        void set_facts(RunFacts facts);

    private:
        friend class DatabaseRuns;

        EventPoints points_;
        std::size_t named_ = 0;
        bool is_new_ = true;
        std::array<std::int64_t, 2> known_rows_{}, rows_{}, counts_{};
        std::string key_, known_facts_, facts_hash_;
        std::optional<RunFacts> facts_;
    };

    /// `writing`: how often the database was written anew before. What a run has of an earlier writing are other
    /// points: those of this one are a new attempt.
    DatabaseRuns(SourceContext& context, const std::filesystem::path& path, std::string_view format,
                 std::int64_t writing)
        : context_(context), name_(path), format_(format), writing_(writing) {}

    /// Nothing when there is no such run.
    Run* find(std::string_view key);
    /// Makes the run; `key` is stable within the database.
    Expected<Run*> add(std::string_view key, std::shared_ptr<RunSubject> subject);

    /// The rows behind `after` of a query with a row's number as its first column, its rows in that order, "> ?1" of
    /// it and "LIMIT ?2"; `others` are its parameters from ?3 on. It reads them by pages, because an open statement
    /// keeps the database's own program waiting, and hands over the runs with many points between pages. Ends when
    /// `add` fails, and early but without error when the import is stopped.
    Expected<void> read_pages(const ForeignDatabase& database, const std::string& sql, std::int64_t after,
                              const std::function<Expected<void>(std::int64_t number, const ForeignRows& row)>& add,
                              const std::vector<ForeignParameter>& others = {});
    /// Hands over what is left, and with the last part the record of the database.
    Expected<void> finish(SourceRecord database);

private:
    struct KeyHash {
        using is_transparent = void;

        std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
    };

    Expected<void> hand_over_full();
    RunPart part_of(Run& run) const;

    SourceContext& context_;
    std::filesystem::path name_;
    std::string format_;
    std::int64_t writing_;
    std::unordered_map<std::string, std::unique_ptr<Run>, KeyHash, std::equal_to<>> runs_;
    std::vector<Run*> in_order_;
};

} // namespace isoloss
