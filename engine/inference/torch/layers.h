#pragma once

#include "engine/inference/architecture.h"

#include <ATen/core/Tensor.h>
#include <variant>

namespace isoloss::torch_module {

/// y = x·weightᵀ + bias; weight [out, in], bias [out] or undefined.
struct Linear {
    at::Tensor weight;
    at::Tensor bias{};

    at::Tensor operator()(const at::Tensor& x) const;

    /// sum + y
    at::Tensor added_to(const at::Tensor& sum, const at::Tensor& x) const;
};

/// Weight and bias may be undefined: 1 and 0.
struct LayerNorm {
    at::Tensor weight{};
    at::Tensor bias{};
    double epsilon = 1e-5;

    at::Tensor operator()(const at::Tensor& x) const;
};

/// x / √(mean x² + ε) · weight, the mean in float32 at least. With `around_one` the weight is stored minus one.
struct RmsNorm {
    at::Tensor weight{};
    double epsilon = 1e-5;
    bool around_one = false;

    at::Tensor operator()(const at::Tensor& x) const;
};

/// The normalisation that an architecture asks for.
using Norm = std::variant<LayerNorm, RmsNorm>;

inline at::Tensor normalised(const Norm& norm, const at::Tensor& x) {
    return std::visit([&](const auto& kind) { return kind(x); }, norm);
}

at::Tensor activate(Activation activation, at::Tensor x);

/// Half-precision values as float32; float32 and float64 as they are.
at::Tensor at_least_float32(const at::Tensor& x);

} // namespace isoloss::torch_module
