#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"
#include "engine/jobs/measurement.h"
#include "engine/store/writer.h"

#include <vector>

namespace isoloss {

/// What is known about a pass besides its numbers.
struct PassContext {
    const LoadedCheckpoint& checkpoint;
    const DatasetRecord& dataset;
    const MeasureParameters& parameters;
    const BackendInfo& backend;
    double seconds = 0;
};

/// `loss[tinyshakespeare]`
std::string measured_quantity_key(std::string_view metric, std::string_view dataset);

/// Writes the values and outcomes that answer `jobs` and marks the jobs done, all within the caller's transaction.
Expected<void> store_results(WriteSession& session, const std::vector<JobRecord>& jobs, const PassResult& pass,
                             const PassContext& context);

} // namespace isoloss
