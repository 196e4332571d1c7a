#include "engine/inference/torch/layers.h"

#include "engine/inference/torch/inference_kernels.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <utility>

namespace isoloss::torch_module {

at::Tensor Linear::operator()(const at::Tensor& x) const {
    if (has_inference_kernels(x)) return inference_linear(x, weight, bias, {});
    return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
}

at::Tensor Linear::added_to(const at::Tensor& sum, const at::Tensor& x) const {
    return has_inference_kernels(x) ? inference_linear(x, weight, bias, sum) : sum + (*this)(x);
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, epsilon);
}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
    const at::Tensor wide = at_least_float32(x);
    const at::Tensor mean_square = wide.square().mean(-1, true);
    const at::Tensor unit = wide * at::rsqrt(mean_square + epsilon);
    if (around_one) return (unit * (at_least_float32(weight) + 1)).to(x.scalar_type());
    return unit.to(x.scalar_type()) * weight;
}

at::Tensor activate(Activation activation, at::Tensor x) {
    if (has_inference_kernels(x)) return inference_activated(activation, std::move(x));
    switch (activation) {
    case Activation::gelu_new:
        return at::gelu(x, "tanh");
    case Activation::gelu:
        return at::gelu(x);
    case Activation::relu:
        return at::relu(x);
    case Activation::silu:
        return at::silu(x);
    }
    return x;
}

at::Tensor at_least_float32(const at::Tensor& x) {
    return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

} // namespace isoloss::torch_module
