#pragma once

#include "engine/base/error.h"
#include "engine/importers/import_session.h"

#include <filesystem>
#include <string>
#include <vector>

namespace isoloss {

/// A folder with event files: one run.
struct EventFolder {
    std::filesystem::path folder; ///< canonical
    std::string run_name;
    std::vector<std::filesystem::path> files; ///< in name order, which is the order of time
};

/// Adds what is new in the files of one folder. Points, the file's offset and the run's state of attempts are committed
/// together, batch by batch, while the next batch is being read. A damaged file keeps its prefix and is reported.
/// Fails only when the project cannot be written.
Expected<void> import_event_folder(ImportSession& session, const EventFolder& source);

} // namespace isoloss
