#include "engine/inference/torch/attention.h"

#include "engine/inference/torch/inference_kernels.h"

#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <limits>
#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <ATen/ops/scaled_dot_product_attention.h>
#include <c10/core/InferenceMode.h>
#include <optional>
#endif

namespace isoloss::torch_module {

namespace {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
/// LibTorch's own fused attention, where nothing is differentiated.
at::Tensor fused_attention(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
                           const at::Tensor& blocked, double scale) {
    const std::int64_t repeats = queries.size(1) / keys.size(1);
    const auto of_heads = [&](const at::Tensor& x) { return repeats == 1 ? x : x.repeat_interleave(repeats, 1); };
    std::optional<at::Tensor> seen;
    if (blocked.defined()) seen = (blocked.dim() == 5 ? blocked.squeeze(2) : blocked).logical_not();
    const at::Tensor mixed =
        at::scaled_dot_product_attention(queries, of_heads(keys), of_heads(values), seen, 0, false, scale);
    return mixed.transpose(1, 2).reshape({queries.size(0), queries.size(2), -1});
}

#define ISOLOSS_FUSED_ATTENTION
#endif

} // namespace

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
    return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

at::Tensor attend(const ForwardInput& input, std::size_t layer, const at::Tensor& queries, const at::Tensor& keys,
                  const at::Tensor& values, double scale) {
    const auto number = static_cast<std::int64_t>(layer) + 1;
    const bool shows_shares = input.observer != nullptr && input.observer->wants_shares(number);
    if (!shows_shares && has_inference_kernels(queries))
        return inference_attention(queries, keys, values, input.blocked, scale);
#ifdef ISOLOSS_FUSED_ATTENTION
    if (!shows_shares && c10::InferenceMode::is_enabled())
        return fused_attention(queries, keys, values, input.blocked, scale);
#endif
    const std::int64_t batch = queries.size(0), heads = queries.size(1), length = queries.size(2);
    const std::int64_t width = queries.size(3), groups = keys.size(1), seen = keys.size(2);
    // The heads of a group stand under each other, so that keys and values are never repeated.
    const at::Tensor grouped = (queries * scale).reshape({batch, groups, heads / groups * length, width});
    at::Tensor scores = at::matmul(grouped, keys.transpose(2, 3));
    scores = scores.view({batch, groups, heads / groups, length, seen});
    if (input.blocked.defined()) scores.masked_fill_(input.blocked, -std::numeric_limits<double>::infinity());
    const at::Tensor shares =
        scores.scalar_type() == at::kDouble ? at::softmax(scores, -1) : at::softmax(scores, -1, at::kFloat);
    if (shows_shares) input.observer->shares(number, shares.view({batch, heads, length, seen}));
    const at::Tensor mixed =
        at::matmul(shares.to(values.scalar_type()).view({batch, groups, heads / groups * length, seen}), values);
    return mixed.view({batch, heads, length, width}).transpose(1, 2).reshape({batch, length, heads * width});
}

} // namespace isoloss::torch_module
