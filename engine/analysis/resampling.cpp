#include "engine/analysis/resampling.h"

#include "engine/analysis/statistics.h"
#include "engine/base/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

constexpr std::size_t bootstrap_samples = 2000;

// Centred and scaled to length 1, so that a dot product of two such columns is their correlation.
std::vector<double> standardised(std::span<const double> values) {
    std::vector<double> result(values.begin(), values.end());
    const double center = *mean(values);
    double squares = 0;
    for (double& value : result) {
        value -= center;
        squares += value * value;
    }
    for (double& value : result)
        value /= std::sqrt(squares);
    return result;
}

} // namespace

PermutationTest::PermutationTest(std::size_t size, std::uint64_t seed) : size_(size) {
    std::vector<std::uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0u);
    if (exact()) {
        do
            orders_.insert(orders_.end(), order.begin(), order.end());
        while (std::next_permutation(order.begin(), order.end()));
        return;
    }
    RandomSource random(seed);
    orders_.reserve(size * random_orders);
    for (std::size_t i = 0; i < random_orders; ++i) {
        for (std::size_t left = size; left > 1; --left)
            std::swap(order[left - 1], order[random.below(left)]);
        orders_.insert(orders_.end(), order.begin(), order.end());
    }
}

std::optional<PermutationTest::Result> PermutationTest::test(std::span<const double> a,
                                                             std::span<const double> b) const {
    const auto observed = pearson(a, b);
    if (!observed || a.size() != size_) return std::nullopt;
    const auto unit_a = standardised(a), unit_b = standardised(b);
    // Orders that give the same correlation up to rounding count as reaching it.
    const double threshold = std::abs(*observed) - 1e-12;
    std::vector<double> strengths;
    strengths.reserve(orders_.size() / size_);
    for (auto order = orders_.begin(); order != orders_.end(); order += static_cast<std::ptrdiff_t>(size_)) {
        double correlation = 0;
        for (std::size_t i = 0; i < size_; ++i)
            correlation += unit_a[i] * unit_b[order[static_cast<std::ptrdiff_t>(i)]];
        strengths.push_back(std::abs(correlation));
    }
    const auto reached = static_cast<std::size_t>(
        std::count_if(strengths.begin(), strengths.end(), [&](double strength) { return strength >= threshold; }));
    Result result;
    result.p = share(reached);
    const auto limit = strengths.begin() + static_cast<std::ptrdiff_t>(strengths.size() * 19 / 20);
    std::nth_element(strengths.begin(), limit, strengths.end());
    result.chance = *limit;
    return result;
}

double PermutationTest::share(std::size_t reached) const {
    const std::size_t extra = exact() ? 0 : 1;
    return static_cast<double>(reached + extra) / static_cast<double>(orders_.size() / size_ + extra);
}

double PermutationTest::share_reaching(const std::function<bool(const std::uint32_t* order)>& reaches) const {
    std::size_t reached = 0;
    for (std::size_t begin = 0; begin < orders_.size(); begin += size_)
        if (reaches(orders_.data() + begin)) ++reached;
    return share(reached);
}

std::optional<Interval> permutation_interval(std::span<const double> a, std::span<const double> b,
                                             const PermutationTest& test) {
    const auto correlation = pearson(a, b);
    if (!correlation || 1 - *correlation * *correlation < 1e-12) return std::nullopt;
    const double deviation_a = std::sqrt(*sample_variance(a)), deviation_b = std::sqrt(*sample_variance(b));
    // In units of the scatter around the line: a slope t means the correlation t / √(1 + t²).
    const double scatter = deviation_b * std::sqrt(1 - *correlation * *correlation);
    const double center = *correlation * deviation_b / scatter;
    std::vector<double> rest(b.size());
    const auto rejected = [&](double t) {
        for (std::size_t i = 0; i < b.size(); ++i)
            rest[i] = b[i] - t * scatter / deviation_a * a[i];
        const auto result = test.test(a, rest);
        return result && result->p < 0.05;
    };
    const auto limit = [&](double direction) {
        double inside = 0, outside = 1;
        for (; !rejected(center + direction * outside); outside *= 2) {
            if (outside > 1e6) return direction;
            inside = outside;
        }
        for (int halving = 0; halving < 20; ++halving) {
            const double middle = 0.5 * (inside + outside);
            (rejected(center + direction * middle) ? outside : inside) = middle;
        }
        const double t = center + direction * outside;
        return t / std::sqrt(1 + t * t);
    };
    return Interval{limit(-1), limit(1)};
}

std::optional<Interval> bootstrap_correlation(std::span<const double> a, std::span<const double> b,
                                              std::uint64_t seed) {
    if (a.size() != b.size() || a.empty()) return std::nullopt;
    RandomSource random(seed);
    std::vector<double> sample_a(a.size()), sample_b(a.size()), correlations;
    correlations.reserve(bootstrap_samples);
    for (std::size_t repeat = 0; repeat < bootstrap_samples; ++repeat) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            const std::size_t pick = random.below(a.size());
            sample_a[i] = a[pick];
            sample_b[i] = b[pick];
        }
        if (const auto correlation = pearson(sample_a, sample_b)) correlations.push_back(*correlation);
    }
    if (correlations.empty()) return std::nullopt;
    std::sort(correlations.begin(), correlations.end());
    return Interval{quantile(correlations, 0.025), quantile(correlations, 0.975)};
}

} // namespace isoloss
