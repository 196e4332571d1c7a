#include "engine/store/connection.h"
#include "engine/store/record_rows.h"
#include "engine/store/write_session_cache.h"

#include <algorithm>

namespace isoloss {

namespace {

Expected<std::vector<JobRecord>> job_rows(Statement& rows) {
    std::vector<JobRecord> jobs;
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) return jobs;
        jobs.push_back(job_row(rows));
    }
}

Expected<void> start_job(Connection& connection, JobRecord& job, std::string_view device) {
    job.state = JobState::running;
    job.started_at = utc_now();
    job.finished_at.reset();
    job.device = device;
    job.error.clear();
    ++job.tries;
    return connection.execute("UPDATE job SET state = 'running', device = ?2, started_at = ?3, finished_at = NULL, "
                              "error = '', tries = tries + 1 WHERE id = ?1",
                              job.id.value, device, job.started_at);
}

} // namespace

Expected<WriteSession::Enqueued> WriteSession::enqueue_job(const JobRecord& job) {
    {
        ISOLOSS_TRY(auto rows, connection_.statement("SELECT id, state FROM job WHERE checkpoint_id = ?1 AND "
                                                     "metric = ?2 AND data_hash = ?3 AND parameters = ?4"));
        rows.bind_all(job.checkpoint.value, job.metric, job.data_hash, job.parameters);
        ISOLOSS_TRY(const bool row, rows.step());
        if (row) {
            const JobId id(rows.integer(0));
            const std::string state = rows.text(1);
            rows.reset();
            ISOLOSS_TRY(const bool queued_again, retry_job(id));
            return Enqueued{id, false, queued_again ? JobState::queued : job_state_of(state)};
        }
    }
    ISOLOSS_TRY_VOID(connection_.execute(
        "INSERT INTO job (checkpoint_id, metric, dataset_id, data_hash, parameters, created_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        job.checkpoint.value, job.metric, job.dataset ? std::optional(job.dataset->value) : std::nullopt, job.data_hash,
        job.parameters, job.created_at > 0 ? job.created_at : utc_now()));
    changes_.jobs = true;
    return Enqueued{JobId(connection_.last_insert_id()), true, JobState::queued};
}

Expected<std::optional<JobRecord>> WriteSession::claim_job(std::string_view device,
                                                           std::optional<CheckpointId> preferred) {
    std::vector<JobRecord> jobs;
    {
        ISOLOSS_TRY(const auto paused,
                    connection_.find_integer("SELECT 1 FROM property WHERE name = ?1", queue_paused_property));
        if (paused) return std::nullopt;
        ISOLOSS_TRY(auto rows, connection_.statement(
                                   std::string(job_select) + queue_join +
                                   "AND NOT j.paused ORDER BY j.place IS NULL, j.place, j.checkpoint_id IS ?1 DESC, "
                                   "EXISTS (SELECT 1 FROM job other WHERE other.state = 'running' AND "
                                   "other.checkpoint_id = j.checkpoint_id), " +
                                   planned_order + " LIMIT 1"));
        rows.bind_all(preferred ? std::optional(preferred->value) : std::nullopt);
        ISOLOSS_TRY(jobs, job_rows(rows));
    }
    if (jobs.empty()) return std::nullopt;
    ISOLOSS_TRY_VOID(start_job(connection_, jobs.front(), device));
    changes_.jobs = true;
    return std::move(jobs.front());
}

Expected<std::vector<JobRecord>> WriteSession::claim_companions(const JobRecord& job,
                                                                const std::vector<std::string>& metrics) {
    std::vector<JobRecord> jobs;
    {
        ISOLOSS_TRY(auto rows, connection_.statement(
                                   std::string(job_select) +
                                   "WHERE j.state = 'queued' AND NOT j.paused AND "
                                   "j.checkpoint_id = ?1 AND j.data_hash = ?2 AND j.parameters = ?3 ORDER BY j.id"));
        rows.bind_all(job.checkpoint.value, job.data_hash, job.parameters);
        ISOLOSS_TRY(jobs, job_rows(rows));
    }
    std::erase_if(jobs, [&](const JobRecord& other) {
        return std::find(metrics.begin(), metrics.end(), other.metric) == metrics.end();
    });
    for (JobRecord& other : jobs)
        ISOLOSS_TRY_VOID(start_job(connection_, other, job.device));
    changes_.jobs = changes_.jobs || !jobs.empty();
    return jobs;
}

Expected<void> WriteSession::enter_done_job(const JobRecord& job) {
    ISOLOSS_TRY(const Enqueued entered, enqueue_job(job));
    if (entered.state != JobState::queued) return {};
    return finish_job(entered.id, JobState::done, {});
}

Expected<void> WriteSession::set_job_progress(JobId job, double done, double total, std::string_view unit) {
    changes_.jobs = true;
    return connection_.execute("UPDATE job SET done = ?2, total = ?3, unit = ?4 WHERE id = ?1", job.value, done, total,
                               unit);
}

Expected<void> WriteSession::finish_job(JobId job, JobState state, std::string_view error) {
    changes_.jobs = true;
    return connection_.execute("UPDATE job SET state = ?2, error = ?3, finished_at = ?4 WHERE id = ?1", job.value,
                               job_state_name(state), error, utc_now());
}

Expected<void> WriteSession::set_job_device(JobId job, std::string_view device) {
    changes_.jobs = true;
    return connection_.execute("UPDATE job SET device = ?2 WHERE id = ?1", job.value, device);
}

Expected<bool> WriteSession::retry_job(JobId job) {
    ISOLOSS_TRY(const auto stopped,
                connection_.find_integer("SELECT state IN ('failed', 'cancelled') FROM job WHERE id = ?1", job.value));
    if (stopped.value_or(0) == 0) return false;
    ISOLOSS_TRY_VOID(connection_.execute("UPDATE job SET place = NULL, paused = 0 WHERE id = ?1", job.value));
    ISOLOSS_TRY_VOID(requeue_job(job));
    return true;
}

Expected<int> WriteSession::cancel_queued_jobs(std::optional<JobId> job) {
    ISOLOSS_TRY_VOID(connection_.execute("UPDATE job SET state = 'cancelled', finished_at = ?2 "
                                         "WHERE state = 'queued' AND (?1 IS NULL OR id = ?1)",
                                         job ? std::optional(job->value) : std::nullopt, utc_now()));
    const auto count = static_cast<int>(connection_.changed_rows());
    changes_.jobs = changes_.jobs || count > 0;
    return count;
}

Expected<void> WriteSession::set_job_seconds(JobId job, double seconds) {
    changes_.jobs = true;
    return connection_.execute("UPDATE job SET seconds = ?2 WHERE id = ?1", job.value, seconds);
}

Expected<void> WriteSession::requeue_job(JobId job) {
    changes_.jobs = true;
    return connection_.execute("UPDATE job SET state = 'queued', error = '', started_at = NULL, finished_at = NULL "
                               "WHERE id = ?1",
                               job.value);
}

Expected<int> WriteSession::requeue_interrupted_jobs() {
    ISOLOSS_TRY_VOID(connection_.execute("UPDATE job SET state = 'queued', started_at = NULL WHERE state = 'running'"));
    const auto count = static_cast<int>(connection_.changed_rows());
    changes_.jobs = changes_.jobs || count > 0;
    return count;
}

Expected<void> WriteSession::remove_stopped_jobs() {
    changes_.jobs = true;
    ISOLOSS_TRY_VOID(connection_.execute("DELETE FROM job WHERE state IN ('failed', 'cancelled')"));
    return drop_unwanted_partial_passes();
}

} // namespace isoloss
