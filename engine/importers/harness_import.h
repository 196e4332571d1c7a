#pragma once

#include "engine/base/error.h"
#include "engine/importers/import_session.h"

#include <filesystem>
#include <vector>

namespace isoloss {

/// A results file and the samples files that belong to it.
struct HarnessSource {
    std::filesystem::path results;
    std::vector<std::filesystem::path> samples;
};

/// What became of a file that might have been a results file.
enum class HarnessVerdict { imported, unchanged, not_ours };

/// Imports scores as values and samples as item outcomes, one transaction for the file. Scores of another task version
/// or number of shots get a quantity of their own. Fails only when the project cannot be written.
Expected<HarnessVerdict> import_harness_results(ImportSession& session, const HarnessSource& source);

} // namespace isoloss
