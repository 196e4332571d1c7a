#pragma once

#include "engine/base/ids.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

namespace isoloss {

/// Names what was made of one chunk at one level. `variant` 0 is the stored data, others are made from it.
struct BlockKey {
    SeriesId series;
    std::uint64_t variant = 0;
    int attempt = 1;
    std::size_t index = 0;
    int level = 0;

    bool operator==(const BlockKey&) const = default;
};

struct BlockKeyHash {
    std::size_t operator()(const BlockKey& key) const;
};

/// Blocks under a bound of bytes; the one that was not asked for longest goes first. `bytes_of` says how large a
/// content is. One thread.
template <typename Content>
class BlockStore {
public:
    using Block = std::shared_ptr<const Content>;

    explicit BlockStore(std::size_t byte_cap) : byte_cap_(byte_cap) {}

    /// Nothing when it is not there or has another number of points than the chunk has now.
    Block find(const BlockKey& key, std::uint32_t points) {
        const auto found = index_.find(key);
        if (found == index_.end() || found->second->points != points) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->block;
    }

    void put(const BlockKey& key, std::uint32_t points, Block block) {
        if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
        const std::size_t bytes = size_of(*block);
        entries_.push_front({key, points, bytes, std::move(block)});
        index_.emplace(key, entries_.begin());
        bytes_ += bytes;
        while (bytes_ > byte_cap_ && entries_.size() > 1)
            drop(std::prev(entries_.end()));
    }

    void clear() {
        entries_.clear();
        index_.clear();
        bytes_ = 0;
    }

    std::size_t bytes() const { return bytes_; }

    std::size_t byte_cap() const { return byte_cap_; }

    /// What a content takes here.
    static std::size_t size_of(const Content& content) {
        constexpr std::size_t bookkeeping = 2 * sizeof(Entry) + 96;
        return bookkeeping + bytes_of(content);
    }

private:
    struct Entry {
        BlockKey key;
        std::uint32_t points = 0;
        std::size_t bytes = 0;
        Block block;
    };

    using Entries = std::list<Entry>;

    void drop(typename Entries::iterator entry) {
        bytes_ -= entry->bytes;
        index_.erase(entry->key);
        entries_.erase(entry);
    }

    std::size_t byte_cap_;
    std::size_t bytes_ = 0;
    Entries entries_; ///< the last used first
    std::unordered_map<BlockKey, typename Entries::iterator, BlockKeyHash> index_;
};

} // namespace isoloss
