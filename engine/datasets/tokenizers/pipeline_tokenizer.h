#pragma once

#include "engine/datasets/tokenizers/added_tokens.h"
#include "engine/datasets/tokenizers/decoder.h"
#include "engine/datasets/tokenizers/normalizer.h"
#include "engine/datasets/tokenizers/pre_tokenizer.h"
#include "engine/datasets/tokenizers/token_model.h"
#include "engine/datasets/tokenizers/tokenizer.h"
#include "engine/datasets/tokenizers/word_cache.h"

#include <memory>
#include <unordered_map>

namespace isoloss {

/// Everything that the files of a tokenizer say.
struct TokenizerParts {
    std::unique_ptr<const TokenModel> model;
    Normalizer normalizer;
    PreTokenizer pre_tokenizer;
    Decoder decoder;
    std::vector<AddedToken> added;
    std::optional<std::int32_t> bos, eos, mask;
    bool adds_bos = false, adds_eos = false;
    std::string hash;

    /// The id of a token by its text: of an added one, else of the model's.
    std::optional<std::int32_t> id(std::string_view token) const;
};

/// The way of the Hugging Face tokenizers library: added tokens are cut out, the rest is normalised, split into words,
/// and a model turns every word into tokens.
class PipelineTokenizer final : public Tokenizer {
public:
    static Expected<std::unique_ptr<PipelineTokenizer>> build(TokenizerParts parts);

    Expected<TokenizedText> encode(std::string_view text) const override;
    std::string decode(const std::vector<std::int32_t>& ids) const override;

    std::int64_t vocabulary() const override { return vocabulary_; }

    std::optional<std::int32_t> bos() const override { return parts_.bos; }

    std::optional<std::int32_t> eos() const override { return parts_.eos; }

    std::optional<std::int32_t> mask() const override { return parts_.mask; }

    bool adds_bos() const override { return parts_.adds_bos; }

    bool adds_eos() const override { return parts_.adds_eos; }

    std::string kind() const override { return parts_.model->kind(); }

    std::string hash() const override { return parts_.hash; }

private:
    struct Encoding;

    explicit PipelineTokenizer(TokenizerParts parts) : parts_(std::move(parts)) {}

    Expected<void> encode_piece(const AlignedText& text, bool is_first, Encoding& encoding) const;
    Expected<void> encode_words(AlignedText text, bool is_first, Encoding& encoding) const;

    TokenizerParts parts_;
    AddedTokenMatcher raw_tokens_;        ///< looked for in the text as it is
    AddedTokenMatcher normalized_tokens_; ///< looked for in the normalised text
    std::unordered_map<std::int32_t, std::string> added_texts_;
    std::int64_t vocabulary_ = 0;
    mutable WordCache cache_;
};

} // namespace isoloss
