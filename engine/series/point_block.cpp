#include "engine/series/point_block.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace isoloss {

void append_pieces(const PointBlock& block, bool joins, Row& row) {
    if (block.size() == 0) return;
    RowPiece whole;
    whole.x = *block.x;
    std::visit([&](const auto& values) { whole.values = std::span(values); }, block.values);
    whole.complete = block.complete;
    whole.joins = joins && !row.empty() && row.back().x.back() <= whole.x.front();
    std::size_t begin = 0;
    const auto append_until = [&](std::size_t end) {
        if (begin < end) row.push_back(whole.part(begin, end));
        begin = end;
    };
    for (const std::size_t place : block.breaks) {
        append_until(place);
        if (place == 0) whole.joins = false;
    }
    append_until(block.size());
}

// `at` answers the step, wall time and value of a point.
template <typename Value, typename At>
PointStore::Block PointBlockMaker::make_of(const CurveAxis& axis, const ChunkSpan& chunk, std::size_t count,
                                           const At& at) {
    auto block = std::make_shared<PointBlock>();
    block->damaged = count == 0; // only chunks that show something are asked for
    std::vector<double> x;
    std::vector<Value> values;
    x.reserve(count);
    values.reserve(count);
    const auto break_here = [&] {
        if (block->breaks.empty() || block->breaks.back() != x.size()) block->breaks.push_back(x.size());
    };
    for (std::size_t i = 0; i < count; ++i) {
        const auto [step, wall_time, value] = at(i);
        const double here = axis.of_point(step, wall_time);
        if (!std::isfinite(here)) {
            break_here();
            continue;
        }
        if (!x.empty() && here < x.back()) break_here();
        const bool finite = std::isfinite(value);
        x.push_back(here);
        values.push_back(finite ? value : std::numeric_limits<Value>::quiet_NaN());
        block->complete = block->complete && finite;
    }
    block->bytes = sizeof(PointBlock) + values.capacity() * sizeof(Value);
    block->values = std::move(values);
    auto& shared = shared_[chunk.index];
    block->x = shared.lock();
    if (!block->x || *block->x != x) {
        block->bytes += x.capacity() * sizeof(double);
        block->x = std::make_shared<const std::vector<double>>(std::move(x));
        shared = block->x;
    }
    return block;
}

PointStore::Block PointBlockMaker::make(const CurveAxis& axis, const ChunkSpan& chunk, const PointColumns& points,
                                        std::size_t begin, std::size_t end, std::int64_t cutoff) {
    std::size_t count = 0;
    while (begin + count < end && points.steps[begin + count] < cutoff)
        ++count;
    return std::visit(
        [&]<typename Value>(const std::vector<Value>& values) {
            return make_of<Value>(axis, chunk, count, [&](std::size_t i) {
                return std::tuple(points.steps[begin + i], points.wall_times[begin + i], values[begin + i]);
            });
        },
        points.values);
}

PointStore::Block PointBlockMaker::make(const CurveAxis& axis, const ChunkSpan& chunk, std::span<const Bucket> points) {
    return make_of<float>(axis, chunk, points.size(), [&](std::size_t i) {
        return std::tuple(points[i].first_step, points[i].first_wall_time, points[i].last);
    });
}

} // namespace isoloss
