#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/base/progress.h"
#include "engine/importers/import_mapping.h"
#include "engine/store/records.h"

#include <cstdint>
#include <filesystem>
#include <limits>
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
    /// Adds to an earlier import instead of beginning one: a live tail is one import, however often it reads. Its
    /// report is then for the caller to finish.
    std::optional<ImportId> into;
    /// Sources that are left out, by their chief file or folder (SourcePreview::files).
    std::set<std::filesystem::path> excluded;
    /// Names for new runs instead of those that the sources give, by the run's own identity (RunPreview::identity).
    std::map<std::pair<std::string, std::string>, std::string> run_names; ///< (kind, key) → name
    /// Enters no import in the project when there is nothing to store.
    bool only_if_new = false;
    /// Whether what lies below a named folder is looked through as well.
    bool with_subfolders = true;
    /// Runs are named relative to the one of these folders (canonical) that they lie in, else to what was named.
    std::vector<std::filesystem::path> roots;
};

/// What an import brought of one run.
struct RunNews {
    RunId run;
    std::string name;
    std::int64_t points = 0;
    std::optional<std::int64_t> last_step;
    double last_wall_time = std::numeric_limits<double>::quiet_NaN(); ///< newest of the points, UTC seconds
    RunStatus said = RunStatus::unknown;                              ///< by its source
};

/// Something that was not taken, and why.
struct SkippedSource {
    std::string path;
    std::string place;
    std::string reason; ///< with the remedy
};

/// What one import added (not what was there before), and what is to be said of it.
struct ImportReport : ImportContent {
    std::optional<ImportId> import; ///< under which it is entered in the project, if it is
    std::int64_t files = 0;         ///< recognised and read
    std::vector<RunNews> news;      ///< by run, in the order in which they were stored
    std::vector<SkippedSource> skipped;
    std::vector<std::filesystem::path> fruitless; ///< what was named and nothing comes of; also in `skipped`
    std::vector<std::string> notes;               ///< guesses worth a look: "step 1000 read from revision=step1000"

    bool brought_something() const { return static_cast<const ImportContent&>(*this) != ImportContent(); }

    std::string json() const; ///< one line, the `--json` form of the command line contract
};

/// Imports files and folders, recursively, whatever wrote them. Recognises by content. Takes only what is new; never
/// touches a source. A bad file is skipped and reported, the rest goes on. Sources are read on several threads and
/// stored in one order, so that the same import gives the same project. Fails only when the project cannot be written
/// or a PATH does not exist. Any thread but the Writer's.
Expected<ImportReport> import_paths(Project& project, const std::vector<std::filesystem::path>& paths,
                                    const ImportOptions& options = {});

} // namespace isoloss
