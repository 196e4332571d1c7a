#pragma once

#include "engine/jobs/measurement.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// A continuation as tokens behind its context, cut to what fits into the model.
struct PlannedContinuation {
    std::vector<std::int32_t> context;      ///< at least one token
    std::vector<std::int32_t> continuation; ///< at least one token
    bool is_shortened = false;              ///< the context lost tokens at its start
};

/// How continuations are put behind their contexts: what stands in front, and how much fits.
struct ContinuationOptions {
    std::optional<std::int32_t> bos;
    std::int64_t longest = 0; ///< tokens of context and continuation together
};

Expected<ContinuationOptions> continuation_options(const LoadedCheckpoint& checkpoint,
                                                   const MeasureParameters& parameters);

/// As the evaluation harness does: context and continuation are encoded as one text, after spaces at the end of the
/// context have moved to the continuation, and the tokens behind those of the context alone are scored. An empty
/// context becomes the beginning-of-sequence token, else the end-of-sequence token. Fails when neither is there, when
/// the continuation has no token, or when it does not fit; the errors have no place.
Expected<PlannedContinuation> plan_continuation(const LoadedCheckpoint& checkpoint, const ContinuationOptions& options,
                                                std::string context, std::string continuation);

} // namespace isoloss
