#pragma once

#include <optional>
#include <span>

namespace isoloss {

/// A value with its standard error; either is absent when it is undefined.
struct Estimate {
    std::optional<double> value;
    std::optional<double> standard_error;
};

/// Σ numerators / Σ denominators, of one cluster each, with the standard error of a ratio clustered so:
/// √(D/(D−1)·Σ(s_d − R·n_d)²)/Σn_d over D clusters. Absent: the value when the denominators are 0 together, the error
/// when there is only one cluster or it is not finite.
Estimate clustered_ratio(std::span<const double> numerators, std::span<const double> denominators);

/// Mean with sd/√n (ddof 1).
Estimate sample_mean(std::span<const double> values);

} // namespace isoloss
