#pragma once

#include "engine/series/band_cache.h"
#include "engine/series/series_cache.h"

#include <array>
#include <cstddef>
#include <mutex>

namespace isoloss {

/// What queries keep of the curves of a project: points of groups in turns, views of single series in parts, each of
/// which serves one thread at a time. Any thread.
class CurveCache {
public:
    static constexpr std::size_t parts = 4;

    /// Views of the series of some runs.
    struct Part {
        std::mutex mutex;
        SeriesCache series{SeriesCache::default_byte_cap / parts};
    };

    static std::size_t part_of(RunId run) { return static_cast<std::size_t>(run.value) % parts; }

    Part& part(std::size_t index) { return parts_[index]; }

    std::mutex band_mutex;
    BandCache bands;

    void invalidate(SeriesId id) {
        for_each([id](auto& cache) { cache.invalidate(id); });
    }

    void invalidate_runs() {
        for_each([](auto& cache) { cache.invalidate_runs(); });
    }

    void clear() {
        for_each([](auto& cache) { cache.clear(); });
    }

private:
    template <typename Function>
    void for_each(const Function& function) {
        for (Part& part : parts_) {
            const std::lock_guard lock(part.mutex);
            function(part.series);
        }
        const std::lock_guard lock(band_mutex);
        function(bands);
    }

    std::array<Part, parts> parts_;
};

} // namespace isoloss
