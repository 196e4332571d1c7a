#include "engine/series/series_state.h"

#include <algorithm>
#include <cstddef>

namespace isoloss {

Cutoffs find_cutoffs(const std::vector<ChunkSpan>& chunks) {
    Cutoffs cutoffs;
    std::int64_t first_later_step = no_cutoff;
    for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
        cutoffs.try_emplace(chunk->attempt, first_later_step);
        if (chunk->index == 0) first_later_step = std::min(first_later_step, chunk->whole.first_step);
    }
    return cutoffs;
}

bool SeriesOutline::constant() const {
    bool any = false;
    double low = 0, high = 0;
    for (const ChunkSpan& chunk : chunks) {
        if (!chunk.whole.has_values()) continue;
        low = any ? std::min(low, chunk.min) : chunk.min;
        high = any ? std::max(high, chunk.max) : chunk.max;
        any = true;
    }
    return low == high;
}

Expected<SeriesOutline> read_outline(Reader& reader, SeriesId series) {
    ISOLOSS_TRY(auto chunks, read_chunk_spans(reader, series));
    Cutoffs cutoffs = find_cutoffs(chunks);
    return SeriesOutline{std::move(chunks), std::move(cutoffs)};
}

void SeriesState::invalidate() {
    // The smoothing was computed for the oldest outline that was not compared yet.
    if (outline && !previous) previous = std::move(outline);
    outline.reset();
}

SmoothingState& SeriesState::smoothing_for(const Smoothing& wanted, AttemptRule rule, std::uint64_t& last_variant) {
    if (smoothing && (smoothing->smoothing != wanted || smoothing->rule != rule)) smoothing.reset();
    if (smoothing && previous) {
        const std::size_t common = common_chunks(previous->chunks, outline->chunks);
        if (previous->cutoffs != outline->cutoffs)
            smoothing.reset();
        else if (smoothing->at_begin.size() > common + 1)
            smoothing->at_begin.erase(smoothing->at_begin.begin() + static_cast<std::ptrdiff_t>(common) + 1,
                                      smoothing->at_begin.end());
    }
    previous.reset();
    if (!smoothing) smoothing = SmoothingState{wanted, rule, ++last_variant, {DebiasedEma(wanted.amount)}};
    return *smoothing;
}

} // namespace isoloss
