#pragma once

#include "engine/datasets/tokenizers/token_model.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace isoloss {

/// The tokens of words that were seen before. It only grows, up to a limit, so that reading needs no lock. Any thread.
class WordCache {
public:
    WordCache();
    ~WordCache();

    /// Where a word is looked for; the same for find and put.
    static std::uint64_t hash(std::string_view word);

    /// Longer words are not kept.
    static constexpr std::size_t longest_word = 128;

    /// Nothing when the word is not there. The tokens live as long as the cache.
    std::optional<std::span<const Token>> find(std::string_view word, std::uint64_t hash) const;

    /// Brings what find will read nearer: the first step a while before, the second after it.
    void prefetch_slot(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash % slot_count]); }

    void prefetch_entry(std::uint64_t hash) const {
        if (const Entry* entry = slots_[hash % slot_count].load(std::memory_order_acquire)) __builtin_prefetch(entry);
    }

    /// Does nothing when the cache is full.
    void put(std::string_view word, std::uint64_t hash, std::span<const Token> tokens);

private:
    struct Entry;

    static constexpr std::size_t slot_count = 1u << 18;

    std::byte* allocate(std::size_t bytes);

    std::vector<std::atomic<const Entry*>> slots_;
    std::mutex mutex_; ///< of everything below; writers hold it
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::size_t left_ = 0; ///< bytes of the last block
    std::size_t entries_ = 0;
};

} // namespace isoloss
