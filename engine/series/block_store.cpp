#include "engine/series/block_store.h"

namespace isoloss {

std::size_t BlockKeyHash::operator()(const BlockKey& key) const {
    std::uint64_t hash = 0;
    for (const std::uint64_t part :
         {static_cast<std::uint64_t>(key.series.value), key.variant, static_cast<std::uint64_t>(key.attempt),
          static_cast<std::uint64_t>(key.index), static_cast<std::uint64_t>(key.level)}) {
        hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
}

} // namespace isoloss
