#include "engine/base/random.h"

#include <cmath>

namespace isoloss {

double RandomSource::uniform() {
    return static_cast<double>(engine_() >> 11) * 0x1p-53;
}

double RandomSource::normal() {
    // The second number of each pair is dropped: a source then has no state beside its engine.
    while (true) {
        const double x = 2 * uniform() - 1;
        const double y = 2 * uniform() - 1;
        const double square = x * x + y * y;
        if (square > 0 && square < 1) return x * std::sqrt(-2 * std::log(square) / square);
    }
}

std::size_t RandomSource::below(std::size_t bound) {
    // The high half of a 32 × 32 bit product; its bias is below bound / 2³².
    const std::uint64_t bits = engine_() >> 32;
    return static_cast<std::size_t>(bits * bound >> 32);
}

std::size_t RandomSource::choose(std::span<const double> probabilities) {
    double left = uniform();
    std::size_t last = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (!(probabilities[i] > 0)) continue;
        if (left < probabilities[i]) return i;
        left -= probabilities[i];
        last = i; // a sum that is rounded below 1 gives its missing share to the last
    }
    return last;
}

} // namespace isoloss
