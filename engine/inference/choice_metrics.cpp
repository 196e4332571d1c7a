#include "engine/inference/choice_metrics.h"

#include "engine/base/utf8.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace isoloss {

std::int64_t choice_characters(std::string_view choice) {
    if (choice.starts_with(' ')) choice.remove_prefix(1);
    return static_cast<std::int64_t>(code_point_count(choice));
}

std::optional<std::size_t> pick_choice(std::span<const double> log_likelihoods) {
    if (log_likelihoods.empty()) return std::nullopt;
    if (std::ranges::any_of(log_likelihoods, [](double value) { return std::isnan(value); })) return std::nullopt;
    return static_cast<std::size_t>(std::ranges::max_element(log_likelihoods) - log_likelihoods.begin());
}

std::optional<std::size_t> pick_choice_normalised(std::span<const double> log_likelihoods,
                                                  std::span<const std::int64_t> lengths) {
    if (lengths.size() != log_likelihoods.size()) return std::nullopt;
    std::vector<double> normalised;
    normalised.reserve(log_likelihoods.size());
    for (std::size_t i = 0; i < log_likelihoods.size(); ++i) {
        if (lengths[i] <= 0) return std::nullopt;
        normalised.push_back(log_likelihoods[i] / static_cast<double>(lengths[i]));
    }
    return pick_choice(normalised);
}

std::int64_t choice_bytes(std::string_view choice) {
    return static_cast<std::int64_t>(choice.size()) - (choice.starts_with(' ') ? 1 : 0);
}

std::optional<std::size_t> pick_choice_mutual(std::span<const double> log_likelihoods,
                                              std::span<const double> unconditional) {
    if (unconditional.size() != log_likelihoods.size()) return std::nullopt;
    std::vector<double> gains;
    for (std::size_t i = 0; i < log_likelihoods.size(); ++i)
        gains.push_back(log_likelihoods[i] - unconditional[i]);
    return pick_choice(gains);
}

std::vector<double> choice_probabilities(std::span<const double> log_likelihoods) {
    std::vector<double> probabilities;
    if (log_likelihoods.empty()) return probabilities;
    const double largest = std::ranges::max(log_likelihoods);
    double sum = 0;
    for (const double one : log_likelihoods)
        sum += probabilities.emplace_back(std::exp(one - largest));
    for (double& one : probabilities)
        one /= sum;
    return probabilities;
}

double brier_score(std::span<const double> log_likelihoods, std::size_t gold) {
    const std::vector<double> probabilities = choice_probabilities(log_likelihoods);
    double score = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        const double error = probabilities[i] - (i == gold ? 1 : 0);
        score += error * error;
    }
    return score;
}

double choice_margin(std::span<const double> log_likelihoods, std::size_t gold) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < log_likelihoods.size(); ++i)
        if (i != gold && !(log_likelihoods[i] <= best)) best = log_likelihoods[i]; // NaN stays
    return log_likelihoods[gold] - best;
}

double choice_bits_per_byte(double log_likelihood, std::int64_t bytes) {
    return -log_likelihood / (static_cast<double>(bytes) * std::numbers::ln2);
}

Estimate share_correct(std::int64_t correct, std::int64_t items) {
    if (items <= 0) return {};
    const double share = static_cast<double>(correct) / static_cast<double>(items);
    if (items == 1) return {share, std::nullopt};
    return {share, std::sqrt(share * (1 - share) / static_cast<double>(items - 1))};
}

} // namespace isoloss
