#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/base/progress.h"
#include "engine/importers/import_mapping.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace isoloss {

class Project;

struct ImportOptions {
    CancellationToken cancellation;
    ProgressFunction progress; ///< called on the importing thread; bytes of all files
    /// Joining rule 3 of HOUSE.md: a source whose run has the name of one that is known goes to that run.
    bool join_names = false;
    /// What the person says of tables and names. The project keeps it, and goes by what it has kept as well.
    ImportMapping mapping;
    /// Adds to an earlier import instead of beginning one: a live tail is one import, however often it reads.
    std::optional<ImportId> into;
    /// Sources that are left out, by their chief file or folder (SourcePreview::files).
    std::set<std::filesystem::path> excluded;
    /// Names for new runs instead of those that the sources give, by the run's own identity (RunPreview::identity).
    std::map<std::pair<std::string, std::string>, std::string> run_names; ///< (kind, key) → name
};

/// Something that was not taken, and why.
struct SkippedSource {
    std::string path;
    std::string place;
    std::string reason; ///< with the remedy
};

/// What one import added (not what was there before).
struct ImportReport {
    ImportId import;        ///< under which it is entered in the project
    std::int64_t files = 0; ///< recognised and read
    std::int64_t runs = 0;
    std::int64_t series = 0;
    std::int64_t points = 0;
    std::int64_t checkpoints = 0;
    std::int64_t values = 0;
    std::int64_t items = 0; ///< item outcomes: value × item
    std::vector<SkippedSource> skipped;
    std::vector<std::string> notes; ///< guesses worth a look: "step 1000 read from revision=step1000"

    bool brought_something() const { return runs + series + points + checkpoints + values + items > 0; }

    std::string json() const; ///< one line, the `--json` form of the command line contract
};

/// Imports files and folders, recursively, whatever wrote them. Recognises by content. Takes only what is new; never
/// touches a source. A bad file is skipped and reported, the rest goes on. Sources are read on several threads and
/// stored in one order, so that the same import gives the same project. Fails only when the project cannot be written
/// or a PATH does not exist. Any thread but the Writer's.
Expected<ImportReport> import_paths(Project& project, const std::vector<std::filesystem::path>& paths,
                                    const ImportOptions& options = {});

} // namespace isoloss
