#include "engine/jobs/engine_thread.h"

#include <algorithm>

namespace isoloss {

const LaneStatus* EngineStatus::lane_of(JobId job) const {
    const auto found = std::ranges::find_if(
        lanes, [job](const LaneStatus& lane) { return std::ranges::find(lane.jobs, job) != lane.jobs.end(); });
    return found == lanes.end() ? nullptr : &*found;
}

std::string EngineStatus::devices() const {
    std::string devices;
    for (const LaneStatus& lane : lanes)
        if (!lane.device.empty()) devices += (devices.empty() ? "" : ", ") + lane.device;
    return devices;
}

std::vector<JobId> EngineStatus::jobs() const {
    std::vector<JobId> jobs;
    for (const LaneStatus& lane : lanes)
        jobs.insert(jobs.end(), lane.jobs.begin(), lane.jobs.end());
    return jobs;
}

Progress EngineStatus::progress() const {
    const auto found = std::ranges::find_if(lanes, [](const LaneStatus& lane) { return !lane.jobs.empty(); });
    return found == lanes.end() ? Progress{} : found->progress;
}

} // namespace isoloss
