#include "engine/inference/text_metrics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace isoloss {

namespace {

using Denominator = std::int64_t DocumentScore::*;

std::optional<double> finite(double value) {
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// Standard error of a mean over the tokens of all documents, as if they were independent.
double error_of_tokens(const DocumentScore& total, double mean) {
    const auto n = static_cast<double>(total.tokens);
    // A NaN in front stays a NaN.
    const double squares = std::max(total.log_prob_square_sum - n * mean * mean, 0.0);
    return n > 1 ? std::sqrt(squares / (n - 1) / n) : std::nan("");
}

/// −Σ ln p / Σ denominator with its standard error.
Estimate ratio(std::span<const DocumentScore> documents, const DocumentScore& total, Denominator denominator) {
    const auto whole = static_cast<double>(total.*denominator);
    if (total.tokens == 0 || whole <= 0) return {};
    std::vector<double> numerators, denominators;
    for (const DocumentScore& one : documents) {
        if (one.tokens == 0) continue;
        numerators.push_back(-one.log_prob_sum);
        denominators.push_back(static_cast<double>(one.*denominator));
    }
    if (numerators.size() >= 2) return clustered_ratio(numerators, denominators);
    const auto tokens = static_cast<double>(total.tokens);
    return {-total.log_prob_sum / whole, finite(error_of_tokens(total, total.log_prob_sum / tokens) * tokens / whole)};
}

Estimate in_bits(Estimate nats) {
    if (nats.value) *nats.value /= std::numbers::ln2;
    if (nats.standard_error) *nats.standard_error /= std::numbers::ln2;
    return nats;
}

} // namespace

void DocumentScore::add(std::span<const double> log_probs) {
    for (const double log_prob : log_probs) {
        log_prob_sum += log_prob;
        log_prob_square_sum += log_prob * log_prob;
    }
    tokens += static_cast<std::int64_t>(log_probs.size());
}

void DocumentScore::add(const DocumentScore& window) {
    log_prob_sum += window.log_prob_sum;
    log_prob_square_sum += window.log_prob_square_sum;
    tokens += window.tokens;
}

TextMetrics text_metrics(std::span<const DocumentScore> documents) {
    DocumentScore total;
    TextMetrics metrics;
    for (const DocumentScore& one : documents) {
        if (one.tokens == 0) continue;
        total.log_prob_sum += one.log_prob_sum;
        total.log_prob_square_sum += one.log_prob_square_sum;
        total.tokens += one.tokens;
        total.bytes += one.bytes;
        total.characters += one.characters;
        ++metrics.documents;
    }
    metrics.tokens = total.tokens;
    metrics.bytes = total.bytes;
    metrics.characters = total.characters;
    metrics.loss = ratio(documents, total, &DocumentScore::tokens);
    metrics.bits_per_byte = in_bits(ratio(documents, total, &DocumentScore::bytes));
    metrics.bits_per_char = in_bits(ratio(documents, total, &DocumentScore::characters));
    if (metrics.loss.value) metrics.perplexity.value = std::exp(*metrics.loss.value);
    if (metrics.loss.standard_error)
        metrics.perplexity.standard_error = finite(*metrics.perplexity.value * *metrics.loss.standard_error);
    return metrics;
}

} // namespace isoloss
