// What a live tail asks: the watched folders, the runs whose sources lie in them, and how often those log.
#include "engine/store/connection.h"
#include "engine/store/reader.h"

namespace isoloss {

Expected<std::vector<std::string>> Reader::watched_folders() {
    ISOLOSS_TRY(auto rows, connection_->statement("SELECT path FROM watched ORDER BY added_at, path"));
    std::vector<std::string> folders;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return folders;
        folders.push_back(rows.text(0));
    }
}

Expected<std::vector<RunSource>> Reader::run_sources(std::string_view folder) {
    // '0' follows '/': the range holds exactly the paths below the folder.
    ISOLOSS_TRY(auto rows,
                connection_->statement("SELECT path, run_id, modified FROM source WHERE run_id IN (SELECT run_id FROM "
                                       "source WHERE path = ?1 OR (path >= ?1 || '/' AND path < ?1 || '0')) "
                                       "ORDER BY run_id, path"));
    rows.bind_all(folder);
    std::vector<RunSource> sources;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return sources;
        sources.push_back({rows.text(0), RunId(rows.integer(1)), rows.real(2)});
    }
}

Expected<RunRhythm> Reader::rhythm(RunId run) {
    ISOLOSS_TRY(auto rows, connection_->statement(
                               "SELECT c.first_wall_time, c.last_wall_time, c.count FROM series s JOIN chunk c ON c.id "
                               "= (SELECT id FROM chunk WHERE series_id = s.id ORDER BY attempt DESC, ordinal DESC "
                               "LIMIT 1) WHERE s.run_id = ?1 ORDER BY s.points DESC"));
    rows.bind_all(run.value);
    RunRhythm rhythm;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return rhythm;
        const auto first = rows.optional_real(0), last = rows.optional_real(1);
        const std::int64_t points = rows.integer(2);
        if (last && (!rhythm.last_wall_time || *last > *rhythm.last_wall_time)) rhythm.last_wall_time = last;
        if (first && last && points > 1 && !rhythm.interval)
            rhythm.interval = (*last - *first) / static_cast<double>(points - 1);
    }
}

} // namespace isoloss
