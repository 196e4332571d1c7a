#pragma once

#include "engine/importers/event_columns.h"
#include "engine/store/records.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What readers hand over: plain descriptions of runs, without ids. A sink puts them into a project or into a preview.
namespace isoloss {

/// The run that a source speaks of. One object per run and source; parts share it.
struct RunSubject {
    std::string name; ///< of a run that is not known yet
    /// The run's own identities, the surest first; all of them lead to the run afterwards.
    std::vector<RunIdentity> identities;
    /// Identities of other sources under which the run may be known already (HOUSE.md, joining), the surest first.
    std::vector<RunIdentity> known_as;
};

/// What a source says about the whole run. Empty members say nothing.
struct RunFacts {
    std::string config; ///< JSON object, merged into the run's config
    std::string group;
    std::string notes;
    std::vector<std::string> tags;    ///< added to those that the run has
    std::optional<double> started_at; ///< UTC seconds
    RunStatus status = RunStatus::unknown;

    bool empty() const {
        return config.empty() && group.empty() && notes.empty() && tags.empty() && !started_at &&
               status == RunStatus::unknown;
    }
};

/// A number that a checkpoint has, with the items behind it.
struct ImportedValue {
    QuantityRecord quantity; ///< by its key; another task version or number of shots gets a key of its own
    ValueRecord value;       ///< checkpoint and quantity are left open
    std::vector<OutcomeRecord> outcomes;
    /// Position of the first outcome, when an earlier part has brought the value itself: long lists come in batches.
    std::optional<std::int64_t> first_outcome;
    /// The measurement that this value answers: it need not be done again.
    std::optional<JobRecord> measurement = std::nullopt;
    DatasetRecord dataset = {}; ///< of the measurement
};

struct ImportedCheckpoint {
    int attempt = 1;
    std::optional<std::int64_t> step; ///< none: the run's last checkpoint
    CheckpointRecord details;         ///< tokens, FLOPs, path, …: what is known
    /// Of values that were measured elsewhere: the content hash of the weights. They are refused for other weights.
    std::string measured_on;
    std::string brought_by; ///< the file that the values are from, for what is said when they are refused
    std::vector<ImportedValue> values;
};

/// Some of what a source says about a run: committed as a whole or not at all, together with the records that say how
/// far the source was read.
struct RunPart {
    std::shared_ptr<const RunSubject> run; ///< none: nothing but sources
    std::vector<RunFacts> facts;           ///< in the order in which they were logged
    EventColumns points;
    std::vector<std::string> new_series; ///< names of the series with the next numbers; EventColumns counts them by run
    std::vector<ImportedCheckpoint> checkpoints;
    std::vector<SourceRecord> sources;
};

/// What a part takes of memory, roughly.
std::size_t held_bytes(const RunPart& part);

} // namespace isoloss
