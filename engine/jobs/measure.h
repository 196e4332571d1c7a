#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/measure_parameters.h"
#include "engine/store/records.h"

#include <filesystem>
#include <string>
#include <vector>

namespace isoloss {

class Project;

struct MeasureRequest {
    std::vector<CheckpointId> checkpoints;
    std::vector<std::string> metrics;
    std::vector<std::filesystem::path> data; ///< one that is a data set of the project is read as it says
    MeasureParameters parameters;
    std::vector<DatasetId> datasets = {}; ///< of the project
};

/// A measurement that was done before with the same checkpoint, metric, data and parameters.
struct MeasuredBefore {
    JobId job;
    std::string checkpoint_label; ///< "run @ step"
    ValueRecord value;            ///< with the key of its quantity and the time when it was measured
};

struct MeasureQueued {
    std::vector<JobId> jobs; ///< queued or waiting already
    std::vector<MeasuredBefore> measured;
    std::vector<std::string> refused; ///< "run @ step has no files: import its folder"
};

/// One measurement of a request; the job has no id yet.
struct WantedMeasurement {
    JobRecord job;
    DatasetRecord dataset;
};

/// The kind of data that a metric is measured on; others may do as well.
DatasetKind data_kind_of(const MetricInfo& metric);
/// Whether a metric can be measured on data of a kind: text metrics on all texts and on token ids, multiple-choice
/// metrics on minimal pairs.
bool measures(const MetricInfo& metric, DatasetKind kind);

/// The measurements of a request, checked as queue_measurements checks them: by checkpoint, data and metric.
Expected<std::vector<WantedMeasurement>> wanted_measurements(const Project& project, const MeasureRequest& request,
                                                             std::vector<std::string>& refused);

/// Checks the request (metrics exist, data fits their input, checkpoints have files) and queues one job per checkpoint
/// × metric × data set in one transaction. What was measured before is not queued, unless its value is gone. Any thread
/// but the Writer's.
Expected<MeasureQueued> queue_measurements(Project& project, const MeasureRequest& request);

} // namespace isoloss
