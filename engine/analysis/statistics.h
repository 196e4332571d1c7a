#pragma once

#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// Correlations of two columns of equal length and finite values (METRICS.md 9). Undefined below two pairs and when a
/// column does not vary. Any thread.
std::optional<double> pearson(std::span<const double> a, std::span<const double> b);
/// Pearson of the ranks; equal values share their average rank.
std::optional<double> spearman(std::span<const double> a, std::span<const double> b);
/// Kendall's tau-b, which corrects for ties. Quadratic in the length.
std::optional<double> kendall_tau_b(std::span<const double> a, std::span<const double> b);

/// Ranks from 1; equal values share their average rank.
std::vector<double> average_ranks(std::span<const double> values);

/// Undefined for nothing.
std::optional<double> mean(std::span<const double> values);
/// With n − 1 in the denominator; undefined below two values.
std::optional<double> sample_variance(std::span<const double> values);

/// The share-th quantile (0 to 1) with linear interpolation between order statistics (type 7). `sorted` is ascending
/// and not empty.
double quantile(std::span<const double> sorted, double share);

/// Holm's step-down correction: adjusted p-values in the order given, for a family of `tried` tests (at least as many
/// as there are p-values).
std::vector<double> holm(std::span<const double> p_values, std::size_t tried);

} // namespace isoloss
