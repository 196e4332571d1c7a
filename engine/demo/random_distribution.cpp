#include "engine/demo/random_distribution.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace isoloss {

std::vector<std::size_t> random_order(std::size_t size, RandomSource& random) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t left = size; left > 1; --left)
        std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

std::vector<double> random_distribution(std::size_t size, RandomSource& random) {
    constexpr int shape = 3;
    std::vector<double> weights(size, 0);
    // Gamma variates as sums of exponential ones; 1 − u is above 0.
    for (double& weight : weights)
        for (int i = 0; i < shape; ++i)
            weight -= std::log(1 - random.uniform());
    normalise(weights);
    return weights;
}

std::vector<std::vector<double>> random_emissions(std::size_t symbols, std::size_t alphabet, double own_share,
                                                  RandomSource& random) {
    const auto tokens = random_order(alphabet, random);
    std::vector<std::vector<double>> emissions;
    for (std::size_t symbol = 0; symbol < symbols; ++symbol) {
        std::vector<std::size_t> own;
        for (std::size_t i = symbol % alphabet; i < alphabet; i += symbols)
            own.push_back(tokens[i]);
        auto emission = random_distribution(alphabet, random);
        for (double& probability : emission)
            probability *= 1 - own_share;
        const auto shares = random_distribution(own.size(), random);
        for (std::size_t i = 0; i < own.size(); ++i)
            emission[own[i]] += own_share * shares[i];
        emissions.push_back(std::move(emission));
    }
    return emissions;
}

Expected<void> check_distribution(std::span<const double> probabilities, std::size_t size, std::string_view name) {
    constexpr double tolerance = 1e-9;
    const std::string subject(name);
    if (probabilities.size() != size)
        return fail(ErrorKind::usage, subject + " has " + std::to_string(probabilities.size()) +
                                          " probabilities instead of " + std::to_string(size));
    for (const double probability : probabilities)
        if (!(probability >= 0))
            return fail(ErrorKind::usage,
                        subject + " has the probability " + number_text(probability) + ", which is not 0 or more");
    const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
    if (!(std::abs(sum - 1) <= tolerance))
        return fail(ErrorKind::usage,
                    subject + " has probabilities with the sum " + number_text(sum) + " instead of 1");
    return {};
}

void normalise(std::vector<double>& weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (!(sum > 0)) return;
    for (double& weight : weights)
        weight /= sum;
}

} // namespace isoloss
