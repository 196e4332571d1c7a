#include "engine/inference/torch/fisher.h"

#include "engine/inference/torch/head.h"
#include "engine/inference/torch/layers.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <torch/csrc/autograd/autograd.h>

namespace isoloss::torch_module {

namespace {

/// Σ x² in double, without a double copy of the whole tensor.
double squared_norm(const at::Tensor& tensor) {
    constexpr std::int64_t block = 1 << 22;
    const at::Tensor flat = tensor.reshape(-1);
    double sum = 0;
    for (std::int64_t begin = 0; begin < flat.size(0); begin += block) {
        const at::Tensor part = flat.narrow(0, begin, std::min(block, flat.size(0) - begin)).to(at::kDouble);
        sum += part.dot(part).item<double>();
    }
    return sum;
}

} // namespace

std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t index) {
    // SplitMix64's output function (Steele, Lea and Flood 2014) over both.
    std::uint64_t x = seed * 0xd1342543de82ef95ull + (index + 1) * 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

at::Tensor LabelSampler::operator()(const at::Tensor& probabilities) {
    const at::Tensor cumulative = probabilities.cumsum(-1, at::kDouble);
    at::Tensor uniform = at::empty({probabilities.size(0), 1}, at::kDouble);
    auto values = uniform.accessor<double, 2>();
    for (std::int64_t i = 0; i < values.size(0); ++i)
        values[i][0] = static_cast<double>(engine_() >> 11) * 0x1p-53;
    const std::int64_t last = probabilities.size(-1) - 1;
    const at::Tensor thresholds = uniform.to(probabilities.device()) * cumulative.narrow(-1, last, 1);
    return at::searchsorted(cumulative, thresholds, false, true).clamp_max(last).squeeze(-1);
}

GradientSum::GradientSum(std::span<const Parameter> parameters, const Linear& head)
    : parameters_(parameters), head_(head), gradients_(parameters.size()) {}

void GradientSum::add(const at::Tensor& hidden, const LabelFunction& choose_labels) {
    const at::Tensor hidden_gradient = add_output_layer(hidden, choose_labels);
    positions_ += hidden.size(0);
    if (!hidden.requires_grad()) return;

    std::vector<at::Tensor> inputs;
    for (const Parameter& parameter : parameters_)
        inputs.push_back(parameter.value);
    const auto gradients = torch::autograd::grad({hidden}, inputs, {hidden_gradient}, false, false, true);
    for (std::size_t i = 0; i < gradients.size(); ++i)
        if (gradients[i].defined()) accumulate(i, gradients[i]);
}

at::Tensor GradientSum::add_output_layer(const at::Tensor& hidden, const LabelFunction& choose_labels) {
    const at::NoGradGuard no_graph;
    const std::int64_t rows = hidden.size(0), chunk = head_chunk(head_.weight.size(0));
    at::Tensor head_gradient = at::zeros_like(head_.weight), bias_gradient;
    if (head_.bias.defined()) bias_gradient = at::zeros_like(head_.bias);
    std::vector<at::Tensor> hidden_gradients;
    for (std::int64_t begin = 0; begin < rows; begin += chunk) {
        const at::Tensor states = hidden.narrow(0, begin, std::min(chunk, rows - begin));
        at::Tensor slope = at::softmax(at_least_float32(head_(states)), -1);
        const at::Tensor labels = choose_labels(slope).unsqueeze(-1);
        // −ln p(label) has the gradient p − onehot(label) at the logits.
        slope.scatter_add_(1, labels, -at::ones(labels.sizes(), slope.options()));
        slope = slope.to(head_.weight.scalar_type());
        head_gradient.addmm_(slope.t(), states);
        if (bias_gradient.defined()) bias_gradient.add_(slope.sum(0));
        hidden_gradients.push_back(at::mm(slope, head_.weight));
    }
    accumulate_of(head_.weight, head_gradient);
    if (bias_gradient.defined()) accumulate_of(head_.bias, bias_gradient);
    return at::cat(hidden_gradients);
}

void GradientSum::accumulate_of(const at::Tensor& weight, const at::Tensor& gradient) {
    const auto found =
        std::ranges::find_if(parameters_, [&](const Parameter& parameter) { return parameter.value.is_same(weight); });
    if (found != parameters_.end()) accumulate(static_cast<std::size_t>(found - parameters_.begin()), gradient);
}

void GradientSum::accumulate(std::size_t parameter, const at::Tensor& gradient) {
    const at::NoGradGuard no_graph;
    if (gradients_[parameter].defined())
        gradients_[parameter].add_(gradient);
    else
        gradients_[parameter] = gradient.detach().clone();
}

SquaredNorms GradientSum::squared_norms() const {
    const at::NoGradGuard no_graph;
    SquaredNorms norms;
    for (std::size_t i = 0; i < gradients_.size(); ++i) {
        if (!gradients_[i].defined()) continue;
        const double norm = squared_norm(gradients_[i]);
        norms.all_parameters += norm;
        if (!parameters_[i].embedding) norms.without_embeddings += norm;
    }
    return norms;
}

} // namespace isoloss::torch_module
