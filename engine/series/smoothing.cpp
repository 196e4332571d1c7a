#include "engine/series/smoothing.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

DebiasedEma::DebiasedEma(double weight) : weight_(weight > 0 ? std::min(weight, 0.999) : 0.0) {}

double DebiasedEma::next(double value) {
    if (!std::isfinite(value)) return value;
    last_ = last_ * weight_ + (1 - weight_) * value;
    weight_to_n_ *= weight_;
    return last_ / (1 - weight_to_n_);
}

std::vector<double> debiased_ema(std::span<const double> values, double weight) {
    std::vector<double> smoothed(values.begin(), values.end());
    const auto first = std::find_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (std::all_of(first, values.end(), [&](double value) { return !std::isfinite(value) || value == *first; }))
        return smoothed;

    DebiasedEma average(weight);
    for (double& value : smoothed)
        value = average.next(value);
    return smoothed;
}

} // namespace isoloss
