#pragma once

#include "engine/inference/torch/network.h"

#include <ATen/core/Tensor.h>

namespace isoloss::torch_module {

/// [batch, length, heads·head_width] → [batch, heads, length, head_width].
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads);

/// Softmax attention in its plain, twice differentiable form. `queries` [batch, heads, length, head_width]; `keys` and
/// `values` [batch, key-value heads, length, head_width]. Head h reads key-value head h / (heads / key-value heads).
/// Returns [batch, length, heads·head_width].
at::Tensor attend(const ForwardInput& input, std::size_t layer, const at::Tensor& queries, const at::Tensor& keys,
                  const at::Tensor& values, double scale);

} // namespace isoloss::torch_module
