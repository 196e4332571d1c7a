#pragma once

#include "engine/inference/architecture.h"

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// y = x·weightᵀ + bias; weight [out, in], bias [out] or undefined.
struct Linear {
    at::Tensor weight;
    at::Tensor bias{};

    at::Tensor operator()(const at::Tensor& x) const;
};

struct LayerNorm {
    at::Tensor weight;
    at::Tensor bias;
    double epsilon = 1e-5;

    at::Tensor operator()(const at::Tensor& x) const;
};

/// x / √(mean x² + ε) · weight, the mean in float32 at least.
struct RmsNorm {
    at::Tensor weight;
    double epsilon = 1e-5;

    at::Tensor operator()(const at::Tensor& x) const;
};

at::Tensor activate(Activation activation, const at::Tensor& x);

/// Half-precision values as float32; float32 and float64 as they are.
at::Tensor at_least_float32(const at::Tensor& x);

} // namespace isoloss::torch_module
