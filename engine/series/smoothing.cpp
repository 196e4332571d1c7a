#include "engine/series/smoothing.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace isoloss {

namespace {

constexpr double most_weight = 0.999;
constexpr double most_points = 10'000;
constexpr double gaussian_cut = 4; ///< standard deviations

double amount_of(const Smoothing& smoothing) {
    return smoothing.amount > 0 ? std::min(smoothing.amount, most_smoothing(smoothing.kind)) : 0;
}

// The values around [begin, end) with `reach` more on both sides, as sums take them: 0 where there is none.
struct Padded {
    std::vector<double> values, present;
    bool whole = true; ///< all are there
};

Padded padded(std::span<const double> values, std::size_t begin, std::size_t end, std::size_t reach) {
    Padded result;
    result.values.resize(end - begin + 2 * reach);
    result.present.resize(result.values.size());
    for (std::size_t i = 0; i < result.values.size(); ++i) {
        const std::size_t from = begin + i; // shifted by reach
        const bool there = from >= reach && from - reach < values.size() && std::isfinite(values[from - reach]);
        if (there) result.values[i] = values[from - reach];
        result.present[i] = there ? 1 : 0;
        result.whole = result.whole && there;
    }
    return result;
}

// Σ weight(|k|)·column[i + reach + k] for k = −reach … reach.
std::vector<double> weighted_sums(const std::vector<double>& column, const std::vector<double>& weights) {
    const std::size_t reach = weights.size() - 1, count = column.size() - 2 * reach;
    std::vector<double> sums(count);
    for (std::size_t i = 0; i < count; ++i)
        sums[i] = weights[0] * column[i + reach];
    for (std::size_t k = 1; k <= reach; ++k) {
        const double weight = weights[k];
        const double* const before = column.data() + (reach - k);
        const double* const after = column.data() + (reach + k);
        for (std::size_t i = 0; i < count; ++i)
            sums[i] += weight * (before[i] + after[i]);
    }
    return sums;
}

std::vector<double> gaussian_averages(const Padded& around, double deviation, std::size_t reach) {
    std::vector<double> weights;
    for (std::size_t k = 0; k <= reach; ++k) {
        const double distance = static_cast<double>(k) / deviation;
        weights.push_back(std::exp(-0.5 * distance * distance));
    }
    std::vector<double> averages = weighted_sums(around.values, weights);
    if (around.whole) {
        const double whole = weighted_sums(std::vector<double>(2 * reach + 1, 1.0), weights).front();
        for (double& average : averages)
            average /= whole;
        return averages;
    }
    const std::vector<double> present = weighted_sums(around.present, weights);
    for (std::size_t i = 0; i < averages.size(); ++i)
        averages[i] /= present[i];
    return averages;
}

// Sums over windows of `width` in constant time each, of nothing but what is in the window (van Herk 1992): the windows
// that begin in one block of that width are an end of this block and a beginning of the next.
std::vector<double> window_sums(const std::vector<double>& column, std::size_t width) {
    const std::size_t count = column.size() - (width - 1);
    std::vector<double> sums(count);
    std::vector<double> ends(width);
    for (std::size_t block = 0; block < count; block += width) {
        const std::size_t size = std::min(width, column.size() - block);
        double sum = 0;
        for (std::size_t i = size; i-- > 0;)
            ends[i] = sum += column[block + i];
        sum = 0;
        for (std::size_t i = 0; i < width && block + i < count; ++i) {
            if (i > 0) sum += column[block + width + i - 1];
            sums[block + i] = ends[i] + sum;
        }
    }
    return sums;
}

std::vector<double> running_means(const Padded& around, std::size_t reach) {
    const std::size_t width = 2 * reach + 1;
    std::vector<double> means = window_sums(around.values, width);
    const std::vector<double> present = window_sums(around.present, width);
    for (std::size_t i = 0; i < means.size(); ++i)
        means[i] /= present[i];
    return means;
}

} // namespace

