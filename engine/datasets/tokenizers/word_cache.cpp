#define XXH_INLINE_ALL

#include "engine/datasets/tokenizers/word_cache.h"

#include <cstring>
#include <new>
#include <xxhash.h>

namespace isoloss {

namespace {

constexpr std::size_t most_entries = 1u << 17;
constexpr std::size_t block_bytes = 1u << 18;

} // namespace

/// Followed by its tokens and the bytes of its word.
struct WordCache::Entry {
    std::uint64_t hash;
    std::uint32_t word_size, token_count;

    const Token* tokens() const { return reinterpret_cast<const Token*>(this + 1); }

    std::string_view word() const { return {reinterpret_cast<const char*>(tokens() + token_count), word_size}; }
};

WordCache::WordCache() : slots_(slot_count) {}

WordCache::~WordCache() = default;

std::uint64_t WordCache::hash(std::string_view word) {
    return XXH3_64bits(word.data(), word.size());
}

std::optional<std::span<const Token>> WordCache::find(std::string_view word, std::uint64_t hash) const {
    for (std::size_t slot = hash % slot_count;; slot = (slot + 1) % slot_count) {
        const Entry* entry = slots_[slot].load(std::memory_order_acquire);
        if (entry == nullptr) return std::nullopt;
        if (entry->hash == hash && entry->word() == word) return std::span(entry->tokens(), entry->token_count);
    }
}

void WordCache::put(std::string_view word, std::uint64_t hash, std::span<const Token> tokens) {
    if (word.size() > longest_word) return;
    const std::lock_guard lock(mutex_);
    if (entries_ == most_entries || find(word, hash)) return;
    static_assert(most_entries <= slot_count / 2);
    static_assert(alignof(Entry) % alignof(Token) == 0 && sizeof(Entry) % alignof(Token) == 0);
    std::byte* place = allocate(sizeof(Entry) + tokens.size_bytes() + word.size());
    const auto* entry =
        new (place) Entry{hash, static_cast<std::uint32_t>(word.size()), static_cast<std::uint32_t>(tokens.size())};
    if (!tokens.empty()) std::memcpy(place + sizeof(Entry), tokens.data(), tokens.size_bytes());
    std::memcpy(place + sizeof(Entry) + tokens.size_bytes(), word.data(), word.size());
    std::size_t slot = hash % slot_count;
    while (slots_[slot].load(std::memory_order_relaxed) != nullptr)
        slot = (slot + 1) % slot_count;
    slots_[slot].store(entry, std::memory_order_release);
    ++entries_;
}

std::byte* WordCache::allocate(std::size_t bytes) {
    bytes = (bytes + alignof(Entry) - 1) / alignof(Entry) * alignof(Entry);
    if (left_ < bytes) {
        blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block_bytes));
        left_ = block_bytes;
    }
    std::byte* place = blocks_.back().get() + (block_bytes - left_);
    left_ -= bytes;
    return place;
}

} // namespace isoloss
