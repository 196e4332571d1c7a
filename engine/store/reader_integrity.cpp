#include "engine/store/chunk_codec.h"
#include "engine/store/connection.h"
#include "engine/store/pyramid.h"
#include "engine/store/reader.h"

namespace isoloss {

namespace {

constexpr int chunks_at_a_time = 256; ///< keeps each read transaction short

class ChunkCheck {
public:
    /// Nothing when the chunk in this row (id, count, first_step, last_step, payload, levels) is sound.
    Expected<void> check(const Statement& row) {
        points_ = {};
        if (row.is_null(4)) return fail(ErrorKind::damaged, "the chunk is larger than any chunk can be");
        ISOLOSS_TRY_VOID(decoder_.decode(row.blob(4), points_));
        if (static_cast<std::int64_t>(points_.size()) != row.integer(1) || points_.steps.front() != row.integer(2) ||
            points_.steps.back() != row.integer(3))
            return fail(ErrorKind::damaged, "the points of the chunk are not those that its row announces");
        if (row.is_null(5) && points_.size() <= points_without_levels) return {};
        for (int level = lowest_stored_level; level <= highest_stored_level; ++level) {
            buckets_ = {};
            ISOLOSS_TRY_VOID(
                pyramid_.decode(row.blob(5), level, static_cast<std::uint32_t>(points_.size()), 1, buckets_));
        }
        return {};
    }

private:
    ChunkDecoder decoder_;
    PyramidDecoder pyramid_;
    PointColumns points_;
    BucketColumns buckets_;
};

Expected<void> sqlite_faults(Connection& connection, std::vector<std::string>& faults) {
    ISOLOSS_TRY(auto rows, connection.statement("PRAGMA integrity_check(100)"));
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) break;
        if (rows.text(0) != "ok") faults.push_back(rows.text(0));
    }
    ISOLOSS_TRY(auto orphans, connection.statement("PRAGMA foreign_key_check"));
    for (;;) {
        ISOLOSS_TRY(const bool row, orphans.step());
        if (!row) return {};
        faults.push_back("table " + orphans.text(0) + ": row " + orphans.text(1) + " refers to a missing row of " +
                         orphans.text(2));
    }
}

} // namespace

Expected<std::vector<std::string>> Reader::check_integrity(const std::function<void(double share)>& progress) {
    std::vector<std::string> faults;
    ISOLOSS_TRY_VOID(sqlite_faults(*connection_, faults));
    ISOLOSS_TRY(const auto count, connection_->find_integer("SELECT count(*) FROM chunk"));
    const double all = static_cast<double>(std::max<std::int64_t>(count.value_or(0), 1));
    ChunkCheck checker;
    std::int64_t last = 0, done = 0;
    for (;;) {
        ISOLOSS_TRY(auto rows, connection_->statement("SELECT c.id, c.count, c.first_step, c.last_step, "
                                                      "iif(length(c.payload) <= ?3, c.payload, NULL), "
                                                      "iif(length(p.levels) <= ?4, p.levels, NULL) FROM chunk c "
                                                      "LEFT JOIN chunk_pyramid p ON p.chunk_id = c.id WHERE c.id > ?1 "
                                                      "ORDER BY c.id LIMIT ?2"));
        rows.bind_all(last, chunks_at_a_time, largest_block_size(), highest_stored_level * largest_block_size());
        int found = 0;
        for (;; ++found) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) break;
            last = rows.integer(0);
            if (const auto sound = checker.check(rows); !sound)
                faults.push_back("chunk " + std::to_string(last) + ": " + sound.error().text());
        }
        done += found;
        if (progress) progress(std::min(1.0, static_cast<double>(done) / all));
        if (found < chunks_at_a_time) return faults;
    }
}

} // namespace isoloss
