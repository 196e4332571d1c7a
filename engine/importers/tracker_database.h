#pragma once

#include "engine/base/error.h"
#include "engine/importers/database_runs.h"
#include "engine/importers/source_finder.h"
#include "engine/store/foreign_database.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// One kind of tracker that keeps its runs in an SQLite database.
class TrackerDatabase {
public:
    virtual ~TrackerDatabase() = default;

    virtual std::string_view format() const = 0;
    virtual std::string title() const = 0;
    /// Whether the database has this tracker's tables.
    virtual Expected<bool> recognises(const ForeignDatabase& database) const = 0;

    /// Asks for the last row up to a number, which is its first column: its content tells whether the database is the
    /// one that was read before.
    virtual std::string_view rows_up_to() const = 0;
    /// Takes the runs, and the rows behind `after`. Bad rows are counted and left out; an error of the database ends
    /// it, with what was read before already handed over.
    virtual Expected<void> read(const ForeignDatabase& database, const std::filesystem::path& path, std::int64_t after,
                                DatabaseRuns& runs, SourceContext& context) const = 0;
};

/// Finds the databases of MLflow and trackio. It opens every SQLite database that is no project of Isoloss to look at
/// its tables.
std::unique_ptr<SourceFinder> tracker_database_finder();

} // namespace isoloss
