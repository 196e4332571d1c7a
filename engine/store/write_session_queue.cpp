#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/writer.h"

#include <algorithm>

namespace isoloss {

namespace {

/// The queue up to a place, from which on nobody has moved anything yet.
Expected<void> keep_order(Connection& connection, std::span<const JobId> front) {
    std::int64_t place = 0;
    for (const JobId job : front)
        ISOLOSS_TRY_VOID(connection.execute("UPDATE job SET place = ?2 WHERE id = ?1", job.value, place++));
    return {};
}

} // namespace

Expected<bool> WriteSession::set_job_paused(JobId job, bool paused) {
    ISOLOSS_TRY_VOID(connection_.execute("UPDATE job SET paused = ?2 WHERE id = ?1 AND state IN ('queued', 'running')",
                                         job.value, paused));
    const bool changed = connection_.changed_rows() > 0;
    changes_.jobs = changes_.jobs || changed;
    return changed;
}

Expected<void> WriteSession::set_queue_paused(bool paused) {
    changes_.jobs = true;
    if (!paused) return connection_.execute("DELETE FROM property WHERE name = ?1", queue_paused_property);
    return connection_.execute("INSERT INTO property (name, value) VALUES (?1, '1') ON CONFLICT (name) DO NOTHING",
                               queue_paused_property);
}

Expected<bool> WriteSession::move_job(JobId job, JobMove move) {
    std::vector<JobId> queue;
    std::size_t placed = 0; // jobs at the front that have a place
    {
        ISOLOSS_TRY(auto rows,
                    connection_.statement(std::string("SELECT j.id, j.place IS NOT NULL FROM job j ") + queue_join +
                                          "ORDER BY j.place IS NULL, j.place, " + planned_order));
        for (;;) {
            ISOLOSS_TRY(const bool row, rows.step());
            if (!row) break;
            queue.emplace_back(rows.integer(0));
            if (rows.boolean(1)) ++placed;
        }
    }
    const auto found = std::ranges::find(queue, job);
    if (found == queue.end()) return false;
    const bool forward = move == JobMove::first || move == JobMove::up;
    if (forward ? found == queue.begin() : found + 1 == queue.end()) return false;
    auto last = found; // of those whose place changes
    switch (move) {
    case JobMove::first:
        std::rotate(queue.begin(), found, found + 1);
        break;
    case JobMove::up:
        std::iter_swap(found - 1, found);
        break;
    case JobMove::down:
        last = found + 1;
        std::iter_swap(found, last);
        break;
    case JobMove::last:
        last = queue.end() - 1;
        std::rotate(found, found + 1, queue.end());
        break;
    }
    changes_.jobs = true;
    const auto changed = static_cast<std::size_t>(last - queue.begin()) + 1;
    ISOLOSS_TRY_VOID(keep_order(connection_, std::span(queue).first(std::max(placed, changed))));
    return true;
}

Expected<void> WriteSession::restore_jobs(const std::vector<JobRecord>& jobs) {
    changes_.jobs = changes_.jobs || !jobs.empty();
    for (const JobRecord& job : jobs)
        ISOLOSS_TRY_VOID(connection_.execute(
            "INSERT INTO job (checkpoint_id, metric, dataset_id, data_hash, parameters, state, done, total, unit, "
            "device, error, tries, created_at, started_at, finished_at, seconds) "
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16 "
            "WHERE EXISTS (SELECT 1 FROM checkpoint WHERE id = ?1) ON CONFLICT DO NOTHING",
            job.checkpoint.value, job.metric, job.dataset ? std::optional(job.dataset->value) : std::nullopt,
            job.data_hash, job.parameters, job_state_name(job.state), job.done, job.total, job.unit, job.device,
            job.error, job.tries, job.created_at, job.started_at, job.finished_at, job.seconds));
    return {};
}

} // namespace isoloss
