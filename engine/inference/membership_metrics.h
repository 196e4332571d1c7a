#pragma once

#include "engine/inference/estimate.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace isoloss {

// METRICS.md section 3. Every score of a text is written so that a higher one says that the text was more likely seen
// in training; log-probabilities are those of its tokens, nats. Nothing where there is no token.

inline constexpr double lowest_share = .2; ///< r: the share of tokens that min_k_prob and min_k_plus_plus look at

/// Mean of the k = max(1, ⌊T·r⌋) lowest.
std::optional<double> lowest_mean(std::span<const double> values, double share = lowest_share);

/// z = (ln p − μ)/σ of a token, with mean and variance of ln p over the vocabulary under the model. 0 where the
/// variance vanishes, as it does in a uniform distribution.
double standardised_log_prob(double log_prob, double mean, double variance);

/// Mean log-probability by the length of the text in zlib's compression at level 6.
std::optional<double> zlib_ratio(std::span<const double> log_probs, std::string_view text);
/// Bytes of the text in zlib's compression at level 6.
std::int64_t zlib_bytes(std::string_view text);

/// Mean log-probability of the text in small letters by that of the text.
std::optional<double> lowercase_ratio(std::span<const double> log_probs, std::span<const double> lowercase_log_probs);

/// How well scores tell members from non-members. Equal scores count half.
struct Separation {
    Estimate auc;             ///< area under the ROC curve, with DeLong's standard error
    double tpr_at_5_fpr = 0;  ///< highest share of members found while at most 5 % of the others are
    double fpr_at_95_tpr = 0; ///< lowest share of the others that are found with 95 % of the members
};

/// Nothing when one of the groups is empty or a score is NaN.
std::optional<Separation> separation(std::span<const double> members, std::span<const double> others);

} // namespace isoloss
