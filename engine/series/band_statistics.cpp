#include "engine/series/band_statistics.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <type_traits>

namespace isoloss {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

// Neighbouring x that are sorted together, each in a lane of its own: a cache line of floats.
constexpr std::size_t lanes = 16;

#if defined(__x86_64__)
template <typename Work>
[[gnu::target("avx2")]] void work_with_avx2(const Work& work) {
    work();
}
#endif

// Runs loops with the widest registers there are. `work` is a lambda that is always inlined. Without fused operations
// the numbers are the same on every machine.
template <typename Work>
void work_widely(const Work& work) {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    if (has_avx2) return work_with_avx2(work);
#endif
    work();
}

template <typename Value>
[[gnu::always_inline]] inline void sort_pair(Value* __restrict a, Value* __restrict b) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        // Two comparisons: only so they become a minimum and a maximum of whole registers.
        const Value less = b[lane] < a[lane] ? b[lane] : a[lane];
        const Value greater = a[lane] < b[lane] ? b[lane] : a[lane];
        a[lane] = less;
        b[lane] = greater;
    }
}

// Sorts each lane by itself. Merge exchange: Knuth, The Art of Computer Programming 3, 5.2.2 M. Which pairs it compares
// depends on their number only, so all lanes go together.
template <typename Value>
[[gnu::always_inline]] inline void sort_lanes(Value* cells, std::size_t count) {
    if (count < 2) return;
    std::size_t highest = 1;
    while (2 * highest < count)
        highest *= 2;
    for (std::size_t p = highest; p > 0; p /= 2) {
        std::size_t q = highest, r = 0, distance = p;
        for (;;) {
            for (std::size_t begin = r; begin + distance < count; begin += 2 * p)
                for (std::size_t i = begin; i < std::min(begin + p, count - distance); ++i)
                    sort_pair(cells + i * lanes, cells + (i + distance) * lanes);
            if (q == p) break;
            distance = q - p;
            q /= 2;
            r = p;
        }
    }
}

template <typename Value>
[[gnu::always_inline]] inline void add_row(const Value* row, std::size_t size, const double* __restrict shift,
                                           double* __restrict sum, double* __restrict squares) {
    for (std::size_t i = 0; i < size; ++i) {
        const double difference = static_cast<double>(row[i]) - shift[i];
        sum[i] += difference;
        squares[i] += difference * difference;
    }
}

// Several at once: then the sums are loaded and stored less often.
template <typename Value>
[[gnu::always_inline]] inline void add_four_rows(const Value* const* rows, std::size_t size,
                                                 const double* __restrict shift, double* __restrict sum,
                                                 double* __restrict squares) {
    const Value *const a = rows[0], *const b = rows[1], *const c = rows[2], *const d = rows[3];
    for (std::size_t i = 0; i < size; ++i) {
        const double from = shift[i];
        const double of_a = static_cast<double>(a[i]) - from, of_b = static_cast<double>(b[i]) - from;
        const double of_c = static_cast<double>(c[i]) - from, of_d = static_cast<double>(d[i]) - from;
        sum[i] += (of_a + of_b) + (of_c + of_d);
        squares[i] += (of_a * of_a + of_b * of_b) + (of_c * of_c + of_d * of_d);
    }
}

// Between the order statistics on both sides of the share, as numpy computes it.
template <typename Value>
double quantile(const Value* lane, std::uint32_t n, double share) {
    const double place = share * (n - 1);
    const auto below = static_cast<std::size_t>(place);
    const double t = place - static_cast<double>(below);
    const double a = static_cast<double>(lane[below * lanes]);
    const double b = static_cast<double>(lane[std::min<std::size_t>(below + 1, n - 1) * lanes]);
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

std::vector<double> reach_by_n(BandSpread spread, std::size_t most) {
    std::vector<double> reach(most + 1, undefined);
    for (std::size_t n = 2; n <= most; ++n) {
        const auto runs = static_cast<double>(n);
        reach[n] = spread == BandSpread::standard_deviation ? 1 : 1 / std::sqrt(runs);
        if (spread == BandSpread::t_interval)
            reach[n] *= boost::math::quantile(boost::math::students_t(runs - 1), 0.975);
    }
    return reach;
}

} // namespace

void BandColumns::resize(std::size_t size) {
    centre.resize(size);
    low.resize(size);
    high.resize(size);
    n.resize(size);
}

BandStatistics::BandStatistics(BandCentre centre, BandSpread spread, double percentile, std::size_t most_rows)
    : centre_(centre), spread_(spread), share_(percentile > 0 ? std::min(percentile, 50.0) / 100 : 0.0) {
    if (is_about_mean()) reach_ = reach_by_n(spread, most_rows);
}

bool BandStatistics::is_about_mean() const {
    return spread_ == BandSpread::standard_deviation || spread_ == BandSpread::standard_error ||
           spread_ == BandSpread::t_interval;
}

void BandStatistics::evaluate(const ValueRows<float>& values, BandColumns& band, std::size_t begin) {
    evaluate_rows(values, band, begin);
}

void BandStatistics::evaluate(const ValueRows<double>& values, BandColumns& band, std::size_t begin) {
    evaluate_rows(values, band, begin);
}

