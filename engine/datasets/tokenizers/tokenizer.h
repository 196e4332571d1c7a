#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Text as token ids, with the number of UTF-8 bytes of the input that each token covers (the sum is the text's size;
/// a token in the middle of a character may cover 0).
struct TokenizedText {
    std::vector<std::int32_t> ids;
    std::vector<std::uint32_t> bytes;
};

/// A tokenizer of a checkpoint folder; its ids equal those of the Hugging Face tokenizers library. Immutable after
/// loading; encode may be called from any thread.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;
    /// Without begin- and end-of-text tokens. Special tokens that occur in the text become their ids, as in the
    /// original library. Any bytes: an invalid one counts as U+FFFD, as the original receives it. Fails over a limit
    /// (text of 2 GiB or more, a pattern or a model that does not come to an end) and where a model needs an unknown
    /// token that its file does not name.
    virtual Expected<TokenizedText> encode(std::string_view text) const = 0;
    /// The text of tokens, special ones included; ids without a token are left out.
    virtual std::string decode(const std::vector<std::int32_t>& ids) const = 0;
    virtual std::int64_t vocabulary() const = 0; ///< the greatest id and one more
    /// What begins a text: bos, or [CLS] of tokenizers like BERT's.
    virtual std::optional<std::int32_t> bos() const = 0;
    /// What ends a text: eos, or [SEP].
    virtual std::optional<std::int32_t> eos() const = 0;
    /// What stands in place of a token that a masked model is to predict.
    virtual std::optional<std::int32_t> mask() const = 0;
    /// Whether the tokenizer itself puts bos before a text (post-processor or add_bos_token).
    virtual bool adds_bos() const = 0;
    /// Whether it puts eos after a text.
    virtual bool adds_eos() const = 0;
    virtual std::string kind() const = 0; ///< "byte-level BPE", "BPE with byte fallback", "Unigram", "WordPiece", …
    virtual std::string hash() const = 0; ///< content hash of its files
};

/// tokenizer.json, else vocab.json + merges.txt, else tokenizer.model or spiece.model (SentencePiece), else vocab.txt
/// (BERT). Missing, broken or unknown parts are errors that name file and key.
Expected<std::unique_ptr<Tokenizer>> load_tokenizer(const std::filesystem::path& folder);

} // namespace isoloss
