#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace isoloss {

class Reader;

/// Where a series is asked for: a checkpoint's place in its run.
struct StepOfAttempt {
    int attempt = 1;
    std::optional<std::int64_t> step; ///< none: the last point
};

/// The value of a series at each place: that of the last attempt which has a point at the very step, else the nearest
/// earlier point within the place's own attempt, else nothing. Reads only the chunks that are needed.
Expected<std::vector<std::optional<double>>> series_at_steps(Reader& reader, const SeriesRecord& series,
                                                             const std::vector<StepOfAttempt>& places);

/// The first point of the first attempt.
Expected<std::optional<double>> first_of_series(Reader& reader, const SeriesRecord& series);

} // namespace isoloss
