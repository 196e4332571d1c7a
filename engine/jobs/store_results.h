#pragma once

#include "engine/base/error.h"
#include "engine/base/progress.h"
#include "engine/inference/backend.h"
#include "engine/jobs/measurement.h"
#include "engine/store/reader.h"
#include "engine/store/writer.h"

#include <vector>

namespace isoloss {

/// What is known about a pass besides its numbers.
struct PassContext {
    const LoadedCheckpoint& checkpoint;
    const DatasetRecord& dataset;
    const MeasureParameters& parameters;
    const BackendInfo& backend;
    PartialPassId partial; ///< dropped: the values say it all
    double seconds = 0;    ///< of computing
    Progress progress;     ///< at the end: units and their name
};

/// `loss[tinyshakespeare]`
std::string measured_quantity_key(std::string_view metric, std::string_view dataset);
/// The variant of the value of a job: by data and parameters.
std::string measured_variant(const JobRecord& job);

/// The value that a job has brought, also when the quantity was measured with other parameters since; nothing when it
/// is not there any more.
Expected<std::optional<ValueRecord>> find_measured_value(Reader& reader, const JobRecord& job);

/// Writes the values and outcomes that answer `jobs` and marks the jobs done, all within the caller's transaction. A
/// job whose metric the pass does not answer fails; the others are stored.
Expected<void> store_results(WriteSession& session, const std::vector<JobRecord>& jobs, const PassResult& pass,
                             const PassContext& context);

} // namespace isoloss
