#include "engine/series/point_block.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>

namespace isoloss {

namespace {

/// Takes points in the order of time and lays them out as stretches.
template <typename Value>
class Layout {
public:
    explicit Layout(std::size_t count) {
        x.reserve(count);
        values.reserve(count);
    }

    void leave_out() {
        close();
        broken_ = true;
    }

    void add(double here, Value value) {
        if (open_) {
            const double last = x.back();
            const bool alone = x.size() == stretches.back().begin + 1;
            if (here < last && alone)
                stretches.back().falls = true;
            else if (here < last ? !stretches.back().falls : here > last && stretches.back().falls)
                turn(here < last);
            else if (here == last && stretches.back().falls)
                close(); // so that of two at one x the later comes later
        }
        if (!open_) begin(false);
        x.push_back(here);
        values.push_back(value);
    }

    void close() {
        if (open_ && stretches.back().falls) {
            const auto from = static_cast<std::ptrdiff_t>(stretches.back().begin);
            std::reverse(x.begin() + from, x.end());
            std::reverse(values.begin() + from, values.end());
        }
        open_ = false;
    }

    bool broken() const { return broken_; }

    std::vector<double> x;
    std::vector<Value> values;
    std::vector<PointBlock::Stretch> stretches;

private:
    void begin(bool falls) {
        stretches.push_back({x.size(), falls, std::exchange(broken_, false)});
        open_ = true;
    }

    void turn(bool falls) {
        const double last_x = x.back();
        const Value last = values.back();
        close();
        begin(falls);
        if (!std::isfinite(last)) return; // no line goes on from it
        x.push_back(last_x);
        values.push_back(last);
    }

    bool open_ = false, broken_ = false;
};

} // namespace

// `at` answers the step, wall time and value of a point.
template <typename Value, typename At>
PointStore::Block PointBlockMaker::make_of(const CurveAxis& axis, const ChunkSpan& chunk, std::size_t count,
                                           const At& at) {
    auto block = std::make_shared<PointBlock>();
    block->damaged = count == 0; // only chunks that show something are asked for
    Layout<Value> layout(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto [step, wall_time, value] = at(i);
        const double here = axis.of_point(chunk.attempt, step, wall_time);
        if (!std::isfinite(here)) {
            layout.leave_out();
            continue;
        }
        const bool finite = std::isfinite(value);
        layout.add(here, finite ? value : std::numeric_limits<Value>::quiet_NaN());
        block->complete = block->complete && finite;
    }
    layout.close();
    block->ends_broken = layout.broken();
    block->stretches = std::move(layout.stretches);
    block->bytes = sizeof(PointBlock) + layout.values.capacity() * sizeof(Value) +
                   block->stretches.capacity() * sizeof(PointBlock::Stretch);
    block->values = std::move(layout.values);
    std::vector<double> x = std::move(layout.x);
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
