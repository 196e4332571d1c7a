#include "engine/jobs/measure_estimate.h"

#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/queue_time.h"
#include "engine/jobs/store_results.h"
#include "engine/store/project.h"

#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace isoloss {

Expected<MeasureEstimate> estimate_measurements(const Project& project, const MeasureRequest& request) {
    MeasureEstimate estimate;
    ISOLOSS_TRY(auto wanted, wanted_measurements(project, request, estimate.refused));
    estimate.wanted = wanted.size();
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto jobs, reader->jobs());
    using Key = std::tuple<CheckpointId, std::string, std::string, std::string>; // metric, data, parameters
    const auto key_of = [](const JobRecord& job) {
        return Key(job.checkpoint, job.metric, job.data_hash, job.parameters);
    };
    std::map<Key, const JobRecord*> known;
    std::vector<JobRecord> timed; // what was measured before, and what is to be measured now
    for (const JobRecord& job : jobs) {
        known.emplace(key_of(job), &job);
        if (job.state == JobState::done) timed.push_back(job);
    }
    std::set<std::tuple<CheckpointId, MetricPass, std::string>> passes;
    std::set<CheckpointId> checkpoints;
    JobId free(std::numeric_limits<std::int64_t>::max()); // no job in the project has these
    for (WantedMeasurement& measurement : wanted) {
        JobRecord& job = measurement.job;
        const auto before = known.find(key_of(job));
        if (before != known.end() && before->second->state == JobState::done) {
            ISOLOSS_TRY(const auto value, find_measured_value(*reader, job));
            if (value) {
                estimate.measured.push_back({before->second->id, job.checkpoint_label, *value});
                continue;
            }
        } else if (before != known.end() &&
                   (before->second->state == JobState::queued || before->second->state == JobState::running)) {
            ++estimate.waiting;
            continue;
        }
        ISOLOSS_TRY(const auto checkpoint, reader->checkpoint(job.checkpoint));
        if (checkpoint) job.parameter_count = checkpoint->parameter_count;
        passes.emplace(job.checkpoint, find_metric(job.metric)->pass, job.data_hash);
        checkpoints.insert(job.checkpoint);
        job.id = free;
        --free.value;
        job.state = JobState::queued;
        timed.push_back(std::move(job));
    }
    estimate.passes = passes.size();
    estimate.checkpoints = checkpoints.size();
    if (!passes.empty()) estimate.seconds = queue_time(timed, {}).whole;
    return estimate;
}

} // namespace isoloss
