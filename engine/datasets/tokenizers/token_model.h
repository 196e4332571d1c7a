#pragma once

#include "engine/datasets/tokenizers/time_limit.h"
#include "engine/datasets/tokenizers/vocabulary.h"

namespace isoloss {

/// A token of a word and the end of the bytes of the word that it covers.
struct Token {
    std::int32_t id = 0;
    std::uint32_t end = 0;

    bool operator==(const Token&) const = default;
};

/// The part of a tokenizer that turns a word into tokens of its vocabulary, with the ids of the Hugging Face tokenizers
/// library. Immutable; any thread.
class TokenModel {
public:
    explicit TokenModel(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}

    virtual ~TokenModel() = default;

    /// Appends the tokens of a word (valid UTF-8). Fails when the time is over or a word without tokens has no unknown
    /// token to stand for it.
    virtual Expected<void> tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const = 0;

    virtual std::string kind() const = 0; ///< "byte-level BPE", "Unigram", …

    const Vocabulary& vocabulary() const { return vocabulary_; }

protected:
    static tl::unexpected<Error> out_of_time() {
        return fail(ErrorKind::limit, "taking the text apart takes too long",
                    "The tokenizer's file is pathological; don't use it unless you know who wrote it");
    }

private:
    Vocabulary vocabulary_;
};

} // namespace isoloss
