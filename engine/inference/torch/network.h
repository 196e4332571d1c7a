#pragma once

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <string>
#include <vector>

namespace isoloss::torch_module {

/// A weight as the forward pass uses it; shared weights are one parameter.
struct Parameter {
    std::string name;
    at::Tensor value;
    bool embedding = false; ///< token or position embedding
};

/// Keys and values of every layer for one batch: [batch, key-value heads, length, head width].
struct KeyValues {
    std::vector<at::Tensor> keys;
    std::vector<at::Tensor> values;

    /// The rows of the batch that are named (int64), in that order.
    KeyValues rows(const at::Tensor& indices) const;

    std::int64_t length() const { return keys.empty() ? 0 : keys.front().size(2); }
};

/// Input of one forward pass.
struct ForwardInput {
    at::Tensor tokens;               ///< [batch, length] int64
    at::Tensor positions;            ///< [batch or 1, length] int64
    at::Tensor blocked;              ///< bool, broadcasts to [batch, 1, 1, length, past + length]; true: not attended
    const KeyValues* past = nullptr; ///< what the batch has seen before `tokens`
    KeyValues* kept = nullptr;       ///< filled with the keys and values of `tokens`
};

/// Whole sequences from position 0, each token seeing itself and those before it. Padding on the right changes nothing
/// for the tokens on its left.
ForwardInput causal_input(const at::Tensor& tokens);

/// `tokens` after the first `past_lengths` (one per row, int64) positions of `past`, which is padded on the right.
ForwardInput continued_input(const at::Tensor& tokens, const KeyValues& past, const at::Tensor& past_lengths);

/// A decoder without its output layer.
class Network {
public:
    virtual ~Network() = default;

    /// States after the last normalisation, [batch, length, width].
    virtual at::Tensor hidden(const ForwardInput& input) const = 0;

    /// Weight of the output layer, [vocabulary, width]; one of the parameters.
    const at::Tensor& head() const { return head_; }

    const std::vector<Parameter>& parameters() const { return parameters_; }

protected:
    at::Tensor head_;
    std::vector<Parameter> parameters_;
};

} // namespace isoloss::torch_module
