#include "engine/series/series_state.h"

#include <algorithm>

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

} // namespace isoloss
