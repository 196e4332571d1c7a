#include "engine/inference/torch/network.h"

#include <ATen/ops/arange.h>
#include <algorithm>

namespace isoloss::torch_module {

namespace {

/// [length, length], true above the diagonal.
at::Tensor future(const at::Tensor& steps) {
    return steps.unsqueeze(0) > steps.unsqueeze(1);
}

} // namespace

ForwardInput causal_input(const at::Tensor& tokens) {
    const at::Tensor steps = at::arange(tokens.size(1), tokens.options());
    return {.tokens = tokens, .positions = steps.unsqueeze(0), .blocked = future(steps)};
}

ForwardInput branched_input(const at::Tensor& tokens, const at::Tensor& positions, const at::Tensor& branches) {
    const std::int64_t batch = tokens.size(0), length = tokens.size(1);
    const at::Tensor seen = branches.unsqueeze(1); // by [batch, length, 1]
    const at::Tensor elsewhere = seen.ne(branches.unsqueeze(2)).logical_and_(seen.ne(0));
    const at::Tensor blocked = elsewhere.logical_or_(future(at::arange(length, tokens.options())));
    return {.tokens = tokens, .positions = positions, .blocked = blocked.view({batch, 1, 1, length, length})};
}

ForwardInput within_window(const ForwardInput& input, std::int64_t window) {
    const std::int64_t length = input.tokens.size(1);
    if (window == 0 || length <= window) return input;
    const at::Tensor& at = input.positions;
    const at::Tensor beyond = at.view({-1, 1, 1, length, 1}) - at.view({-1, 1, 1, 1, length}) >= window;
    ForwardInput nearer = input;
    nearer.blocked = input.blocked.defined() ? beyond.logical_or(input.blocked) : beyond;
    return nearer;
}

ForwardInput packed(ForwardInput input) {
    constexpr std::int64_t longest = 32; ///< of a packed row; longer ones waste more on what is blocked
    const std::int64_t batch = input.tokens.size(0), length = input.tokens.size(1);
    const bool shared_mask = !input.blocked.defined() || input.blocked.dim() == 2;
    if (input.observer != nullptr || !shared_mask || input.positions.size(0) != 1) return input;
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
