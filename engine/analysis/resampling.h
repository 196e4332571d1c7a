#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// The two-sided permutation test of a correlation: the share of orders of `b` whose |r| reaches that of the data.
/// Every order is tried up to `exact_runs` pairs, `random_orders` seeded ones above (then the data count as one order).
class PermutationTest {
public:
    static constexpr std::size_t exact_runs = 8;
    static constexpr std::size_t random_orders = 10000;

    /// Draws the orders once; they serve any number of columns of this length.
    PermutationTest(std::size_t size, std::uint64_t seed);

    std::size_t size() const { return size_; }

    bool exact() const { return size_ <= exact_runs; }

    struct Result {
        double p = 1;
        double chance = 0; ///< the |r| that no more than one order in twenty exceeds
    };

    /// Nothing when a column does not vary.
    std::optional<Result> test(std::span<const double> a, std::span<const double> b) const;

    /// The p of another statistic: the share of orders for which `reaches` says that it reaches that of the data.
    double share_reaching(const std::function<bool(const std::uint32_t* order)>& reaches) const;

private:
    double share(std::size_t reached) const;

    std::size_t size_;
    std::vector<std::uint32_t> orders_; ///< one order after the other
};

struct Interval {
    double low = 0, high = 0;
};

/// Interval (95 %) of a correlation by exact permutation: the slopes s of b on a for which the test finds no relation
/// of a and b − s·a, each as the correlation that it means beside the scatter of the data. For few pairs; wide. Nothing
/// when a column does not vary or the pairs lie on a line.
std::optional<Interval> permutation_interval(std::span<const double> a, std::span<const double> b,
                                             const PermutationTest& test);

/// Percentile bootstrap interval (95 %) of the correlation, resampling pairs; resamples without variation are left out.
std::optional<Interval> bootstrap_correlation(std::span<const double> a, std::span<const double> b, std::uint64_t seed);

} // namespace isoloss
