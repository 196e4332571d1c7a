#pragma once

#include "engine/series/band_cache.h"
#include "engine/series/series_cache.h"

#include <mutex>

namespace isoloss {

/// What queries keep of the curves of a project, in turns: views of single series, points of groups.
struct CurveCache {
    std::mutex series_mutex, band_mutex;
    SeriesCache series;
    BandCache bands;

    void invalidate(SeriesId id) {
        {
            const std::lock_guard lock(series_mutex);
            series.invalidate(id);
        }
        const std::lock_guard lock(band_mutex);
        bands.invalidate(id);
    }

    void invalidate_runs() {
        {
            const std::lock_guard lock(series_mutex);
            series.invalidate_runs();
        }
        const std::lock_guard lock(band_mutex);
        bands.invalidate_runs();
    }

    void clear() {
        {
            const std::lock_guard lock(series_mutex);
            series.clear();
        }
        const std::lock_guard lock(band_mutex);
        bands.clear();
    }
};

} // namespace isoloss
