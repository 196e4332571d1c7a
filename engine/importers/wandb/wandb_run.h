#pragma once

#include "engine/importers/source.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// A transaction log and what its run record says about its place among the others of the run.
struct WandbLogFile {
    std::filesystem::path path;
    double started_at = 0; ///< UTC seconds, as logged, else when the file was last changed
    bool resumed = false;  ///< goes on an earlier log, as far as it knows
};

/// The logs of one run: the first one and those of its resumes.
struct WandbRun {
    std::shared_ptr<const RunSubject> subject;
    std::vector<WandbLogFile> logs; ///< in the order of time
};

/// Reads what is new in the logs of a run, each an attempt of its own. Points, the file's offset and the run's state
/// are handed over together. Damaged parts of a log are passed over and reported.
/// Fails as SourceContext::take() and ::known() do. One thread.
Expected<void> read_wandb_run(SourceContext& context, const WandbRun& run);

} // namespace isoloss
