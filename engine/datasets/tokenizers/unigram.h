#pragma once

#include "engine/datasets/tokenizers/token_model.h"

#include <array>
#include <memory>

namespace isoloss {

struct UnigramOptions {
    std::optional<std::int32_t> unknown; ///< an id of the vocabulary
    bool byte_fallback = false;          ///< an unknown is written as its bytes, "<0xE2>", when all of them are tokens
};

/// The unigram language model of SentencePiece: of all ways to take a word apart the one with the greatest sum of
/// scores (log-probabilities), found by Viterbi's algorithm; of equal ones the one whose last token begins first. A
/// character that no token of its own length begins with is unknown and costs ten more than the worst score;
/// neighbouring unknowns become one.
class Unigram final : public TokenModel {
public:
    /// Scores by the place of their token in the vocabulary's entries, whose ids are 0, 1, 2, …
    static Expected<std::unique_ptr<Unigram>> build(Vocabulary vocabulary, const std::vector<double>& scores,
                                                    UnigramOptions options, std::string_view file);

    Expected<void> tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const override;

    std::string kind() const override { return options_.byte_fallback ? "Unigram with byte fallback" : "Unigram"; }

private:
    struct Step;

    struct Node {
        std::uint32_t first_child = 0; ///< children lie side by side, sorted by their byte
        std::uint16_t children = 0;
        unsigned char byte = 0;
        std::int32_t id = -1; ///< −1: no token ends here
        double score = 0;
    };

    Unigram(Vocabulary vocabulary, UnigramOptions options) : TokenModel(std::move(vocabulary)), options_(options) {}

    void build_trie(const std::vector<double>& scores);
    const Node* child(const Node& node, unsigned char byte) const;
    Expected<std::vector<Step>> best_path(std::string_view word, TimeLimit& limit) const;
    void put_piece(std::string_view piece, std::uint32_t end, std::vector<Token>& tokens) const;

    UnigramOptions options_;
    std::vector<Node> nodes_;
    std::array<std::int32_t, 256> byte_ids_{}; ///< −1: no token
    double unknown_score_ = 0;
};

} // namespace isoloss
