#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace isoloss {

/// What a stretch of numbers says to a bucket: figures over the finite ones, NaN where there is none.
struct Extremes {
    double min = std::numeric_limits<double>::quiet_NaN();
    double max = std::numeric_limits<double>::quiet_NaN();
    double first = std::numeric_limits<double>::quiet_NaN();
    double last = std::numeric_limits<double>::quiet_NaN();
    std::size_t nonfinite = 0;

    bool has_finite() const { return min == min; }

    /// Goes on with a later stretch.
    void add(const Extremes& later) {
        nonfinite += later.nonfinite;
        if (!later.has_finite()) return;
        if (!has_finite()) {
            min = later.min;
            max = later.max;
            first = later.first;
        } else {
            if (later.min < min) min = later.min;
            if (later.max > max) max = later.max;
        }
        last = later.last;
    }
};

/// At least one number. Lanes that do not depend on each other become vector instructions; a number that is not finite
/// leaves a NaN in its lane's sum, and only then each number is looked at by itself.
template <typename Number>
Extremes extremes_of(std::span<const Number> numbers) {
    constexpr std::size_t lanes = 8;
    std::array<Number, lanes> min, max, sum;
    min.fill(std::numeric_limits<Number>::infinity());
    max.fill(-std::numeric_limits<Number>::infinity());
    sum.fill(0);
    const auto add = [&](std::size_t lane, Number number) {
        min[lane] = number < min[lane] ? number : min[lane];
        max[lane] = number > max[lane] ? number : max[lane];
        sum[lane] += number * 0;
    };
    std::size_t i = 0;
    for (; i + lanes <= numbers.size(); i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane)
            add(lane, numbers[i + lane]);
    for (std::size_t lane = 0; i < numbers.size(); ++i, ++lane)
        add(lane, numbers[i]);
    for (std::size_t lane = 1; lane < lanes; ++lane) {
        if (min[lane] < min[0]) min[0] = min[lane];
        if (max[lane] > max[0]) max[0] = max[lane];
        sum[0] += sum[lane];
    }
    if (sum[0] == 0)
        return {static_cast<double>(min[0]), static_cast<double>(max[0]), static_cast<double>(numbers.front()),
                static_cast<double>(numbers.back()), 0};
    Extremes all;
    for (const Number number : numbers) {
        const auto value = static_cast<double>(number);
        all.add(std::isfinite(value) ? Extremes{value, value, value, value, 0} : Extremes{.nonfinite = 1});
    }
    return all;
}

} // namespace isoloss
