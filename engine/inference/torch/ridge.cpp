#include "engine/inference/torch/ridge.h"

#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/mm.h>

namespace isoloss::torch_module {

at::Tensor ridge_weights(const at::Tensor& x, const at::Tensor& y, double penalty) {
    at::Tensor gram = at::mm(x.t(), x);
    gram.diagonal().add_(penalty);
    return at::cholesky_solve(at::mm(x.t(), y), at::linalg_cholesky(gram));
}

at::Tensor ridge_predictions(const at::Tensor& x, const at::Tensor& y, const at::Tensor& z, double penalty) {
    const at::Tensor products = at::mm(x, x.t()) + penalty * at::eye(x.size(0), x.options());
    return at::mm(at::mm(z, x.t()), at::linalg_solve(products, y));
}

} // namespace isoloss::torch_module
