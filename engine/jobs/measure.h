#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Project;

/// Settings of a measurement that change its result and so belong to the job's identity.
struct MeasureParameters {
    enum class Bos { as_tokenizer, yes, no } bos = Bos::as_tokenizer;
    std::optional<std::int64_t> window; ///< tokens; none: the model's longest sequence
    std::optional<std::int64_t> stride; ///< none: the window, no overlap
    std::string type = "float32";
    std::uint64_t seed = 0;
    std::optional<std::int64_t> limit; ///< at most so many items or tokens of the data

    std::string canonical_json() const; ///< sorted keys; only what differs from the default
};

struct MeasureRequest {
    std::vector<CheckpointId> checkpoints;
    std::vector<std::string> metrics;
    std::vector<std::filesystem::path> data;
    MeasureParameters parameters;
};

struct MeasureQueued {
    std::vector<JobId> jobs;          ///< queued or waiting already
    std::vector<JobId> measured;      ///< done before with the same checkpoint, metric, data and parameters
    std::vector<std::string> refused; ///< "run @ step has no files: import its folder"
};

/// Checks the request (metrics exist, data fits their input, checkpoints have files) and queues one job per checkpoint
/// × metric × data set in one transaction. Any thread but the Writer's.
Expected<MeasureQueued> queue_measurements(Project& project, const MeasureRequest& request);

} // namespace isoloss
