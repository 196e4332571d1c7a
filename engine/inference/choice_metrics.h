#pragma once

#include "engine/inference/estimate.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace isoloss {

/// Length of an answer for acc_norm: its code points without one leading space.
std::int64_t choice_characters(std::string_view choice);

/// `acc`: the choice with the highest log-likelihood, ties to the first. Nothing when there is no choice or one of them
/// is NaN.
std::optional<std::size_t> pick_choice(std::span<const double> log_likelihoods);

/// `acc_norm`, `acc_bytes`: the same after division by the lengths in characters or bytes (as many as there are
/// choices). Nothing also when a length is not positive.
std::optional<std::size_t> pick_choice_normalised(std::span<const double> log_likelihoods,
                                                  std::span<const std::int64_t> lengths);

/// Length of an answer for acc_bytes and task_bits_per_byte: its UTF-8 bytes without one leading space.
std::int64_t choice_bytes(std::string_view choice);

/// `acc_mutual_info`: the choice that gains most log-likelihood over the unconditional one (as many as there are
/// choices).
std::optional<std::size_t> pick_choice_mutual(std::span<const double> log_likelihoods,
                                              std::span<const double> unconditional);

/// Softmax of the log-likelihoods.
std::vector<double> choice_probabilities(std::span<const double> log_likelihoods);

/// `brier`: Σ_c (p_c − 1_c)².
double brier_score(std::span<const double> log_likelihoods, std::size_t gold);

/// `margin`: log-likelihood of the right choice less that of the best other one.
double choice_margin(std::span<const double> log_likelihoods, std::size_t gold);

/// `task_bits_per_byte`: −ll/(bytes · ln 2).
double choice_bits_per_byte(double log_likelihood, std::int64_t bytes);

/// Share of correct items with the standard error √(p(1−p)/(n−1)), which needs two items.
Estimate share_correct(std::int64_t correct, std::int64_t items);

} // namespace isoloss
