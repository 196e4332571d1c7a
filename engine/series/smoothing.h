#pragma once

#include <span>
#include <vector>

namespace isoloss {

/// The debiased exponential moving average that TensorBoard draws, one value after the other: per finite value
/// last = last·w + (1−w)·y, n += 1, out = last / (1 − wⁿ); a value that is not finite stays as it is. A copy goes on
/// from where the original stood.
class DebiasedEma {
public:
    /// The weight is cut to 0 … 0.999; NaN is 0.
    explicit DebiasedEma(double weight);

    double next(double value);

private:
    double weight_;
    double last_ = 0;
    double weight_to_n_ = 1;
};

/// The average of a whole series. A series whose finite values are all the same is left alone.
std::vector<double> debiased_ema(std::span<const double> values, double weight);

} // namespace isoloss
