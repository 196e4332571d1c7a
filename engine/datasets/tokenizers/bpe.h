#pragma once

#include "engine/datasets/tokenizers/token_model.h"

#include <array>
#include <memory>

namespace isoloss {

/// What the words that a BPE model gets are made of.
enum class BpeAlphabet {
    bytes,         ///< byte-level, words as they are: every byte is a symbol
    spelled_bytes, ///< byte-level, words already in the spelling of byte_spelling.h
    code_points,   ///< characters, and bytes as "<0x41>" where byte fallback is on (SentencePiece)
};

struct BpeOptions {
    BpeAlphabet alphabet = BpeAlphabet::bytes;
    std::optional<std::string> unknown_token;
    std::string continuing_prefix; ///< of every symbol but the first of a word
    std::string word_suffix;       ///< of the last symbol of a word
    bool fuse_unknown = false;
    bool byte_fallback = false;
    bool ignore_merges = false; ///< a word that is itself a token is not taken apart
};

/// Byte pair encoding: the pair with the lowest rank is merged first, the leftmost of equal ones. One word of n bytes
/// takes O(n log n).
class Bpe final : public TokenModel {
public:
    using Merges = std::vector<std::pair<std::string, std::string>>;

    /// `merges` in the order of their rank, in the spelling of the vocabulary. The alphabet `bytes` needs a vocabulary
    /// that knows_every_byte. Errors name `file` and the key.
    static Expected<std::unique_ptr<Bpe>> build(Vocabulary vocabulary, const Merges& merges, BpeOptions options,
                                                std::string_view file);

    /// Whether every byte has a token of its own in byte-level spelling.
    static bool knows_every_byte(const Vocabulary& vocabulary);

    /// A character that has no token, no fallback and no unknown token is left out, as in the original; its bytes count
    /// for a neighbour.
    Expected<void> tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const override;

    std::string kind() const override;

private:
    struct Merge {
        std::uint64_t pair = ~0ull;
        std::uint32_t rank = ~0u;
        std::int32_t id = 0;
    };

    struct Symbol {
        std::int32_t id;
        std::uint32_t bytes;
        std::int32_t previous, next;
    };

    Bpe(Vocabulary vocabulary, BpeOptions options) : TokenModel(std::move(vocabulary)), options_(std::move(options)) {}

    Expected<void> add_merges(const Merges& merges, std::string_view file);
    const Merge* find_merge(std::int32_t left, std::int32_t right) const;
    void split_code_points(std::string_view word, std::vector<Symbol>& symbols) const;
    void merge_few(std::vector<Symbol>& symbols) const;
    Expected<void> merge_many(std::vector<Symbol>& symbols, TimeLimit& limit) const;

    BpeOptions options_;
    std::unordered_map<std::string, std::int32_t> whole_words_; ///< for ignore_merges
    std::array<std::int32_t, 256> byte_ids_{};                  ///< −1: no token
    std::optional<std::int32_t> unknown_;
    std::vector<Merge> merges_; ///< open addressing, a power of two
};

} // namespace isoloss
