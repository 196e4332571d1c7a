#include "engine/jobs/token_cache.h"

#include "engine/base/hash.h"

namespace isoloss {

Expected<TokenizedText> TokenCache::encode(const Tokenizer& tokenizer, std::string_view text) {
    if (std::string hash = tokenizer.hash(); hash != tokenizer_) {
        texts_.clear();
        held_ = 0;
        tokenizer_ = std::move(hash);
    }
    std::string key = content_hash(text);
    if (const auto found = texts_.find(key); found != texts_.end()) return found->second;
    ISOLOSS_TRY(TokenizedText tokens, tokenizer.encode(text));
    constexpr std::size_t overhead = 16; // of an entry, in tokens
    if (held_ + tokens.ids.size() + overhead <= capacity_) {
        held_ += tokens.ids.size() + overhead;
        texts_.emplace(std::move(key), tokens);
    }
    return tokens;
}

} // namespace isoloss
