#pragma once

#include <cstdint>

namespace isoloss {

/// Two-sided p-value of Student's t with `degrees` > 0 degrees of freedom; 0 for an infinite t, NaN for a NaN.
double student_t_two_sided(double t, double degrees);

/// Two-sided p-value of the standard normal distribution.
double normal_two_sided(double z);

/// McNemar's exact test: how unlikely a split of `a` + `b` changes into `a` and `b` is when both directions are equally
/// likely (two-sided binomial with ½; 1 when nothing changed).
double mcnemar_exact(std::int64_t a, std::int64_t b);

} // namespace isoloss
