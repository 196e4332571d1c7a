#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace isoloss {

/// Some neighbouring points of one attempt. Extremes, first and last are over finite values, NaN when there is none.
struct Bucket {
    std::int64_t first_step = 0, last_step = 0;
    double first_wall_time = 0, last_wall_time = 0; ///< UTC seconds, NaN when not known
    float min = 0, max = 0, first = 0, last = 0;
    std::uint32_t count = 0, nonfinite = 0;

    bool has_values() const { return nonfinite < count; }
};

inline std::size_t bytes_of(const std::vector<Bucket>& buckets) {
    return buckets.capacity() * sizeof(Bucket);
}

/// A double as float, values outside of its range cut to it.
inline float clamped_float(double value) {
    constexpr double limit = std::numeric_limits<float>::max();
    if (value > limit && std::isfinite(value)) return std::numeric_limits<float>::max();
    if (value < -limit && std::isfinite(value)) return std::numeric_limits<float>::lowest();
    return static_cast<float>(value);
}

inline Bucket bucket_of_point(std::int64_t step, double wall_time, double value) {
    const bool finite = std::isfinite(value);
    const float narrow = finite ? clamped_float(value) : std::numeric_limits<float>::quiet_NaN();
    return {step, step, wall_time, wall_time, narrow, narrow, narrow, narrow, 1, finite ? 0u : 1u};
}

/// Joins every 8^level buckets of single points into one; the last may be smaller.
std::vector<Bucket> reduced(std::span<const Bucket> points, int level);

} // namespace isoloss
