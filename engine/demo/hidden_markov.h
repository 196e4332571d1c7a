#pragma once

#include "engine/base/error.h"
#include "engine/demo/language.h"

#include <cstddef>
#include <span>
#include <vector>

namespace isoloss {

/// The probabilities of a hidden Markov language.
struct HiddenMarkovParameters {
    std::vector<double> initial;                 ///< [states], of the state at position 0
    std::vector<std::vector<double>> transition; ///< [states][states], from and to
    std::vector<std::vector<double>> emission;   ///< [states][alphabet]
    int length = 0;
};

/// How HiddenMarkov::random draws a language.
struct RandomHiddenMarkovShape {
    int states = 4;
    int alphabet = 8;
    int length = 8;
};

/// Sentences that a Markov chain of hidden states emits, one token a state. Posteriors by the forward–backward
/// algorithm (Rabiner 1989). Label kinds: the state of every position.
class HiddenMarkov final : public Language {
public:
    /// Refuses probabilities that do not fit together or do not sum to 1, and more than `longest_sentence` tokens.
    static Expected<HiddenMarkov> make(HiddenMarkovParameters parameters);

    /// States stay with a probability between .85 and .95 and else go on in random proportions; they emit by
    /// random_emissions, .6 of a state's probability for its own tokens: one token leaves its state in doubt, the
    /// neighbours settle most of it. The first state is drawn from a random_distribution.
    static Expected<HiddenMarkov> random(const RandomHiddenMarkovShape& shape, RandomSource& random);

    const HiddenMarkovParameters& parameters() const { return parameters_; }

    int length() const override { return parameters_.length; }

    int alphabet() const override { return static_cast<int>(parameters_.emission.front().size()); }

    const std::vector<LabelKind>& label_kinds() const override { return label_kinds_; }

    LabelledSentence sample(RandomSource& random) const override;
    double log_probability(std::span<const int> tokens) const override;
    std::vector<double> token_posterior(std::span<const int> tokens, int position) const override;
    std::vector<double> label_posterior(std::span<const int> tokens, int label_kind) const override;

    int cut() const override { return (length() + 1) / 2; }

    std::vector<double> prefix_factor(std::span<const int> prefix) const override;
    std::vector<double> suffix_factor(std::span<const int> suffix) const override;

private:
    explicit HiddenMarkov(HiddenMarkovParameters parameters);

    std::size_t states() const { return parameters_.initial.size(); }

    /// Multiplies by p(token | state).
    void take_in(int token, std::vector<double>& weights) const;
    /// p(prefix, state at the position after it).
    std::vector<double> forward(std::span<const int> prefix) const;
    /// p(suffix | state at the position before it).
    std::vector<double> backward(std::span<const int> suffix) const;
    /// p(the tokens of all other positions, state at the position).
    std::vector<double> around(std::span<const int> tokens, int position) const;

    HiddenMarkovParameters parameters_;
    std::vector<LabelKind> label_kinds_;
};

} // namespace isoloss
