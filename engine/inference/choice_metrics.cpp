#include "engine/inference/choice_metrics.h"

#include "engine/base/utf8.h"

#include <algorithm>
#include <cmath>
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
                                                  std::span<const std::int64_t> characters) {
    if (characters.size() != log_likelihoods.size()) return std::nullopt;
    std::vector<double> normalised;
    normalised.reserve(log_likelihoods.size());
    for (std::size_t i = 0; i < log_likelihoods.size(); ++i) {
        if (characters[i] <= 0) return std::nullopt;
        normalised.push_back(log_likelihoods[i] / static_cast<double>(characters[i]));
    }
    return pick_choice(normalised);
}

Estimate share_correct(std::int64_t correct, std::int64_t items) {
    if (items <= 0) return {};
    const double share = static_cast<double>(correct) / static_cast<double>(items);
    if (items == 1) return {share, std::nullopt};
    return {share, std::sqrt(share * (1 - share) / static_cast<double>(items - 1))};
}

} // namespace isoloss
