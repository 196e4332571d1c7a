#pragma once

#include "engine/inference/tensor_source.h"
#include "engine/inference/torch/layers.h"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace isoloss::torch_module {

/// A weight as the forward pass uses it; shared weights are one parameter.
struct Parameter {
    std::string name; ///< in the file
    at::Tensor value;
    bool embedding = false;                       ///< token or position embedding
    std::shared_ptr<const TensorMemory> memory{}; ///< of the file that the value lies in, if it was not copied
};

/// Looks into a forward pass.
class LayerObserver {
public:
    virtual ~LayerObserver() = default;
    /// [batch, length, width]: embeddings of layer 0, what comes out of layers 1 … n; of n after the last
    /// normalisation.
    virtual void states(std::int64_t layer, const at::Tensor& x) = 0;
    /// Whether shares() is to be called for a layer, from 1.
    virtual bool wants_shares(std::int64_t layer) const = 0;
    /// [batch, heads, length, seen].
    virtual void shares(std::int64_t layer, const at::Tensor& shares) = 0;
};

/// Input of one forward pass.
struct ForwardInput {
    at::Tensor tokens;    ///< [batch, length] int64; of vision models pixels [batch, channels, height, width]
    at::Tensor positions; ///< [batch or 1, length] int64
    /// bool, broadcasts to [batch, 1, 1, length, length]; true: not attended. Undefined: all see all.
    at::Tensor blocked;
    LayerObserver* observer = nullptr;

    void show(std::int64_t layer, const at::Tensor& states) const {
        if (observer != nullptr) observer->states(layer, states);
    }
};

/// Whole sequences from position 0, each token seeing itself and those before it. Padding on the right changes nothing
/// for the tokens on its left.
ForwardInput causal_input(const at::Tensor& tokens);

/// Rows in which several sequences go on from one beginning: tokens of branch 0 are the beginning, those of every other
/// branch see it and the earlier ones of their own. tokens, positions and branches [batch, length] int64.
ForwardInput branched_input(const at::Tensor& tokens, const at::Tensor& positions, const at::Tensor& branches);

/// Whole sequences from position 0, each token seeing all of its row.
ForwardInput bidirectional_input(const at::Tensor& tokens);

/// The same, each token seeing the first `lengths` tokens of its row (int64, one per row).
ForwardInput bidirectional_input(const at::Tensor& tokens, const at::Tensor& lengths);

/// The same input where no token sees further back than itself and the `window` − 1 tokens before it; unchanged where
/// none does anyway, and for window 0.
ForwardInput within_window(const ForwardInput& input, std::int64_t window);

/// The same input with several short rows behind each other in one, none of which sees another: few large matrix
/// products instead of many tiny ones, for each of which LibTorch's CPU kernels cost more than the arithmetic. States
/// come out in the order of the original's tokens, as [batch / n, n · length, width]. Unchanged where the rows are
/// long, differ in what they may see, or are observed.
ForwardInput packed(ForwardInput input);

/// A language model without its output layer.
class Network {
public:
    virtual ~Network() = default;

    /// States after the last layer, [batch, length, width]; what a probe reads.
    virtual at::Tensor hidden(const ForwardInput& input) const = 0;

    /// What the output layer is applied to, made of hidden states position by position: [n, width] → [n, width].
    virtual at::Tensor before_head(const at::Tensor& hidden) const { return hidden; }

    /// The output layer, weight [vocabulary, width]; its tensors are among the parameters.
    const Linear& head() const { return head_; }

    at::Device device() const { return head_.weight.device(); }

    const std::vector<Parameter>& parameters() const { return parameters_; }

protected:
    Linear head_;
    std::vector<Parameter> parameters_;
};

} // namespace isoloss::torch_module
