#include "engine/inference/torch/network.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <algorithm>

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

ForwardInput within_window(const ForwardInput& input, std::int64_t window) {
    const std::int64_t before = input.past == nullptr ? 0 : input.past->length(), length = input.tokens.size(1);
    if (window == 0 || before + length <= window) return input;
    // What was seen before stands at its position; [batch or 1, 1, 1, 1, past + length].
    at::Tensor seen = input.positions;
    if (before > 0)
        seen =
            at::cat({at::arange(before, input.tokens.options()).unsqueeze(0).expand({seen.size(0), before}), seen}, 1);
    const at::Tensor distance = input.positions.view({-1, 1, 1, length, 1}) - seen.view({-1, 1, 1, 1, before + length});
    const at::Tensor beyond = distance >= window;
    ForwardInput nearer = input;
    nearer.blocked = input.blocked.defined() ? beyond.logical_or(input.blocked) : beyond;
    return nearer;
}

ForwardInput packed(ForwardInput input) {
    constexpr std::int64_t longest = 32; ///< of a packed row; longer ones waste more on what is blocked
    const std::int64_t batch = input.tokens.size(0), length = input.tokens.size(1);
    const bool shared_mask = !input.blocked.defined() || input.blocked.dim() == 2;
    if (input.kept != nullptr || input.past != nullptr || input.observer != nullptr || !shared_mask ||
        input.positions.size(0) != 1)
        return input;
    std::int64_t together = std::max<std::int64_t>(1, std::min(batch, longest / length));
    while (batch % together != 0)
        --together;
    if (together == 1) return input;
    const at::Tensor row = at::arange(together * length, input.tokens.options()).floor_divide(length);
    at::Tensor blocked = row.unsqueeze(0) != row.unsqueeze(1);
    if (input.blocked.defined()) blocked = blocked.logical_or(input.blocked.repeat({together, together}));
    return {.tokens = input.tokens.reshape({batch / together, together * length}),
            .positions = input.positions.repeat({1, together}),
            .blocked = blocked};
}

ForwardInput bidirectional_input(const at::Tensor& tokens) {
    return {.tokens = tokens, .positions = at::arange(tokens.size(1), tokens.options()).unsqueeze(0), .blocked = {}};
}

ForwardInput bidirectional_input(const at::Tensor& tokens, const at::Tensor& lengths) {
    const std::int64_t batch = tokens.size(0), length = tokens.size(1);
    ForwardInput input = bidirectional_input(tokens);
    const at::Tensor padding = input.positions >= lengths.unsqueeze(1);
    if (padding.any().item<bool>()) input.blocked = padding.view({batch, 1, 1, 1, length});
    return input;
}

} // namespace isoloss::torch_module
