#include "engine/series/point_rows.h"

#include "engine/series/chunk_blocks.h"
#include "engine/series/chunk_smoother.h"
#include "engine/series/view_plan.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace isoloss {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr std::size_t chunks_at_once = 64;
constexpr std::size_t points_of_chunk = std::size_t{1} << (3 * pyramid_levels);
constexpr std::size_t bytes_at_once = chunks_at_once * points_of_chunk * 2 * sizeof(double); // x and value

} // namespace

bool BandMember::find_intervals() {
    intervals.assign(chunks(), {infinity, -infinity});
    for (const CurveSection& section : curve_sections(*outline, axis, rule)) {
        if (attempt && section.attempt != *attempt) continue;
        if (section.part.scattered) return false;
        for (std::size_t i = section.begin; i < section.end; ++i) {
            auto x = interval_within(section, chunk(i).whole, axis);
            if (!std::isfinite(x.first) || !std::isfinite(x.last)) x = {-infinity, infinity};
            intervals[i].first = std::min(intervals[i].first, x.first);
            intervals[i].last = std::max(intervals[i].last, x.last);
        }
    }
    return true;
}

// A chunk that a later attempt cuts short is another block for each place of the cut, and one whose x is not known to
// its end for each step up to which it is.
BlockKey BandMember::key(std::size_t i) const {
    const Bucket& whole = chunk(i).whole;
    const auto parts = axis.parts(chunk(i).attempt);
    const std::int64_t known = parts.empty() ? std::numeric_limits<std::int64_t>::min() : parts.back().last_step;
    const std::int64_t end = std::min(cutoff(i) - 1, known);
    const std::uint64_t place = end < whole.last_step ? 1 + static_cast<std::uint64_t>(end) : 0;
    return {series, variant ^ (place * 0x9e3779b97f4a7c15u), chunk(i).attempt, chunk(i).index};
}

bool BandMember::joins_next(std::size_t i) const {
    return i + 1 < chunks() && chunk(i).attempt == chunk(i + 1).attempt && !hidden(i) && !hidden(i + 1);
}

bool BandMember::touches(std::size_t i, CurveAxis::Interval range) const {
    if (hidden(i)) return false;
    CurveAxis::Interval x = intervals[i];
    const auto reach_to = [&](const CurveAxis::Interval& neighbour) {
        x.first = std::min(x.first, neighbour.last);
        x.last = std::max(x.last, neighbour.first);
    };
    if (i > 0 && joins_next(i - 1)) reach_to(intervals[i - 1]);
    if (joins_next(i)) reach_to(intervals[i + 1]);
    return x.last >= range.first && x.first <= range.last;
}

Expected<HeldRow> PointRows::row(const BandMember& member, CurveAxis::Interval range) {
    HeldRow held;
    Fresh fresh;
    bool goes_on = false;
    for (std::size_t i = 0; i < member.chunks(); ++i) {
        if (!member.touches(i, range)) {
            goes_on = false;
            continue;
        }
        PointStore::Block block;
        if (i >= fresh.begin && i < fresh.begin + fresh.blocks.size())
            block = fresh.blocks[i - fresh.begin];
        else
            block = find(member, i);
        if (!block) {
            ISOLOSS_TRY(fresh, read(member, i, range));
            block = fresh.blocks.front();
        }
        if (block->damaged) damaged_.insert(member.key(i));
        held.append(std::move(block), goes_on);
        goes_on = member.joins_next(i);
    }
    return held;
}

std::uint32_t PointRows::points_behind(const BandMember& member, std::size_t i) const {
    if (member.smoothing == nullptr) return member.chunk(i).whole.count;
    return ChunkSmoother(reader_, member.series, *member.outline, member.rule, *member.smoothing).points_behind(i);
}

PointStore::Block PointRows::find(const BandMember& member, std::size_t i) {
    const BlockKey key = member.key(i);
    PointStore::Block block = store_.find(key, points_behind(member, i));
    if (block && used_.insert(key).second) used_bytes_ += PointStore::size_of(*block);
    return block;
}

void PointRows::put(const BandMember& member, std::size_t i, const PointStore::Block& block) {
    const std::size_t bytes = PointStore::size_of(*block);
    if (block->damaged || !has_room(bytes) || !used_.insert(member.key(i)).second) return;
    store_.put(member.key(i), points_behind(member, i), block);
    used_bytes_ += bytes;
}

Expected<PointRows::Fresh> PointRows::read(const BandMember& member, std::size_t begin, CurveAxis::Interval range) {
    if (cancellation_.cancelled()) return fail(ErrorKind::cancelled, "the band was not needed any more");
    const bool ahead = has_room(bytes_at_once);
    std::size_t end = begin + 1;
    while (end < member.chunks() && end - begin < chunks_at_once && member.joins_next(end - 1) &&
           (member.touches(end, range) || (ahead && member.touches(end, whole_))) && !find(member, end))
        ++end;
    Fresh fresh{begin, {}};
    if (member.smoothing != nullptr) {
        std::vector<std::size_t> chunks(end - begin);
        std::iota(chunks.begin(), chunks.end(), begin);
        ChunkSmoother smoother(reader_, member.series, *member.outline, member.rule, *member.smoothing);
        ISOLOSS_TRY_VOID(smoother.smooth(chunks, [&](std::size_t i, const std::vector<Bucket>& points) {
            put(member, i, fresh.blocks.emplace_back(maker_.make(member.axis, member.chunk(i), points)));
        }));
    } else {
        std::size_t i = begin;
        ISOLOSS_TRY_VOID(read_points_of_chunks(
            reader_, member.series, {member.outline->chunks, begin, end},
            [&](const ChunkSpan& chunk, const PointColumns& points, std::size_t first, std::size_t last) {
                put(member, i,
                    fresh.blocks.emplace_back(maker_.make(member.axis, chunk, points, first, last, member.cutoff(i))));
                ++i;
            }));
    }
    return fresh;
}

} // namespace isoloss
