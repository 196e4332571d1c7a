#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/records.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace isoloss {

class Connection;
class SeriesAppender;

/// What undoing an import would take along.
struct ImportUndoPlan {
    /// In the order in which they are undone: newest first, last the one that was asked for. Those before it build on
    /// it: they went on where it ended, changed what it had entered, or added to its runs and checkpoints.
    std::vector<ImportId> imports;
    ImportContent removes;
    std::int64_t measured_values = 0; ///< on checkpoints that go; what the files do not bring back
    std::int64_t jobs = 0;            ///< on checkpoints that go
    std::int64_t edited_runs = 0;     ///< runs that go, with a name, group, notes or tags given by hand
};

/// What may go along.
enum class UndoRule {
    only_what_files_hold,  ///< refuses when later imports build on it, or measurements or words of a person would go
    with_what_builds_on_it ///< undoes those later imports too and lets the measurements go
};

struct ImportUndone {
    std::vector<ImportId> imports;
    ImportContent removed;
    std::int64_t removed_measured_values = 0;
    std::int64_t removed_jobs = 0;
    std::vector<std::string> damaged; ///< chunks that cannot be read and so kept points that should have gone
};

/// The present content of every import that holds something.
Expected<std::map<ImportId, ImportContent>> import_contents(Connection& connection);

/// not_found, usage when it has been undone, unsupported when it is of a version that kept no journal.
Expected<ImportUndoPlan> plan_import_undo(Connection& connection, ImportId import);

/// Why a plan is against UndoRule::only_what_files_hold; empty when it is not.
std::string undo_objection(const ImportUndoPlan& plan);

/// Takes one import, on which no other builds, back out of the project, within the caller's transaction. Names the
/// chunks that cannot be cut in `damaged`.
Expected<void> take_back_import(Connection& connection, SeriesAppender& appender, ImportId import,
                                std::vector<std::string>& damaged);

} // namespace isoloss
