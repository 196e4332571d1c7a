#pragma once

#include "engine/importers/reread_points.h"
#include "engine/importers/run_part.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace isoloss {

/// What a table says of one run, collected row by row until it is handed over. Rows whose steps go back are sorted when
/// their table is unsorted, and begin a new attempt when they repeat steps that were there: a table whose steps have
/// gone back to new ones within what is held at first is unsorted. One thread.
class TableRun {
public:
    explicit TableRun(std::shared_ptr<const RunSubject> subject) : subject_(std::move(subject)) {}

    /// What an earlier import has read: with go_on(), the rows that follow are behind it, otherwise it is all read
    /// again.
    void restore(std::string_view state);
    void go_on();

    void add_point(std::uint32_t column, std::string_view series, std::int64_t step, double wall_time, double value);
    /// Its attempt is found as for points: a step that goes back begins a new one.
    void add_checkpoint(ImportedCheckpoint checkpoint);

    void add_facts(RunFacts facts) { facts_.push_back(std::move(facts)); }

    bool full() const;

    std::size_t waiting() const { return pending_.size(); }

    bool contradicted() const { return points_.contradicted(); }

    /// The table is read again from its beginning: in a new attempt when it contradicts what was read before.
    void read_again();

    /// Everything that waits, as a part without sources. `columns`: memory for its points.
    RunPart take(EventColumns columns);

    bool was_sorted() const { return was_sorted_; }

    const RunSubject& subject() const { return *subject_; }

    std::string state() const;

    std::string place;         ///< name of the SourceRecord with its state
    std::uint64_t read_to = 0; ///< rows before this offset are stored

private:
    struct Pending {
        std::size_t series;
        std::int64_t step;
        double wall_time;
        double value;
    };

    struct Column {
        std::size_t series = no_series; ///< in points_
        std::int64_t last_step = 0;
        bool any = false;
    };

    static constexpr std::size_t no_series = ~std::size_t{0};
    static constexpr std::size_t batch = std::size_t{1} << 16;
    static constexpr std::size_t most_held = std::size_t{1} << 23; ///< points of an unsorted table

    void number_attempts();
    bool was_there(std::size_t series, std::int64_t step);

    std::shared_ptr<const RunSubject> subject_;
    RereadPoints points_;
    std::vector<Column> columns_; ///< by column of the table
    std::vector<Pending> pending_;
    std::unordered_set<std::uint64_t> seen_; ///< series and step of pending_, once a step has gone back
    std::vector<ImportedCheckpoint> checkpoints_;
    std::size_t values_ = 0; ///< of these
    std::vector<RunFacts> facts_;
    std::int64_t first_attempt_ = 1; ///< that the table begins in: it may have been written anew
    std::int64_t attempt_ = 1;       ///< of the latest checkpoint
    std::optional<std::int64_t> checkpoint_step_;
    std::int64_t latest_attempt_ = 1; ///< where an earlier import ended
    std::optional<std::int64_t> latest_step_;
    bool first_window_ = true;
    bool unsorted_ = false, was_sorted_ = false;
};

} // namespace isoloss
