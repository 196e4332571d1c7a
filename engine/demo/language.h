#pragma once

#include "engine/base/random.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

/// Something hidden that every sentence has and that a probe can be asked for: the non-terminal of a span, the state at
/// a position.
struct LabelKind {
    std::string name; ///< "span 0-3", "state 4": positions count from 0, both ends belong to the span
    std::vector<std::string> classes;
};

struct LabelledSentence {
    std::vector<int> tokens;
    std::vector<int> labels; ///< one class per LabelKind
};

/// A probability distribution over sentences of one length whose hidden structure can be summed over exactly. Tokens
/// are 0 … alphabet − 1; `any_token` in a sentence stands for a token that is not known and is summed over. Everything
/// that takes tokens relies on their number and range. Immutable, any thread.
class Language {
public:
    static constexpr int any_token = -1;
    /// Longer sentences would need scaled probabilities.
    static constexpr int longest_sentence = 64;

    virtual ~Language() = default;

    virtual int length() const = 0;
    virtual int alphabet() const = 0;
    virtual const std::vector<LabelKind>& label_kinds() const = 0;

    virtual LabelledSentence sample(RandomSource& random) const = 0;

    /// ln p(sentence) in nats; −∞ for a sentence that cannot occur.
    virtual double log_probability(std::span<const int> tokens) const = 0;

    /// p(token at `position` | the others), over the alphabet; what stands at `position` is not looked at. All zero
    /// where the others cannot occur.
    virtual std::vector<double> token_posterior(std::span<const int> tokens, int position) const = 0;

    /// p(label | sentence) over the classes of a label kind; all zero where the sentence cannot occur.
    virtual std::vector<double> label_posterior(std::span<const int> tokens, int label_kind) const = 0;

    /// A sentence's probability is the dot product of two vectors, one of its first `cut()` tokens and one of the rest:
    /// the probabilities of all sentences are one matrix product.
    virtual int cut() const = 0;
    virtual std::vector<double> prefix_factor(std::span<const int> prefix) const = 0;
    virtual std::vector<double> suffix_factor(std::span<const int> suffix) const = 0;

protected:
    Language() = default;
    Language(const Language&) = default;
    Language(Language&&) = default;
    Language& operator=(const Language&) = default;
    Language& operator=(Language&&) = default;
};

} // namespace isoloss
