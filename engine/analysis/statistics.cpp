#include "engine/analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

double sum(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

// The indices of the values, smallest value first.
std::vector<std::size_t> ascending(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    return order;
}

int sign(double value) {
    return value > 0 ? 1 : value < 0 ? -1 : 0;
}

} // namespace

std::optional<double> mean(std::span<const double> values) {
    if (values.empty()) return std::nullopt;
    return sum(values) / static_cast<double>(values.size());
}

std::optional<double> sample_variance(std::span<const double> values) {
    if (values.size() < 2) return std::nullopt;
    const double center = *mean(values);
    double squares = 0;
    for (const double value : values)
        squares += (value - center) * (value - center);
    return squares / static_cast<double>(values.size() - 1);
}

std::optional<double> pearson(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size() || a.size() < 2) return std::nullopt;
    const double mean_a = *mean(a), mean_b = *mean(b);
    double aa = 0, bb = 0, ab = 0, scale_a = 0, scale_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double da = a[i] - mean_a, db = b[i] - mean_b;
        aa += da * da;
        bb += db * db;
        ab += da * db;
        scale_a = std::max(scale_a, std::abs(a[i]));
        scale_b = std::max(scale_b, std::abs(b[i]));
    }
    // The mean of equal values may differ from them by rounding: that is no variation.
    const auto varies = [&](double squares, double scale) {
        return std::sqrt(squares / static_cast<double>(a.size())) > 1e-14 * scale;
    };
    if (!varies(aa, scale_a) || !varies(bb, scale_b)) return std::nullopt;
    return std::clamp(ab / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

std::vector<double> average_ranks(std::span<const double> values) {
    const auto order = ascending(values);
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && values[order[end]] == values[order[begin]])
            ++end;
        const double rank = 0.5 * static_cast<double>(begin + 1 + end);
        for (std::size_t i = begin; i < end; ++i)
            ranks[order[i]] = rank;
        begin = end;
    }
    return ranks;
}

std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size()) return std::nullopt;
    return pearson(average_ranks(a), average_ranks(b));
}

std::optional<double> kendall_tau_b(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size()) return std::nullopt;
    double agreement = 0, untied_a = 0, untied_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = i + 1; j < a.size(); ++j) {
            const int sign_a = sign(a[i] - a[j]), sign_b = sign(b[i] - b[j]);
            agreement += sign_a * sign_b;
            untied_a += std::abs(sign_a);
            untied_b += std::abs(sign_b);
        }
    if (untied_a == 0 || untied_b == 0) return std::nullopt;
    return agreement / std::sqrt(untied_a * untied_b);
}

double quantile(std::span<const double> sorted, double share) {
    const double position = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double rest = position - static_cast<double>(below);
    return sorted[below] + rest * (sorted[above] - sorted[below]);
}

std::vector<double> holm(std::span<const double> p_values, std::size_t tried) {
    const auto order = ascending(p_values);
    std::vector<double> adjusted(p_values.size());
    double largest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        largest = std::max(largest, static_cast<double>(tried - i) * p_values[order[i]]);
        adjusted[order[i]] = std::min(1.0, largest);
    }
    return adjusted;
}

} // namespace isoloss
