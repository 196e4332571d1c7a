#include "engine/series/series_state.h"

#include <algorithm>

namespace isoloss {

namespace {

bool same_chunk(const ChunkSpan& a, const ChunkSpan& b) {
    return a.attempt == b.attempt && a.index == b.index && a.whole.count == b.whole.count;
}

std::size_t common_chunks(const SeriesOutline& a, const SeriesOutline& b) {
    const auto [differs, unused] =
        std::mismatch(a.chunks.begin(), a.chunks.end(), b.chunks.begin(), b.chunks.end(), same_chunk);
    return static_cast<std::size_t>(differs - a.chunks.begin());
}

} // namespace

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
    float low = 0, high = 0;
    for (const ChunkSpan& span : chunks) {
        if (!span.whole.has_values()) continue;
        low = any ? std::min(low, span.whole.min) : span.whole.min;
        high = any ? std::max(high, span.whole.max) : span.whole.max;
        any = true;
    }
    return low == high;
}

Expected<SeriesOutline> read_outline(Reader& reader, SeriesId series) {
    ISOLOSS_TRY(auto chunks, read_chunk_spans(reader, series));
    Cutoffs cutoffs = find_cutoffs(chunks);
    return SeriesOutline{std::move(chunks), std::move(cutoffs), std::nullopt};
}

void SeriesState::invalidate() {
    // The smoothing was computed for the oldest outline that was not compared yet.
    if (outline && !previous) previous = std::move(outline);
    outline.reset();
}

SmoothingState& SeriesState::smoothing_for(const Smoothing& wanted, AttemptRule rule, std::uint64_t& last_variant) {
    if (smoothing && (smoothing->smoothing != wanted || smoothing->rule != rule)) smoothing.reset();
    if (smoothing && previous) {
        const std::size_t common = common_chunks(*previous, *outline);
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
