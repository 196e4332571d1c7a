#pragma once

#include "engine/base/error.h"
#include "engine/jobs/measure.h"
#include "engine/store/exchange.h"

#include <filesystem>
#include <span>
#include <vector>

namespace isoloss {

class Reader;

/// The measurements of a request, without queueing them. `refused` as in MeasureQueued.
struct PlannedJobs {
    std::vector<ExchangedJob> jobs;
    std::vector<std::string> refused;
};

Expected<PlannedJobs> plan_jobs(const Project& project, const MeasureRequest& request);

/// The jobs that wait in a project, in their order; not those that are paused.
Expected<std::vector<ExchangedJob>> waiting_jobs(Reader& reader);

/// Writes a job file for isoloss-worker, atomically (packaging/docs/results.md).
Expected<void> write_job_file(const std::filesystem::path& path, std::span<const ExchangedJob> jobs);
/// Refuses what is no job file (foreign), a newer format, and damaged members with the number of the job.
Expected<std::vector<ExchangedJob>> read_job_file(const std::filesystem::path& path);

/// Splits jobs into at most `parts` lists of about the same length. The jobs of a checkpoint stay together, so that
/// each list loads as few checkpoints as it can.
std::vector<std::vector<ExchangedJob>> split_jobs(std::span<const ExchangedJob> jobs, std::size_t parts);

/// Queues jobs in a project, which gets the runs, checkpoints and data sets that it lacks. In the order of the jobs.
Expected<std::vector<JobId>> enter_jobs(Project& project, std::span<const ExchangedJob> jobs);

/// Identifies a list of jobs, whatever order they are in.
std::string jobs_hash(std::span<const ExchangedJob> jobs);

} // namespace isoloss
