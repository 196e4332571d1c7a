#pragma once

#include "engine/inference/estimate.h"

#include <cstdint>
#include <span>

namespace isoloss {

/// What one document contributes to the metrics of the text_loss pass. Sums are over its scored tokens.
struct DocumentScore {
    double log_prob_sum = 0;        ///< Σ ln p, nats
    double log_prob_square_sum = 0; ///< Σ (ln p)²
    std::int64_t tokens = 0;        ///< scored tokens
    std::int64_t bytes = 0;         ///< UTF-8 bytes of the raw text
    std::int64_t characters = 0;    ///< code points of the raw text

    /// Adds the tokens of one window.
    void add(std::span<const double> log_probs);
    /// Adds what one window contributes: its sums and tokens.
    void add(const DocumentScore& window);
};

struct TextMetrics {
    Estimate loss;          ///< nats per token
    Estimate perplexity;    ///< e^loss
    Estimate bits_per_byte; ///< −Σ ln p / (bytes · ln 2)
    Estimate bits_per_char; ///< −Σ ln p / (characters · ln 2)
    std::int64_t documents = 0;
    std::int64_t tokens = 0;
    std::int64_t bytes = 0;
    std::int64_t characters = 0;
};

/// METRICS.md section 1, token-weighted over all documents. With two documents and more the standard errors are those
/// of a ratio clustered by document, √(D/(D−1)·Σ(s_d − R·n_d)²)/N; with one document its tokens are taken as
/// independent. Perplexity by the delta method. Infinite and NaN values are kept, their standard error is absent.
TextMetrics text_metrics(std::span<const DocumentScore> documents);

} // namespace isoloss
