#pragma once

#include "engine/base/error.h"
#include "engine/series/block_store.h"
#include "engine/series/bucket.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_state.h"
#include "engine/series/series_view.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace isoloss {

class Reader;

using Block = std::shared_ptr<const std::vector<Bucket>>;
using BucketStore = BlockStore<std::vector<Bucket>>;

/// One request: chooses the chunks, gets their blocks, builds the view. Everything it is given outlives it.
class ViewBuilder {
public:
    ViewBuilder(Reader& reader, const SeriesRequest& request, const SeriesOutline& outline, BucketStore& blocks,
                const CurveAxis& axis)
        : reader_(reader), request_(request), outline_(outline), blocks_(blocks), axis_(axis) {}

    /// Keeps in `state` how far the smoothing got; `last_variant` numbers the smoothings of all series.
    Expected<std::shared_ptr<const SeriesView>> build(SeriesState& state, std::uint64_t& last_variant);

private:
    struct VisibleChunk {
        std::size_t chunk = 0; ///< index into the outline
        int level = 0;
        Block raw, smoothed;
    };

    const ChunkSpan& chunk(std::size_t i) const { return outline_.chunks[i]; }

    std::int64_t cutoff(std::size_t i) const { return outline_.cutoff(chunk(i).attempt, request_.attempts); }

    bool hidden(std::size_t i) const { return chunk(i).whole.first_step >= cutoff(i); }

    bool cut(std::size_t i) const { return !hidden(i) && chunk(i).whole.last_step >= cutoff(i); }

    void choose_range();
    void choose_chunks();
    void add_visible(std::size_t i, int level);

    BlockKey key(std::size_t i, int level, std::uint64_t variant = 0) const {
        return {request_.series, variant, chunk(i).attempt, chunk(i).index, level};
    }

    // A chunk that is cut short is made from its points.
    int stored_level(const VisibleChunk& visible) const { return cut(visible.chunk) ? 0 : visible.level; }

    Expected<void> get_raw_blocks();
    Block cut_block(const VisibleChunk& visible, std::span<const Bucket> points) const;
    Expected<void> read_from(std::size_t begin);

    Expected<void> get_smoothed_blocks(SmoothingState& smoothing);

    std::vector<CurveStretch> stretches(Block VisibleChunk::*block, SeriesView& view, bool& any) const;
    std::shared_ptr<const SeriesView> assemble(bool smooth) const;

    Reader& reader_;
    const SeriesRequest& request_;
    const SeriesOutline& outline_;
    BucketStore& blocks_;
    CurveAxis axis_;
    CurveAxis::Interval range_;
    std::vector<VisibleChunk> visible_;
};

} // namespace isoloss
