#pragma once

#include "engine/series/group_band.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace isoloss {

/// A band at every x of a block: columns of one length. NaN is undefined.
struct BandColumns {
    std::vector<double> centre, low, high;
    std::vector<std::uint32_t> n;

    void resize(std::size_t size);
};

/// Values of several runs at the same x, one pointer a run. NaN is none.
template <typename Value>
struct ValueRows {
    std::span<const Value* const> rows;
    std::size_t size = 0;  ///< x in each row
    bool complete = false; ///< there is no NaN
};

/// Centre and spread across runs, x by x. Sums are of doubles, of differences from the first run that has a value: as
/// it is one of those that are summed, n + 1 bounds what the variance Σd² − (Σd)²/n loses by cancellation. Keeps its
/// working memory; one thread at a time.
class BandStatistics {
public:
    /// At most `most_rows` rows at once. `percentile` is cut to 0 … 50.
    BandStatistics(BandCentre centre, BandSpread spread, double percentile, std::size_t most_rows);

    /// Writes places [begin, begin + values.size) of `band`.
    void evaluate(const ValueRows<float>& values, BandColumns& band, std::size_t begin);
    void evaluate(const ValueRows<double>& values, BandColumns& band, std::size_t begin);

private:
    template <typename Value>
    void evaluate_rows(const ValueRows<Value>& values, BandColumns& band, std::size_t begin);
    template <typename Value>
    void count(const ValueRows<Value>& values, std::uint32_t* n);
    template <typename Value>
    void moments(const ValueRows<Value>& values, BandColumns& band, std::size_t begin);
    template <typename Value>
    void extremes(const ValueRows<Value>& values, BandColumns& band, std::size_t begin);
    template <typename Value>
    void order(const ValueRows<Value>& values, BandColumns& band, std::size_t begin);

    bool is_about_mean() const;

    BandCentre centre_;
    BandSpread spread_;
    double share_;              ///< percentile / 100
    std::vector<double> reach_; ///< by n: the band is mean ± reach · s
    std::vector<double> shift_, sum_, squares_, count_;
    std::vector<float> floats_; ///< a few neighbouring x of all rows, to be sorted
    std::vector<double> doubles_;
};

} // namespace isoloss
