#include "engine/series/block_store.h"

namespace isoloss {

std::size_t BlockStore::KeyHash::operator()(const BlockKey& key) const {
    std::uint64_t hash = 0;
    for (const std::uint64_t part :
         {static_cast<std::uint64_t>(key.series.value), key.variant, static_cast<std::uint64_t>(key.attempt),
          static_cast<std::uint64_t>(key.index), static_cast<std::uint64_t>(key.level)}) {
        hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
}

std::size_t BlockStore::size_of(const Entry& entry) {
    constexpr std::size_t bookkeeping = 2 * sizeof(Entry) + 96;
    return bookkeeping + entry.block->capacity() * sizeof(Bucket);
}

void BlockStore::drop(Entries::iterator entry) {
    bytes_ -= size_of(*entry);
    index_.erase(entry->key);
    entries_.erase(entry);
}

Block BlockStore::find(const BlockKey& key, std::uint32_t points) {
    const auto found = index_.find(key);
    if (found == index_.end() || found->second->points != points) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->block;
}

void BlockStore::put(const BlockKey& key, std::uint32_t points, Block block) {
    if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
    entries_.push_front({key, points, std::move(block)});
    index_.emplace(key, entries_.begin());
    bytes_ += size_of(entries_.front());
    while (bytes_ > byte_cap_ && entries_.size() > 1)
        drop(std::prev(entries_.end()));
}

void BlockStore::clear() {
    entries_.clear();
    index_.clear();
    bytes_ = 0;
}

} // namespace isoloss
