#pragma once

#include "engine/inference/architecture.h"

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// Whether the operations below stand in for LibTorch's: only where nothing is differentiated (c10::InferenceMode), for
/// float32 on the CPU, in a build with oneDNN. Everywhere else the plain, twice differentiable operations run.
bool has_inference_kernels(const at::Tensor& x);

/// x·weightᵀ + bias + sum with x [..., in], weight [out, in]; bias [out] and sum [..., out] may be undefined. Through
/// oneDNN's matrix product, which uses wider instructions than the BLAS of many systems.
at::Tensor inference_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& sum);

/// The activation; in place where nobody else holds `x`.
at::Tensor inference_activated(Activation activation, at::Tensor x);

/// Softmax attention without a matrix of all scores: a few queries of one head at a time, and of the keys only the
/// range that they see. Shapes as `attend` says; keys and values may be strided. `blocked` bool, broadcasts to
/// [batch, 1, 1, length, length of the keys], or undefined.
at::Tensor inference_attention(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
                               const at::Tensor& blocked, double scale);

/// The pairs (x[i], x[i + half]) of [batch, heads, length, width] rotated, 2·half ≤ width; the rest as it is. cosines
/// and sines [batch or 1, 1, length, half].
at::Tensor inference_rotated(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines);

} // namespace isoloss::torch_module
