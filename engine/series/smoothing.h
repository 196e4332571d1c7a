#pragma once

#include <span>
#include <vector>

namespace isoloss {

/// The debiased exponential moving average that TensorBoard draws: per finite value last = last·w + (1−w)·y, n += 1,
/// out = last / (1 − wⁿ); a value that is not finite stays as it is; a constant series is left alone.
std::vector<double> debiased_ema(std::span<const double> values, double weight);

} // namespace isoloss
