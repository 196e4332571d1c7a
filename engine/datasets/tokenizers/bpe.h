#pragma once

#include "engine/base/error.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace isoloss {

/// What the symbols of a BPE vocabulary stand for.
enum class BpeAlphabet {
    bytes,       ///< byte-level: every byte is written as one printable character (GPT-2)
    code_points, ///< characters, and bytes as "<0x41>" where byte fallback is on (SentencePiece)
};

struct BpeOptions {
    BpeAlphabet alphabet = BpeAlphabet::bytes;
    std::optional<std::string> unknown_token;
    bool fuse_unknown = false;
    bool byte_fallback = false;
    bool ignore_merges = false; ///< a word that is itself a token is not taken apart
};

/// A token of a word and the end of the bytes of the word that it covers.
struct BpeToken {
    std::int32_t id = 0;
    std::uint32_t end = 0;
};

/// Byte pair encoding with the ids of the Hugging Face tokenizers library: the pair with the lowest rank is merged
/// first, the leftmost of equal ones. One word of n bytes takes O(n log n). Immutable; any thread.
class Bpe {
public:
    Bpe(Bpe&&) = default;
    Bpe& operator=(Bpe&&) = default;

    /// `vocabulary` in the spelling of the file; `merges` in the order of their rank. Errors name `file` and the key.
    static Expected<Bpe> build(std::vector<std::pair<std::string, std::int32_t>> vocabulary,
                               const std::vector<std::pair<std::string, std::string>>& merges, BpeOptions options,
                               std::string_view file);

    /// Appends the tokens of a word (raw bytes, valid UTF-8). A character that has no token and no fallback is left
    /// out, as in the original.
    void tokenize(std::string_view word, std::vector<BpeToken>& tokens) const;

    std::optional<std::int32_t> id(std::string_view token) const;
    /// The bytes that a token stands for; nothing when no token has this id.
    std::optional<std::string_view> bytes(std::int32_t id) const;

    const BpeOptions& options() const { return options_; }

    const std::vector<std::pair<std::string, std::int32_t>>& vocabulary() const { return vocabulary_; }

private:
    Bpe() = default;

    struct Merge {
        std::uint64_t pair = ~0ull;
        std::uint32_t rank = 0;
        std::int32_t id = 0;
    };

    struct Symbol {
        std::int32_t id;
        std::uint32_t bytes;
        std::int32_t previous, next;
    };

    Expected<void> add_merges(const std::vector<std::pair<std::string, std::string>>& merges, std::string_view file);
    const Merge* find_merge(std::int32_t left, std::int32_t right) const;
    void split_bytes(std::string_view word, std::vector<Symbol>& symbols) const;
    void split_code_points(std::string_view word, std::vector<Symbol>& symbols) const;
    void merge_all(std::vector<Symbol>& symbols) const;

    BpeOptions options_;
    std::vector<std::pair<std::string, std::int32_t>> vocabulary_;
    std::unordered_map<std::string_view, std::int32_t> ids_;
    std::unordered_map<std::int32_t, std::string> bytes_of_;
    std::unordered_map<std::string_view, std::int32_t> whole_words_; ///< bytes → id, for ignore_merges
    std::array<std::int32_t, 256> byte_ids_{};                       ///< −1: no token
    std::optional<std::int32_t> unknown_;
    std::vector<Merge> merges_; ///< open addressing, a power of two
};

/// The character that byte-level BPE writes for a byte.
std::uint32_t byte_level_character(unsigned char byte);

} // namespace isoloss
