#pragma once

#include "engine/importers/import.h"
#include "engine/store/records.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Project;

/// What an import would bring for one run of one source, as far as it was looked at.
struct RunPreview {
    std::string name;               ///< as it would be called, or is called when it is known
    RunIdentity identity;           ///< its own, for ImportOptions::run_names
    std::optional<RunId> known;     ///< the run of the project that it would add to
    std::optional<RunId> same_name; ///< another run of that name, which it could join (HOUSE.md, joining rule 3)
    std::int64_t points = 0;        ///< new ones
    std::optional<std::int64_t> first_step, last_step; ///< of points and checkpoints
    int attempts = 0;
    std::vector<std::string> series; ///< names, in the order in which they were met
    std::int64_t checkpoints = 0;
    std::int64_t values = 0;
    std::int64_t items = 0;
    std::vector<std::string> quantities; ///< keys, in the order in which they were met
    bool has_config = false;
};

/// What one source would bring.
struct SourcePreview {
    std::string format;                       ///< stable key
    std::string title;                        ///< for a person
    std::vector<std::filesystem::path> files; ///< the chief one first: what ImportOptions::excluded names
    std::uint64_t bytes = 0;
    bool needs_mapping = false; ///< a table that an import leaves out until it is said what its columns are
    bool whole = true;          ///< looked at to its end; else the numbers are those of its beginning
    std::vector<RunPreview> runs;
    std::vector<std::string> notes; ///< what was guessed from where
    std::vector<SkippedSource> skipped;
};

struct ImportPreview {
    std::vector<SourcePreview> sources; ///< in the order in which they would be imported
    std::vector<SkippedSource> skipped; ///< what was found and is nothing
    std::size_t not_looked_at = 0;      ///< sources beyond the limit
};

/// How much a preview looks at.
struct PreviewLimits {
    std::int64_t points_of_source = 200'000;
    std::int64_t values_of_source = 20'000;
    std::uint64_t bytes_of_source = 8u << 20;
    std::size_t sources = 2'000;
    std::size_t names_of_run = 200; ///< series, and quantities
};

/// Reads the beginning of everything that an import of these paths would read, with the same readers, and changes
/// nothing. `project`: what is known already counts as such; may be null. `options`: as for the import; progress counts
/// sources. Fails when a PATH does not exist or the project cannot be read. Any thread but the Writer's.
Expected<ImportPreview> preview_import(const Project* project, const std::vector<std::filesystem::path>& paths,
                                       const ImportOptions& options = {}, const PreviewLimits& limits = {});

} // namespace isoloss
