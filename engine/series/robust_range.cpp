#include "engine/series/robust_range.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace isoloss {

namespace {

constexpr double tail = 0.02; ///< share of buckets on each side that does not shape the fences
constexpr double fence = 1.5;
constexpr double least_gain = 3;
constexpr std::size_t least_buckets = 20;

// An order statistic: the tail left of it holds at least one value.
double beyond_tail(std::vector<double> values, bool upper) {
    const auto last = static_cast<double>(values.size() - 1);
    const auto place = static_cast<std::ptrdiff_t>(upper ? std::floor((1 - tail) * last) : std::ceil(tail * last));
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)];
}

} // namespace

void RobustRange::add(std::span<const float> least, std::span<const float> greatest) {
    for (const float value : least)
        if (has_place(static_cast<double>(value))) least_.push_back(static_cast<double>(value));
    for (const float value : greatest)
        if (has_place(static_cast<double>(value))) greatest_.push_back(static_cast<double>(value));
}

void RobustRange::add(std::span<const double> least, std::span<const double> greatest) {
    std::ranges::copy_if(least, std::back_inserter(least_), [this](double value) { return has_place(value); });
    std::ranges::copy_if(greatest, std::back_inserter(greatest_), [this](double value) { return has_place(value); });
}

bool RobustRange::has_place(double value) const {
    return std::isfinite(value) && std::isfinite(position_(value));
}

std::optional<RobustRange::Range> RobustRange::range() const {
    if (least_.empty() && greatest_.empty()) return std::nullopt;
    Range whole{HUGE_VAL, -HUGE_VAL};
    for (const auto* const values : {&least_, &greatest_})
        for (const double value : *values) {
            whole.low = std::min(whole.low, value);
            whole.high = std::max(whole.high, value);
        }
    if (least_.size() < least_buckets || greatest_.size() < least_buckets) return whole;

    const double low = beyond_tail(least_, false), high = beyond_tail(greatest_, true);
    const double reach = fence * length(low, high);
    if (!(reach > 0)) return whole;
    Range inner{high, low};
    for (const auto* const values : {&least_, &greatest_})
        for (const double value : *values) {
            if (length(value, low) > reach || length(high, value) > reach) continue;
            inner.low = std::min(inner.low, value);
            inner.high = std::max(inner.high, value);
        }
    if (length(whole.low, whole.high) <= least_gain * length(inner.low, inner.high)) return whole;
    inner.cuts_low = inner.low > whole.low;
    inner.cuts_high = inner.high < whole.high;
    return inner;
}

} // namespace isoloss