template <typename Value>
void BandStatistics::evaluate_rows(const ValueRows<Value>& values, BandColumns& band, std::size_t begin) {
    count(values, band.n.data() + begin);
    if (centre_ == BandCentre::mean || is_about_mean()) moments(values, band, begin);
    if (centre_ == BandCentre::median || spread_ == BandSpread::percentiles) order(values, band, begin);
    if (spread_ == BandSpread::min_max) extremes(values, band, begin);
    if (spread_ == BandSpread::none) {
        std::fill_n(band.low.begin() + static_cast<std::ptrdiff_t>(begin), values.size, undefined);
        std::fill_n(band.high.begin() + static_cast<std::ptrdiff_t>(begin), values.size, undefined);
    }
}

template <typename Value>
void BandStatistics::count(const ValueRows<Value>& values, std::uint32_t* n) {
    std::fill_n(n, values.size, values.complete ? static_cast<std::uint32_t>(values.rows.size()) : 0u);
    if (values.complete) return;
    work_widely([&]() __attribute__((always_inline)) {
        for (const Value* const row : values.rows)
            for (std::size_t i = 0; i < values.size; ++i)
                n[i] += row[i] == row[i] ? 1u : 0u;
    });
}

template <typename Value>
void BandStatistics::moments(const ValueRows<Value>& values, BandColumns& band, std::size_t begin) {
    const std::size_t size = values.size;
    shift_.assign(size, 0);
    sum_.assign(size, 0);
    squares_.assign(size, 0);
    count_.assign(size, 0);
    double* const __restrict shift = shift_.data();
    double* const __restrict sum = sum_.data();
    double* const __restrict squares = squares_.data();
    double* const __restrict seen = count_.data();
    work_widely([&]() __attribute__((always_inline)) {
        if (values.complete) {
            if (!values.rows.empty()) std::copy_n(values.rows.front(), size, shift);
            std::size_t r = 1;
            for (; r + 4 <= values.rows.size(); r += 4)
                add_four_rows(values.rows.data() + r, size, shift, sum, squares);
            for (; r < values.rows.size(); ++r)
                add_row(values.rows[r], size, shift, sum, squares);
        } else {
            for (const Value* const row : values.rows)
                for (std::size_t i = 0; i < size; ++i) {
                    const double value = static_cast<double>(row[i]);
                    const bool has = value == value;
                    shift[i] = seen[i] == 0 && has ? value : shift[i];
                    seen[i] += has ? 1.0 : 0.0;
                    const double difference = has ? value - shift[i] : 0.0;
                    sum[i] += difference;
                    squares[i] += difference * difference;
                }
        }
    });
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint32_t n = band.n[begin + i];
        const double mean = n > 0 ? shift[i] + sum[i] / n : undefined;
        if (centre_ == BandCentre::mean) band.centre[begin + i] = mean;
        if (!is_about_mean()) continue;
        const double rest = squares[i] - sum[i] * sum[i] / n;
        const double reach = reach_[n] * std::sqrt((rest < 0 ? 0 : rest) / (n - 1.0));
        band.low[begin + i] = mean - reach;
        band.high[begin + i] = mean + reach;
    }
}

template <typename Value>
void BandStatistics::extremes(const ValueRows<Value>& values, BandColumns& band, std::size_t begin) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double* const __restrict low = band.low.data() + begin;
    double* const __restrict high = band.high.data() + begin;
    std::fill_n(low, values.size, infinity);
    std::fill_n(high, values.size, -infinity);
    work_widely([&]() __attribute__((always_inline)) {
        for (const Value* const row : values.rows)
            for (std::size_t i = 0; i < values.size; ++i) {
                const double value = static_cast<double>(row[i]);
                low[i] = value < low[i] ? value : low[i]; // NaN is neither less nor greater
                high[i] = value > high[i] ? value : high[i];
            }
    });
    for (std::size_t i = 0; i < values.size; ++i)
        if (band.n[begin + i] == 0) low[i] = high[i] = undefined;
}

template <typename Value>
void BandStatistics::order(const ValueRows<Value>& values, BandColumns& band, std::size_t begin) {
    constexpr Value infinity = std::numeric_limits<Value>::infinity();
    std::vector<Value>& cells = [&]() -> std::vector<Value>& {
        if constexpr (std::is_same_v<Value, float>)
            return floats_;
        else
            return doubles_;
    }();
    const std::size_t rows = values.rows.size();
    cells.resize(rows * lanes);
    for (std::size_t first = 0; first < values.size; first += lanes) {
        const std::size_t used = std::min(lanes, values.size - first);
        work_widely([&]() __attribute__((always_inline)) {
            // What is no value is sorted behind all values. The last lanes may have no x.
            for (std::size_t r = 0; r < rows; ++r) {
                const Value* const row = values.rows[r] + first;
                Value* const __restrict cell = cells.data() + r * lanes;
                if (used == lanes)
                    for (std::size_t lane = 0; lane < lanes; ++lane)
                        cell[lane] = row[lane] == row[lane] ? row[lane] : infinity;
                else
                    for (std::size_t lane = 0; lane < lanes; ++lane)
                        cell[lane] = lane < used && row[lane] == row[lane] ? row[lane] : infinity;
            }
            sort_lanes(cells.data(), rows);
        });
        for (std::size_t lane = 0; lane < used; ++lane) {
            const std::size_t i = begin + first + lane;
            const std::uint32_t n = band.n[i];
            const auto quantile_at = [&](double share) {
                return n > 0 ? quantile(cells.data() + lane, n, share) : undefined;
            };
            if (centre_ == BandCentre::median) band.centre[i] = quantile_at(0.5);
            if (spread_ != BandSpread::percentiles) continue;
            band.low[i] = quantile_at(share_);
            band.high[i] = quantile_at(1 - share_);
        }
    }
}

} // namespace isoloss
