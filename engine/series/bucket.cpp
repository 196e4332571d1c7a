#include "engine/series/bucket.h"

#include <algorithm>

namespace isoloss {

namespace {

void join(Bucket& bucket, const Bucket& next) {
    if (next.has_values()) {
        const bool had_values = bucket.has_values();
        bucket.min = had_values ? std::min(bucket.min, next.min) : next.min;
        bucket.max = had_values ? std::max(bucket.max, next.max) : next.max;
        if (!had_values) bucket.first = next.first;
        bucket.last = next.last;
    }
    bucket.last_step = next.last_step;
    bucket.last_wall_time = next.last_wall_time;
    bucket.count += next.count;
    bucket.nonfinite += next.nonfinite;
}

} // namespace

std::vector<Bucket> reduced(std::span<const Bucket> points, int level) {
    if (level == 0) return {points.begin(), points.end()};
    const std::size_t size = std::size_t{1} << (3 * level);
    std::vector<Bucket> buckets;
    buckets.reserve((points.size() + size - 1) / size);
    for (std::size_t i = 0; i < points.size(); ++i)
        if (i % size == 0)
            buckets.push_back(points[i]);
        else
            join(buckets.back(), points[i]);
    return buckets;
}

} // namespace isoloss
