#include "engine/series/smoothing.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

std::vector<double> debiased_ema(std::span<const double> values, double weight) {
    std::vector<double> smoothed(values.begin(), values.end());
    // Also turns a weight that is NaN into no smoothing.
    weight = weight > 0 ? std::min(weight, 0.999) : 0.0;

    const auto is_finite = [](double value) { return std::isfinite(value); };
    const auto first = std::find_if(values.begin(), values.end(), is_finite);
    const bool constant =
        std::all_of(first, values.end(), [&](double value) { return !std::isfinite(value) || value == *first; });
    if (weight == 0.0 || constant) return smoothed;

    double last = 0, weight_to_n = 1;
    for (double& value : smoothed) {
        if (!std::isfinite(value)) continue;
        last = last * weight + (1 - weight) * value;
        weight_to_n *= weight;
        value = last / (1 - weight_to_n);
    }
    return smoothed;
}

} // namespace isoloss
