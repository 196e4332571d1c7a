#include "engine/series/series_origins.h"

#include "engine/store/reader.h"

#include <limits>

namespace isoloss {

Expected<double> SeriesOrigins::origin(Reader& reader, SeriesId series, SeriesOutline& outline) {
    if (outline.origin) return *outline.origin;
    if (!runs_.contains(series)) {
        ISOLOSS_TRY(const auto all, reader.series());
        for (const SeriesRecord& record : all)
            runs_.insert_or_assign(record.id, record.run);
    }
    double origin = std::numeric_limits<double>::infinity();
    for (const ChunkSpan& span : outline.chunks)
        if (span.whole.first_wall_time < origin) origin = span.whole.first_wall_time;
    if (const auto run_id = runs_.find(series); run_id != runs_.end()) {
        ISOLOSS_TRY(const auto run, reader.run(run_id->second));
        if (run && run->started_at && *run->started_at < origin) origin = *run->started_at;
    }
    outline.origin = origin;
    return origin;
}

} // namespace isoloss