bool Smoothing::active() const {
    switch (kind) {
    case SmoothingKind::none:
        return false;
    case SmoothingKind::ema:
        return amount > 0;
    case SmoothingKind::gaussian:
    case SmoothingKind::running_mean:
        return reach() > 0;
    }
    return false;
}

std::size_t Smoothing::reach() const {
    if (kind == SmoothingKind::gaussian) return static_cast<std::size_t>(gaussian_cut * amount_of(*this) + 0.5);
    if (kind == SmoothingKind::running_mean) return static_cast<std::size_t>(std::round(amount_of(*this))) / 2;
    return 0;
}

double most_smoothing(SmoothingKind kind) {
    if (kind == SmoothingKind::none) return 0;
    return kind == SmoothingKind::ema ? most_weight : most_points;
}

std::string smoothing_name(const Smoothing& smoothing) {
    if (!smoothing.active()) return {};
    const std::string amount = number_text(amount_of(smoothing));
    if (smoothing.kind == SmoothingKind::ema) return "EMA " + amount;
    if (smoothing.kind == SmoothingKind::gaussian) return "Gaussian σ " + amount;
    return "running mean of " + number_text(static_cast<std::int64_t>(2 * smoothing.reach() + 1));
}

std::string smoothing_formula(const Smoothing& smoothing) {
    if (!smoothing.active()) return {};
    const std::string amount = number_text(amount_of(smoothing));
    const auto reach = static_cast<std::int64_t>(smoothing.reach());
    switch (smoothing.kind) {
    case SmoothingKind::none:
        break;
    case SmoothingKind::ema:
        return "EMA w = " + amount + ", debiased: sᵢ = w·sᵢ₋₁ + (1−w)·yᵢ, yᵢ′ = sᵢ/(1−wⁿ)";
    case SmoothingKind::gaussian:
        return "Gaussian σ = " + amount + " points, cut at 4σ: yᵢ′ = Σⱼ gⱼ·yⱼ / Σⱼ gⱼ, gⱼ = exp(−(j−i)²/2σ²)";
    case SmoothingKind::running_mean:
        return "running mean of " + number_text(2 * reach + 1) + " points, centred: yᵢ′ = mean of yⱼ, |j−i| ≤ " +
               number_text(reach);
    }
    return {};
}

DebiasedEma::DebiasedEma(double weight) : weight_(weight > 0 ? std::min(weight, most_weight) : 0.0) {}

double DebiasedEma::next(double value) {
    if (!std::isfinite(value)) return value;
    last_ = last_ * weight_ + (1 - weight_) * value;
    weight_to_n_ *= weight_;
    return last_ / (1 - weight_to_n_);
}

std::vector<double> window_averages(std::span<const double> values, std::size_t begin, std::size_t end,
                                    const Smoothing& smoothing) {
    const std::size_t reach = smoothing.reach();
    const Padded around = padded(values, begin, end, reach);
    std::vector<double> averages = smoothing.kind == SmoothingKind::gaussian
                                       ? gaussian_averages(around, amount_of(smoothing), reach)
                                       : running_means(around, reach);
    for (std::size_t i = begin; i < end; ++i)
        if (!std::isfinite(values[i])) averages[i - begin] = values[i];
    return averages;
}

std::vector<double> smoothed(std::span<const double> values, const Smoothing& smoothing) {
    std::vector<double> result(values.begin(), values.end());
    const auto first = std::find_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    const bool constant =
        std::all_of(first, values.end(), [&](double value) { return !std::isfinite(value) || value == *first; });
    if (constant || !smoothing.active()) return result;
    if (smoothing.kind != SmoothingKind::ema) return window_averages(values, 0, values.size(), smoothing);
    DebiasedEma average(smoothing.amount);
    for (double& value : result)
        value = average.next(value);
    return result;
}

} // namespace isoloss
