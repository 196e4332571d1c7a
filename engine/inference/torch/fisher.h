#pragma once

#include "engine/inference/torch/network.h"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <vector>

namespace isoloss::torch_module {

/// Chooses one label per row of probabilities [rows, vocabulary]; returns int64 [rows] on the same device.
using LabelFunction = std::function<at::Tensor(const at::Tensor& probabilities)>;

/// Seed number `index` of a sequence that begins with `seed`; neighbouring sequences have none in common.
std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t index);

/// Draws labels from the probabilities by inversion. Its numbers come from the seed alone, not from LibTorch.
class LabelSampler {
public:
    explicit LabelSampler(std::uint64_t seed) : engine_(seed) {}

    at::Tensor operator()(const at::Tensor& probabilities);

private:
    std::mt19937_64 engine_;
};

struct SquaredNorms {
    double all_parameters = 0;
    double without_embeddings = 0;
};

/// Sums the gradient of Σ −ln p(label) over positions, p = softmax(head(hidden)). METRICS.md `fisher_trace` of n
/// positions is the squared norm of this sum divided by n: n·‖sum/n‖².
class GradientSum {
public:
    /// The tensors of `head` may be parameters, also ones that `hidden` depends on (tied).
    GradientSum(std::span<const Parameter> parameters, const Linear& head);

    /// Adds the positions of hidden [positions, width], whose graph is used up.
    void add(const at::Tensor& hidden, const LabelFunction& choose_labels);

    std::int64_t positions() const { return positions_; }

    SquaredNorms squared_norms() const;

private:
    /// Adds to the head's gradient and returns the gradient of hidden.
    at::Tensor add_output_layer(const at::Tensor& hidden, const LabelFunction& choose_labels);
    /// Adds to the gradient of `weight` if it is a parameter.
    void accumulate_of(const at::Tensor& weight, const at::Tensor& gradient);
    void accumulate(std::size_t parameter, const at::Tensor& gradient);

    std::span<const Parameter> parameters_;
    Linear head_;
    std::vector<at::Tensor> gradients_; ///< one per parameter, undefined while zero
    std::int64_t positions_ = 0;
};

} // namespace isoloss::torch_module
