#include "engine/inference/membership_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <zlib.h>

namespace isoloss {

namespace {

constexpr int zlib_level = 6;

double mean(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// For each of `from` the share of `against` below it, ties half. Both sorted.
std::vector<double> shares_below(const std::vector<double>& from, const std::vector<double>& against) {
    std::vector<double> shares;
    for (const double one : from) {
        const auto [lower, upper] = std::ranges::equal_range(against, one);
        const auto below = static_cast<double>(lower - against.begin()), equal = static_cast<double>(upper - lower);
        shares.push_back((below + equal / 2) / static_cast<double>(against.size()));
    }
    return shares;
}

/// Variance of the mean.
double mean_variance(const std::vector<double>& values) {
    const double center = mean(values);
    double squares = 0;
    for (const double one : values)
        squares += (one - center) * (one - center);
    const auto n = static_cast<double>(values.size());
    return squares / (n - 1) / n; // not finite for one value
}

double share_from(const std::vector<double>& sorted, double threshold) {
    const auto found = sorted.end() - std::ranges::lower_bound(sorted, threshold);
    return static_cast<double>(found) / static_cast<double>(sorted.size());
}

} // namespace

std::optional<double> lowest_mean(std::span<const double> values, double share) {
    if (values.empty()) return std::nullopt;
    if (std::ranges::any_of(values, [](double one) { return std::isnan(one); }))
        return std::numeric_limits<double>::quiet_NaN();
    const auto count = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(values.size()) * share));
    std::vector<double> lowest(values.begin(), values.end());
    std::ranges::sort(lowest);
    return mean(std::span(lowest).first(count));
}

double standardised_log_prob(double log_prob, double mean, double variance) {
    // Rounding leaves a rest of this size in a variance that is 0.
    constexpr double least_variance = 1e-12;
    if (variance <= least_variance) return 0;
    return (log_prob - mean) / std::sqrt(variance);
}

std::int64_t zlib_bytes(std::string_view text) {
    uLongf size = compressBound(text.size());
    std::vector<Bytef> compressed(size);
    compress2(compressed.data(), &size, reinterpret_cast<const Bytef*>(text.data()), text.size(), zlib_level);
    return static_cast<std::int64_t>(size);
}

std::optional<double> zlib_ratio(std::span<const double> log_probs, std::string_view text) {
    if (log_probs.empty()) return std::nullopt;
    return mean(log_probs) / static_cast<double>(zlib_bytes(text));
}

std::optional<double> lowercase_ratio(std::span<const double> log_probs, std::span<const double> lowercase_log_probs) {
    if (log_probs.empty() || lowercase_log_probs.empty() || mean(log_probs) == 0) return std::nullopt;
    return mean(lowercase_log_probs) / mean(log_probs);
}

std::optional<Separation> separation(std::span<const double> members, std::span<const double> others) {
    const auto is_nan = [](double score) { return std::isnan(score); };
    if (members.empty() || others.empty() || std::ranges::any_of(members, is_nan) ||
        std::ranges::any_of(others, is_nan))
        return std::nullopt;
    std::vector<double> in(members.begin(), members.end()), out(others.begin(), others.end());
    std::ranges::sort(in);
    std::ranges::sort(out);
    Separation result;
    const std::vector<double> member_shares = shares_below(in, out), other_shares = shares_below(out, in);
    result.auc.value = mean(member_shares);
    const double error = std::sqrt(mean_variance(member_shares) + mean_variance(other_shares));
    if (std::isfinite(error)) result.auc.standard_error = error;

    constexpr double most_fpr = .05, least_tpr = .95;
    std::vector<double> thresholds(in);
    thresholds.insert(thresholds.end(), out.begin(), out.end());
    result.fpr_at_95_tpr = 1;
    for (const double threshold : thresholds) {
        const double tpr = share_from(in, threshold), fpr = share_from(out, threshold);
        if (fpr <= most_fpr) result.tpr_at_5_fpr = std::max(result.tpr_at_5_fpr, tpr);
        if (tpr >= least_tpr) result.fpr_at_95_tpr = std::min(result.fpr_at_95_tpr, fpr);
    }
    return result;
}

} // namespace isoloss
