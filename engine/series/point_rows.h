#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/series/held_row.h"
#include "engine/series/point_block.h"
#include "engine/series/series_state.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace isoloss {

class Reader;

/// A run in a band: one series of it, as it lies on the axis.
struct BandMember {
    SeriesId series;
    const SeriesOutline* outline = nullptr;
    CurveAxis axis;
    AttemptRule rule = AttemptRule::last_wins;
    std::optional<int> attempt = {};     ///< only this one
    SmoothingState* smoothing = nullptr; ///< none: as it was logged
    std::uint64_t variant = 0;           ///< what its blocks are kept as: differs by axis and by smoothing
    /// What each chunk covers of the axis; empty where nothing of it is shown, everything where that is not known.
    std::vector<CurveAxis::Interval> intervals = {};

    std::size_t chunks() const { return outline->chunks.size(); }

    const ChunkSpan& chunk(std::size_t i) const { return outline->chunks[i]; }

    std::int64_t cutoff(std::size_t i) const { return outline->cutoff(chunk(i).attempt, rule); }

    bool hidden(std::size_t i) const { return intervals[i].first > intervals[i].last; }

    /// Fills `intervals`. False where x goes to and fro too often.
    bool find_intervals();
    BlockKey key(std::size_t i) const;
    /// Whether a line may run from the chunk to the next one.
    bool joins_next(std::size_t i) const;
    /// Whether some of its points, or its line to a neighbour, may lie in the range.
    bool touches(std::size_t i, CurveAxis::Interval range) const;
};

/// Gets the rows of one request from the store, else reads them. Reads ahead as long as all that the request uses fits
/// under the store's bound, and then puts no more there: a request that is larger reads only the rest again.
class PointRows {
public:
    /// `whole`: the range of the request. Everything outlives this.
    PointRows(Reader& reader, PointStore& store, PointBlockMaker& maker, CurveAxis::Interval whole,
              const CancellationToken& cancellation)
        : reader_(reader), store_(store), maker_(maker), whole_(whole), cancellation_(cancellation) {}

    /// All of the member's points in `range` and the neighbours that lines run to.
    Expected<HeldRow> row(const BandMember& member, CurveAxis::Interval range);

    /// Chunks that were asked for and could not be read.
    std::size_t damaged_chunks() const { return damaged_.size(); }

private:
    /// Blocks of neighbouring chunks from `begin` on.
    struct Fresh {
        std::size_t begin = 0;
        std::vector<PointStore::Block> blocks;
    };

    std::uint32_t points_behind(const BandMember& member, std::size_t i) const;
    PointStore::Block find(const BandMember& member, std::size_t i);
    Expected<Fresh> read(const BandMember& member, std::size_t begin, CurveAxis::Interval range);
    void put(const BandMember& member, std::size_t i, const PointStore::Block& block);

    bool has_room(std::size_t bytes) const { return used_bytes_ + bytes <= store_.byte_cap(); }

    Reader& reader_;
    PointStore& store_;
    PointBlockMaker& maker_;
    CurveAxis::Interval whole_;
    const CancellationToken& cancellation_;
    std::unordered_set<BlockKey, BlockKeyHash> used_; ///< by this request, in the store
    std::size_t used_bytes_ = 0;
    std::unordered_set<BlockKey, BlockKeyHash> damaged_;
};

} // namespace isoloss
