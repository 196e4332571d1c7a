#pragma once

#include "engine/datasets/tokenizers/token_model.h"

namespace isoloss {

struct WordPieceOptions {
    std::string unknown_token = "[UNK]";
    std::string continuing_prefix = "##"; ///< of every token but the first of a word
    std::size_t longest_word = 100;       ///< characters; a longer word is unknown
};

/// BERT's WordPiece: from the left always the longest token; a word that does not come out even is unknown as a whole.
class WordPiece final : public TokenModel {
public:
    WordPiece(Vocabulary vocabulary, WordPieceOptions options);

    Expected<void> tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const override;

    std::string kind() const override { return "WordPiece"; }

private:
    WordPieceOptions options_;
    std::optional<std::int32_t> unknown_;
};

/// Every word is a token or unknown.
class WordLevel final : public TokenModel {
public:
    WordLevel(Vocabulary vocabulary, std::string unknown_token);

    Expected<void> tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const override;

    std::string kind() const override { return "WordLevel"; }

private:
    std::string unknown_token_;
    std::optional<std::int32_t> unknown_;
};

} // namespace isoloss
