#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/series_state.h"

#include <unordered_map>

namespace isoloss {

class Reader;

/// Where relative time begins: UTC seconds of hour 0. One thread.
class SeriesOrigins {
public:
    /// The start of the series' run where it is known and not later than the points, else the first point.
    Expected<double> origin(Reader& reader, SeriesId series, SeriesOutline& outline);

    void clear() { runs_.clear(); }

private:
    std::unordered_map<SeriesId, RunId> runs_;
};

} // namespace isoloss
