#pragma once

#include "engine/importers/import.h"
#include "engine/importers/name_table.h"
#include "engine/importers/run_part.h"
#include "engine/store/writer.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// Puts parts into the project and counts what they added. Remembers the runs of the parts before, so it is called with
/// all parts of an import in order. On the Writer's thread only.
class PartWriter {
public:
    explicit PartWriter(const ImportOptions& options) : options_(options) {}

    Expected<void> write(WriteSession& store, RunPart& part);

    /// What was added so far.
    const ImportContent& added() const { return added_; }

    /// What was brought of each run so far, in the order in which they came.
    const std::vector<RunNews>& news() const { return news_; }

    /// Values that belong to other weights or data than the project's.
    const std::vector<SkippedSource>& refused() const { return refused_; }

    /// Things worth a look that only showed when they were stored.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    struct Series {
        std::optional<SeriesId> id;
        std::uint32_t attempt = 0; ///< of the source, latest; 0 for none
        int stored_as = 0;         ///< in the project
    };

    struct Run {
        std::shared_ptr<const RunSubject> subject; ///< keeps the address that runs_ is ordered by
        std::optional<RunId> id;
        bool identified = false;
        std::size_t news = 0;       ///< its place in news_, once it is identified
        NameTable names;            ///< of series, by number
        std::vector<Series> series; ///< by number
    };

    Expected<void> find_run(WriteSession& store, Run& run);
    Expected<void> identify(WriteSession& store, Run& run);
    Expected<void> write_facts(WriteSession& store, const Run& run, const RunFacts& facts);
    Expected<void> write_points(WriteSession& store, Run& run, const EventColumns& points);
    Expected<int> attempt_for(WriteSession& store, Run& run, const EventColumns::Part& part, std::int64_t first_step);
    Expected<void> write_checkpoint(WriteSession& store, RunId run, const ImportedCheckpoint& checkpoint);
    Expected<bool> is_refused(WriteSession& store, const ImportedCheckpoint& checkpoint,
                              std::optional<CheckpointId> known);
    Expected<QuantityId> quantity_of(WriteSession& store, const QuantityRecord& record);
    Expected<void> write_value(WriteSession& store, CheckpointId checkpoint, const ImportedValue& value);

    const ImportOptions& options_;
    std::map<const RunSubject*, Run> runs_;
    std::map<ValueId, std::int64_t> replaced_outcomes_; ///< that an earlier import had stored and that may come again
    std::unordered_map<std::string, QuantityId> quantities_; ///< by key, version and shots
    ImportContent added_;
    std::vector<RunNews> news_;
    std::vector<std::string> notes_;
    std::vector<SkippedSource> refused_;
};

} // namespace isoloss
