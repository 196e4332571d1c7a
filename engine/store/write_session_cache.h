#pragma once

#include "engine/store/import_journal.h"
#include "engine/store/series_appender.h"
#include "engine/store/writer.h"

#include <set>

namespace isoloss {

/// What a write session holds until its commit.
struct WriteSession::Cache {
    explicit Cache(Connection& connection) : journal(connection), appender(connection) {}

    ImportJournal journal;
    SeriesAppender appender;
    std::set<SeriesId> series;                   ///< got points
    std::set<std::pair<SeriesId, int>> appended; ///< attempts that got points
    std::set<std::pair<RunId, int>> attempts;    ///< known to have a row
    std::optional<std::int64_t> import;          ///< that new rows belong to
};

} // namespace isoloss
