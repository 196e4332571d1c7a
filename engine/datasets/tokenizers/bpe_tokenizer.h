#pragma once

#include "engine/datasets/tokenizers/added_tokens.h"
#include "engine/datasets/tokenizers/bpe.h"
#include "engine/datasets/tokenizers/normalizer.h"
#include "engine/datasets/tokenizers/pre_tokenizer.h"
#include "engine/datasets/tokenizers/tokenizer.h"

namespace isoloss {

/// Everything that the files of a tokenizer say.
struct TokenizerParts {
    Bpe bpe;
    Normalizer normalizer;
    PreTokenizer pre_tokenizer;
    std::vector<AddedToken> added;
    std::optional<std::int32_t> bos, eos, mask;
    bool adds_bos = false;
    std::string hash;
};

/// A BPE tokenizer: added tokens are cut out, the rest is normalised, split into words and merged.
class BpeTokenizer final : public Tokenizer {
public:
    explicit BpeTokenizer(TokenizerParts parts);

    Expected<TokenizedText> encode(std::string_view text) const override;
    std::string decode(const std::vector<std::int32_t>& ids) const override;

    std::int64_t vocabulary() const override { return vocabulary_; }

    std::optional<std::int32_t> bos() const override { return parts_.bos; }

    std::optional<std::int32_t> eos() const override { return parts_.eos; }

    std::optional<std::int32_t> mask() const override { return parts_.mask; }

    bool adds_bos() const override { return parts_.adds_bos; }

    std::string kind() const override;

    std::string hash() const override { return parts_.hash; }

private:
    struct Encoding;

    Expected<void> encode_words(AlignedText text, bool is_first, Encoding& encoding) const;

    TokenizerParts parts_;
    AddedTokenMatcher raw_tokens_;        ///< looked for in the text as it is
    AddedTokenMatcher normalized_tokens_; ///< looked for in the normalised text
    std::int64_t vocabulary_ = 0;
};

} // namespace isoloss
