#pragma once

#include "engine/store/series_appender.h"
#include "engine/store/writer.h"

#include <set>

namespace isoloss {

/// What a write session holds until its commit.
struct WriteSession::Cache {
    explicit Cache(Connection& connection) : appender(connection) {}

    SeriesAppender appender;
    std::set<SeriesId> series;                ///< got points
    std::set<std::pair<RunId, int>> attempts; ///< known to have a row
    std::optional<std::int64_t> import;       ///< that new rows belong to
};

} // namespace isoloss
