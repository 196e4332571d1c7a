#include "engine/series/point_block.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace isoloss {

namespace {

// Answers whether all were finite.
template <typename Value>
bool replace_nonfinite(std::vector<Value>& values) {
    bool complete = true;
    for (Value& value : values)
        if (!std::isfinite(value)) {
            value = std::numeric_limits<Value>::quiet_NaN();
            complete = false;
        }
    return complete;
}

} // namespace

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

std::shared_ptr<const PointBlock> PointBlockMaker::make(const CurveAxis& axis, const ChunkSpan& chunk,
                                                        const PointColumns& points, std::size_t begin, std::size_t end,
                                                        std::int64_t cutoff) {
    auto block = std::make_shared<PointBlock>();
    block->damaged = begin == end;
    std::vector<double> x;
    std::vector<std::size_t> rows;
    x.reserve(end - begin);
    rows.reserve(end - begin);
    const auto break_here = [&] {
        if (block->breaks.empty() || block->breaks.back() != x.size()) block->breaks.push_back(x.size());
    };
    for (std::size_t row = begin; row < end && points.steps[row] < cutoff; ++row) {
        const double here = axis.of_point(points.steps[row], points.wall_times[row]);
        if (!std::isfinite(here)) {
            break_here();
            continue;
        }
        if (!x.empty() && here < x.back()) break_here();
        x.push_back(here);
        rows.push_back(row);
    }
    std::visit(
        [&](const auto& all) {
            auto values = std::remove_cvref_t<decltype(all)>();
            values.reserve(rows.size());
            for (const std::size_t row : rows)
                values.push_back(all[row]);
            block->complete = replace_nonfinite(values);
            block->bytes = sizeof(PointBlock) + values.size() * sizeof(values[0]);
            block->values = std::move(values);
        },
        points.values);
    auto& shared = shared_[chunk.index];
    block->x = shared.lock();
    if (!block->x || *block->x != x) {
        x.shrink_to_fit();
        block->bytes += x.size() * sizeof(double);
        block->x = std::make_shared<const std::vector<double>>(std::move(x));
        shared = block->x;
    }
    return block;
}

} // namespace isoloss
