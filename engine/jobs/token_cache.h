#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/tokenizer.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace isoloss {

/// Texts that were encoded before, so that checkpoints with the same tokenizer encode a data set once. Bounded: what
/// does not fit any more is encoded anew each time. The engine thread's.
class TokenCache {
public:
    static constexpr std::size_t most_tokens = 16u << 20; ///< 128 MiB

    explicit TokenCache(std::size_t capacity = most_tokens) : capacity_(capacity) {}

    /// What the tokenizer makes of the text. Another tokenizer than in the call before, by its hash, empties the cache.
    Expected<TokenizedText> encode(const Tokenizer& tokenizer, std::string_view text);

private:
    std::size_t capacity_, held_ = 0;
    std::string tokenizer_;
    std::unordered_map<std::string, TokenizedText> texts_; ///< by content hash
};

} // namespace isoloss
