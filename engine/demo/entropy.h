#pragma once

#include "engine/base/error.h"
#include "engine/demo/language.h"

namespace isoloss {

/// What no model of a language can go below.
struct LanguageEntropy {
    double sentence = 0;     ///< H(x), nats per sentence
    double masked_token = 0; ///< floor of the masked-token loss: (1/T) Σₜ H(xₜ | x without t), nats per token
};

/// Exact, by the probabilities of all sentences as products of halves; H(xₜ | rest) = H(x) − H(x without t). These are
/// alphabet^length products and length · alphabet^(length − 1) more: a fraction of a second for 8 tokens and length 8,
/// minutes at the limit. Refused (limit) when a half has more than 65,536 forms.
Expected<LanguageEntropy> exact_entropy(const Language& language);

/// The share of right answers of who knows the language and answers the likeliest class of a label kind for each whole
/// sentence: Σ over sentences of max p(sentence, class). Refused (limit) above 2²⁰ sentences.
Expected<double> best_label_accuracy(const Language& language, int label_kind);

} // namespace isoloss
