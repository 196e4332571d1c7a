#pragma once

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// Ridge regression: W [d, k] that minimises ‖XW − Y‖² + penalty·‖W‖², X [n, d], Y [n, k]. Solved by Cholesky; throws
/// what LibTorch throws. METRICS.md `linear_probe_accuracy`.
at::Tensor ridge_weights(const at::Tensor& x, const at::Tensor& y, double penalty);

/// Predictions [m, k] for rows `z` [m, d] of the ridge regression of y on x, by way of the n × n products of rows: the
/// cheaper way where there are fewer rows than features. Differentiable.
at::Tensor ridge_predictions(const at::Tensor& x, const at::Tensor& y, const at::Tensor& z, double penalty);

} // namespace isoloss::torch_module
