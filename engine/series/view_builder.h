#pragma once

#include "engine/base/error.h"
#include "engine/series/block_store.h"
#include "engine/series/bucket.h"
#include "engine/series/chunk_smoother.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_state.h"
#include "engine/series/series_view.h"
#include "engine/series/stretch_builder.h"
#include "engine/series/view_plan.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace isoloss {

class Reader;

using Block = std::shared_ptr<const std::vector<Bucket>>;
using BucketStore = BlockStore<std::vector<Bucket>>;

/// One request: gets the blocks of the planned chunks, builds the view. Everything it is given outlives it.
class ViewBuilder {
public:
    ViewBuilder(Reader& reader, const SeriesRequest& request, const SeriesOutline& outline, BucketStore& blocks,
                const CurveAxis& axis)
        : reader_(reader), request_(request), outline_(outline), blocks_(blocks), axis_(axis) {}

    /// Keeps in `state` how far the smoothing got; `last_variant` numbers the smoothings of all series.
    Expected<std::shared_ptr<const SeriesView>> build(const XWords& x, SeriesState& state, std::uint64_t& last_variant);

private:
    using Blocks = std::vector<Block>;                            ///< of the planned chunks
    using Missing = std::map<std::pair<int, std::size_t>, Block>; ///< by stored level and chunk

    /// Points beside a section that its line runs to.
    struct Ends {
        std::optional<Bucket> before, after; ///< in order of steps
    };

    const ChunkSpan& chunk(std::size_t i) const { return outline_.chunks[i]; }

    BlockKey key(std::size_t i, int level, std::uint64_t variant = 0) const {
        return {request_.series, variant, chunk(i).attempt, chunk(i).index, level};
    }

    Expected<Blocks> raw_blocks();
    Expected<void> read_missing(Missing& missing, int level, std::size_t begin, std::size_t end);
    Expected<Blocks> smoothed_blocks(SmoothingState& smoothing);
    void complete(Blocks& blocks, const Missing& read) const;

    std::span<const PlannedChunk> planned(std::size_t section) const;
    std::vector<Ends> line_ends(const Blocks& blocks) const;
    std::vector<CurveStretch> stretches(const Blocks& blocks, std::vector<CurveGap>* gaps);

    Expected<void> build_by_column(SmoothingState* smoothing);
    void widen(const std::optional<StretchBuilder::Extent>& extent);
    void describe();

    Reader& reader_;
    const SeriesRequest& request_;
    const SeriesOutline& outline_;
    BucketStore& blocks_;
    CurveAxis axis_;
    ViewPlan plan_;
    std::shared_ptr<SeriesView> view_;
    bool any_ = false; ///< the view has an extent
};

} // namespace isoloss
