#pragma once

#include "engine/base/ids.h"
#include "engine/series/bucket.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace isoloss {

using Block = std::shared_ptr<const std::vector<Bucket>>;

/// Names the buckets of one chunk at one level. `variant` 0 is the stored data, others are smoothed versions of it.
struct BlockKey {
    SeriesId series;
    std::uint64_t variant = 0;
    int attempt = 1;
    std::size_t index = 0;
    int level = 0;

    bool operator==(const BlockKey&) const = default;
};

/// Blocks under a bound of bytes; the one that was not asked for longest goes first. One thread.
class BlockStore {
public:
    explicit BlockStore(std::size_t byte_cap) : byte_cap_(byte_cap) {}

    /// Nothing when it is not there or has another number of points than the chunk has now.
    Block find(const BlockKey& key, std::uint32_t points);
    void put(const BlockKey& key, std::uint32_t points, Block block);
    void clear();

    std::size_t bytes() const { return bytes_; }

private:
    struct KeyHash {
        std::size_t operator()(const BlockKey& key) const;
    };

    struct Entry {
        BlockKey key;
        std::uint32_t points = 0;
        Block block;
    };

    using Entries = std::list<Entry>;

    static std::size_t size_of(const Entry& entry);
    void drop(Entries::iterator entry);

    std::size_t byte_cap_;
    std::size_t bytes_ = 0;
    Entries entries_; ///< the last used first
    std::unordered_map<BlockKey, Entries::iterator, KeyHash> index_;
};

} // namespace isoloss
