#include "engine/jobs/queue_time.h"

#include "engine/inference/metric_catalogue.h"

#include <algorithm>
#include <tuple>

namespace isoloss {

namespace {

/// What has one duration.
using Kind = std::tuple<MetricPass, std::string, std::optional<std::int64_t>>; // pass, parameters, size of the model
using Work = std::tuple<MetricPass, std::string, std::string>;                 // pass, parameters, data
using PassKey = std::tuple<CheckpointId, MetricPass, std::string, std::string>;

std::optional<MetricPass> pass_of(const JobRecord& job) {
    const MetricInfo* metric = find_metric(job.metric);
    return metric != nullptr ? std::optional(metric->pass) : std::nullopt;
}

/// What is known from passes that are done; the newest of a kind counts.
struct Experience {
    std::map<std::pair<Kind, std::string>, double> seconds; ///< of a kind on its data
    std::map<Kind, double> units_per_second;
    std::map<Work, double> units;

    explicit Experience(std::span<const JobRecord> jobs) {
        for (const JobRecord& job : jobs) {
            const auto pass = pass_of(job);
            if (job.state != JobState::done || !pass || job.seconds.value_or(0) <= 0) continue;
            const Kind kind{*pass, job.parameters, job.parameter_count};
            seconds[{kind, job.data_hash}] = *job.seconds;
            if (job.total <= 0) continue;
            units_per_second[kind] = job.total / *job.seconds;
            units[{*pass, job.parameters, job.data_hash}] = job.total;
        }
    }

    std::optional<double> of(const JobRecord& job, MetricPass pass) const {
        const Kind kind{pass, job.parameters, job.parameter_count};
        if (const auto same = seconds.find({kind, job.data_hash}); same != seconds.end()) return same->second;
        const auto speed = units_per_second.find(kind);
        const auto size = units.find({pass, job.parameters, job.data_hash});
        if (speed == units_per_second.end() || size == units.end()) return std::nullopt;
        return size->second / speed->second;
    }
};

double share_left(const JobRecord& job) {
    return job.total > 0 ? 1 - std::clamp(job.done / job.total, 0.0, 1.0) : 1;
}

} // namespace

QueueTime queue_time(std::span<const JobRecord> jobs, const EngineStatus& status) {
    const Experience experience(jobs);
    QueueTime time;
    std::map<PassKey, std::optional<double>> passes;
    bool all_known = true;
    double whole = 0;
    for (const JobRecord& job : jobs) {
        if ((job.state != JobState::queued && job.state != JobState::running) || job.paused) continue;
        const auto pass = pass_of(job);
        if (!pass) continue; // it fails at once
        const auto [found, is_new] =
            passes.try_emplace({job.checkpoint, *pass, job.data_hash, job.parameters}, std::nullopt);
        std::optional<double>& left = found->second;
        if (is_new) {
            const LaneStatus* lane = status.lane_of(job.id);
            if (lane != nullptr && lane->progress.seconds_left >= 0)
                left = lane->progress.seconds_left;
            else if (const auto known = experience.of(job, *pass))
                left = *known * share_left(job);
            all_known = all_known && left;
            whole += left.value_or(0);
        }
        if (left) time.seconds[job.id] = *left;
    }
    if (all_known && !passes.empty())
        time.whole = whole / static_cast<double>(std::max<std::size_t>(1, status.lanes.size()));
    return time;
}

} // namespace isoloss
