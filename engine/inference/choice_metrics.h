#pragma once

#include "engine/inference/estimate.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace isoloss {

/// Length of an answer for acc_norm: its code points without one leading space.
std::int64_t choice_characters(std::string_view choice);

/// `acc`: the choice with the highest log-likelihood, ties to the first. Nothing when there is no choice or one of them
/// is NaN.
std::optional<std::size_t> pick_choice(std::span<const double> log_likelihoods);

/// `acc_norm`: the same after division by the lengths in characters (as many as there are choices). Nothing also when a
/// length is not positive.
std::optional<std::size_t> pick_choice_normalised(std::span<const double> log_likelihoods,
                                                  std::span<const std::int64_t> characters);

/// Share of correct items with the standard error √(p(1−p)/(n−1)), which needs two items.
Estimate share_correct(std::int64_t correct, std::int64_t items);

} // namespace isoloss
