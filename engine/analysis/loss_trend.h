#pragma once

#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// What is left of each value after a monotone fit on loss: isotonic regression in the direction of the rank
/// correlation, with straight lines between the centres of its blocks. All numbers finite, equally many.
std::vector<double> monotone_residuals(std::span<const double> loss, std::span<const double> values);

/// What is left after a straight line on loss (after the mean where loss does not vary).
std::vector<double> linear_residuals(std::span<const double> loss, std::span<const double> values);

/// Isotonic (never falling) least-squares fit of values in the given order.
std::vector<double> isotonic(std::span<const double> values);

} // namespace isoloss
