#include "engine/series/chunk_smoother.h"

#include "engine/store/reader.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr std::size_t chunks_at_once = 64;

} // namespace

Expected<void> ChunkSmoother::smooth(std::span<const std::size_t> chunks, const Take& take) {
    if (chunks.empty()) return {};
    return state_.smoothing.kind == SmoothingKind::ema ? smooth_by_average(chunks, take)
                                                       : smooth_by_window(chunks, take);
}

std::uint32_t ChunkSmoother::points_behind(std::size_t i) const {
    if (state_.smoothing.kind == SmoothingKind::ema) return chunk(i).whole.count;
    const Range around = neighbourhood({i, i + 1});
    std::uint32_t points = 0;
    for (std::size_t at = around.begin; at < around.end; ++at)
        points += chunk(at).whole.count;
    return points;
}

// Whether the smoothing runs on from one chunk to the other.
bool ChunkSmoother::joined(std::size_t a, std::size_t b) const {
    return rule_ == AttemptRule::last_wins || chunk(a).attempt == chunk(b).attempt;
}

std::size_t ChunkSmoother::points_shown_at_least(std::size_t i) const {
    return chunk(i).whole.last_step < cutoff(i) ? chunk(i).whole.count : 0;
}

// The chunks that hold everything within reach of these.
ChunkSmoother::Range ChunkSmoother::neighbourhood(Range range) const {
    const std::size_t reach = state_.smoothing.reach();
    std::size_t points = 0;
    while (points < reach && range.begin > 0 && joined(range.begin - 1, range.begin))
        points += points_shown_at_least(--range.begin);
    points = 0;
    while (points < reach && range.end < outline_.chunks.size() && joined(range.end, range.end - 1))
        points += points_shown_at_least(range.end++);
    return range;
}

Expected<void> ChunkSmoother::smooth_by_average(std::span<const std::size_t> chunks, const Take& take) {
    const std::size_t last = chunks.back();
    while (!chunks.empty()) {
        // Where the average at a chunk's beginning is not known yet, all before it are needed.
        const std::size_t begin = std::min(chunks.front(), state_.at_begin.size() - 1);
        std::size_t end = begin;
        while (end <= last && end - begin < chunks_at_once && chunk(end).attempt == chunk(begin).attempt)
            ++end;
        ISOLOSS_TRY_VOID(average_range({outline_.chunks, begin, end}, chunks, take));
    }
    return {};
}

Expected<void> ChunkSmoother::average_range(const ChunkRange& range, std::span<const std::size_t>& chunks,
                                            const Take& take) {
    std::size_t i = range.begin;
    return read_points_of_chunks(
        reader_, series_, range, [&](const ChunkSpan&, const PointColumns& points, std::size_t begin, std::size_t end) {
            DebiasedEma average = state_.at_begin[i];
            std::vector<Bucket> buckets;
            for (std::size_t row = begin; row < end && points.steps[row] < cutoff(i); ++row)
                buckets.push_back(
                    bucket_of_point(points.steps[row], points.wall_times[row], average.next(points.value(row))));
            if (i + 1 == state_.at_begin.size()) {
                const bool anew = i + 1 < outline_.chunks.size() && !joined(i, i + 1);
                state_.at_begin.push_back(anew ? DebiasedEma(state_.smoothing.amount) : average);
            }
            if (!chunks.empty() && chunks.front() == i) {
                take(i, std::move(buckets));
                chunks = chunks.subspan(1);
            }
            ++i;
        });
}

Expected<void> ChunkSmoother::smooth_by_window(std::span<const std::size_t> chunks, const Take& take) {
    while (!chunks.empty()) {
        std::size_t count = 1;
        while (count < chunks.size() && count < chunks_at_once && chunks[count] == chunks[count - 1] + 1 &&
               joined(chunks[count - 1], chunks[count]))
            ++count;
        ISOLOSS_TRY_VOID(window_range(chunks.first(count), take));
        chunks = chunks.subspan(count);
    }
    return {};
}

// Neighbouring chunks that are joined. Each is averaged by itself, so that what comes out does not depend on what is
// asked beside it.
Expected<void> ChunkSmoother::window_range(std::span<const std::size_t> chunks, const Take& take) {
    const Range around = neighbourhood({chunks.front(), chunks.back() + 1});
    std::vector<double> values;
    std::vector<std::size_t> begins; // of the chunks in `values`
    std::vector<std::vector<Bucket>> points_of;
    for (std::size_t begin = around.begin, end = begin; begin < around.end; begin = end) {
        while (end < around.end && chunk(end).attempt == chunk(begin).attempt)
            ++end;
        std::size_t i = begin;
        ISOLOSS_TRY_VOID(read_points_of_chunks(
            reader_, series_, {outline_.chunks, begin, end},
            [&](const ChunkSpan&, const PointColumns& points, std::size_t first, std::size_t last) {
                const bool asked = i >= chunks.front() && i <= chunks.back();
                begins.push_back(values.size());
                auto& buckets = points_of.emplace_back();
                for (std::size_t row = first; row < last && points.steps[row] < cutoff(i); ++row) {
                    values.push_back(points.value(row));
                    if (asked)
                        buckets.push_back(bucket_of_point(points.steps[row], points.wall_times[row], values.back()));
                }
                ++i;
            }));
    }
    begins.push_back(values.size());
    for (const std::size_t i : chunks) {
        const std::size_t at = i - around.begin;
        const auto averages = window_averages(values, begins[at], begins[at + 1], state_.smoothing);
        auto& buckets = points_of[at];
        for (std::size_t point = 0; point < buckets.size(); ++point)
            buckets[point] =
                bucket_of_point(buckets[point].first_step, buckets[point].first_wall_time, averages[point]);
        take(i, std::move(buckets));
    }
    return {};
}

} // namespace isoloss
