#include "engine/inference/torch/network.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

namespace isoloss::torch_module {

namespace {

/// [length, length], true above the diagonal.
at::Tensor future(const at::Tensor& steps) {
    return steps.unsqueeze(0) > steps.unsqueeze(1);
}

} // namespace

KeyValues KeyValues::rows(const at::Tensor& indices) const {
    KeyValues chosen;
    chosen.keys.reserve(keys.size());
    chosen.values.reserve(values.size());
    for (const at::Tensor& layer : keys)
        chosen.keys.push_back(layer.index_select(0, indices));
    for (const at::Tensor& layer : values)
        chosen.values.push_back(layer.index_select(0, indices));
    return chosen;
}

ForwardInput causal_input(const at::Tensor& tokens) {
    const at::Tensor steps = at::arange(tokens.size(1), tokens.options());
    return {.tokens = tokens, .positions = steps.unsqueeze(0), .blocked = future(steps)};
}

ForwardInput continued_input(const at::Tensor& tokens, const KeyValues& past, const at::Tensor& past_lengths) {
    const std::int64_t batch = tokens.size(0), length = tokens.size(1), before = past.length();
    const at::Tensor steps = at::arange(length, tokens.options());
    const at::Tensor lengths = past_lengths.unsqueeze(1); // [batch, 1]
    const at::Tensor padding = at::arange(before, tokens.options()).unsqueeze(0) >= lengths;
    const at::Tensor blocked_past = padding.view({batch, 1, 1, 1, before}).expand({batch, 1, 1, length, before});
    const at::Tensor blocked_new = future(steps).view({1, 1, 1, length, length}).expand({batch, 1, 1, length, length});
    return {.tokens = tokens,
            .positions = lengths + steps.unsqueeze(0),
            .blocked = at::cat({blocked_past, blocked_new}, -1),
            .past = &past};
}

} // namespace isoloss::torch_module
