#include "engine/inference/estimate.h"

#include <cmath>
#include <numeric>
#include <vector>

namespace isoloss {

Estimate clustered_ratio(std::span<const double> numerators, std::span<const double> denominators) {
    const double numerator = std::accumulate(numerators.begin(), numerators.end(), 0.0);
    const double denominator = std::accumulate(denominators.begin(), denominators.end(), 0.0);
    if (denominator <= 0) return {};
    const double ratio = numerator / denominator;
    double squares = 0;
    for (std::size_t i = 0; i < denominators.size(); ++i) {
        const double residual = numerators[i] - ratio * denominators[i];
        squares += residual * residual;
    }
    const auto clusters = static_cast<double>(denominators.size());
    const double error = std::sqrt(clusters / (clusters - 1) * squares) / denominator; // not finite for one cluster
    return {ratio, std::isfinite(error) ? std::optional(error) : std::nullopt};
}

Estimate sample_mean(std::span<const double> values) {
    return clustered_ratio(values, std::vector<double>(values.size(), 1.0));
}

} // namespace isoloss
