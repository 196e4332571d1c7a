#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace isoloss {

/// Random numbers that are the same on every platform and standard library for a seed. One thread.
class RandomSource {
public:
    explicit RandomSource(std::uint64_t seed) : engine_(seed) {}

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    double uniform();

    /// Standard normal, by the polar method (Marsaglia and Bray 1964); its last bit is that of the platform's ln.
    double normal();

    /// Uniform in 0 … bound − 1, 0 < bound ≤ 2³².
    std::size_t below(std::size_t bound);

    /// An index with the probability that stands there; the probabilities sum to 1 and at least one is above 0.
    std::size_t choose(std::span<const double> probabilities);

private:
    std::mt19937_64 engine_;
};

} // namespace isoloss
