#include "engine/analysis/distributions.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

namespace isoloss {

double student_t_two_sided(double t, double degrees) {
    if (std::isnan(t)) return t;
    if (std::isinf(t)) return 0;
    return boost::math::ibeta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

double normal_two_sided(double z) {
    return std::erfc(std::abs(z) / std::sqrt(2.0));
}

double mcnemar_exact(std::int64_t a, std::int64_t b) {
    const auto fewer = static_cast<double>(std::min(a, b)), more = static_cast<double>(std::max(a, b));
    if (fewer == more) return 1;
    // P(X ≤ k) of a binomial with n trials is the regularised incomplete beta I_½(n − k, k + 1).
    return std::min(1.0, 2 * boost::math::ibeta(more, fewer + 1, 0.5));
}

} // namespace isoloss
