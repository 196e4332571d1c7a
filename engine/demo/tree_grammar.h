#pragma once

#include "engine/base/error.h"
#include "engine/demo/language.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

/// A symbol becomes two symbols of the next level.
struct GrammarRule {
    double probability = 0;
    std::size_t left = 0, right = 0;
};

/// A symbol of a tree grammar: with rules, or, on the last level, with a probability per token.
struct GrammarSymbol {
    std::string name;
    std::vector<GrammarRule> rules;
    std::vector<double> emission;
};

/// How TreeGrammar::random draws a grammar.
struct RandomGrammarShape {
    int depth = 3;
    int symbols_per_level = 4; ///< below the root
    int alphabet = 8;
    int rules_per_symbol = 3; ///< at most symbols_per_level²
};

/// A probabilistic grammar whose trees are full and binary: the root is level 0, the symbols of the last level (the
/// depth) emit one token each, a sentence has 2^depth tokens. Posteriors by the inside–outside algorithm (Baker 1979).
/// Label kinds: the non-terminal of every span of every level between root and last, level by level.
class TreeGrammar final : public Language {
public:
    using Level = std::vector<GrammarSymbol>;

    /// Refuses what is no such grammar: at least two levels, one root symbol, probabilities that sum to 1, children
    /// that exist, at most `longest_sentence` tokens.
    static Expected<TreeGrammar> make(std::vector<Level> levels);

    /// The symbols of level 1 are A0, A1, …, those of level 2 B0, B1, … The rules of a symbol, the root too, are
    /// different random pairs of children in the proportions of random_distribution. The last level emits by
    /// random_emissions, .85 of a symbol's probability for its own tokens.
    static Expected<TreeGrammar> random(const RandomGrammarShape& shape, RandomSource& random);

    const std::vector<Level>& levels() const { return levels_; }

    int length() const override { return 1 << depth(); }

    int alphabet() const override { return static_cast<int>(levels_.back().front().emission.size()); }

    const std::vector<LabelKind>& label_kinds() const override { return label_kinds_; }

    LabelledSentence sample(RandomSource& random) const override;
    double log_probability(std::span<const int> tokens) const override;
    std::vector<double> token_posterior(std::span<const int> tokens, int position) const override;
    std::vector<double> label_posterior(std::span<const int> tokens, int label_kind) const override;

    int cut() const override { return length() / 2; }

    std::vector<double> prefix_factor(std::span<const int> prefix) const override;
    std::vector<double> suffix_factor(std::span<const int> suffix) const override;

private:
    explicit TreeGrammar(std::vector<Level> levels);

    std::size_t depth() const { return levels_.size() - 1; }

    /// p(tokens below | symbol) for every symbol of a level.
    std::vector<double> inside(std::size_t level, std::span<const int> tokens) const;
    /// p(tokens outside of the node, symbol at the node); nodes of a level count from the left.
    std::vector<double> outside(std::size_t level, std::size_t node, std::span<const int> tokens) const;
    std::span<const int> tokens_of(std::size_t level, std::size_t node, std::span<const int> tokens) const;

    std::vector<Level> levels_;
    std::vector<LabelKind> label_kinds_;
    std::vector<std::vector<std::vector<double>>> rule_probabilities_; ///< by level and symbol, for drawing
};

} // namespace isoloss
