#include "engine/inference/torch/flat_optimiser.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <torch/csrc/autograd/autograd.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

namespace isoloss::torch_module {

FlatOptimiser::FlatOptimiser(const std::vector<at::Tensor>& parameters, const OptimiserOptions& options,
                             std::int64_t steps)
    : options_(options), steps_(steps), parameters_(parameters) {
    const at::NoGradGuard no_graph;
    std::vector<at::Tensor> values;
    for (const at::Tensor& parameter : parameters_)
        values.push_back(parameter.detach().reshape(-1));
    flat_ = at::cat(values);
    std::int64_t begin = 0;
    for (at::Tensor& parameter : parameters_) {
        parameter.set_data(flat_.narrow(0, begin, parameter.numel()).view(parameter.sizes()));
        begin += parameter.numel();
    }
    const std::vector optimised{flat_};
    if (options.kind == OptimiserKind::adamw)
        optimiser_ = std::make_unique<torch::optim::AdamW>(
            optimised, torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay));
    else
        optimiser_ = std::make_unique<torch::optim::SGD>(optimised, torch::optim::SGDOptions(options.learning_rate)
                                                                        .momentum(options.momentum)
                                                                        .weight_decay(options.weight_decay));
}

FlatOptimiser::~FlatOptimiser() = default;

double FlatOptimiser::learning_rate(std::int64_t step) const {
    double share = 1;
    if (options_.warmup > 0) share = std::min(share, static_cast<double>(step) / static_cast<double>(options_.warmup));
    if (options_.cooldown > 0)
        share = std::min(share, static_cast<double>(steps_ + 1 - step) / static_cast<double>(options_.cooldown));
    return options_.learning_rate * share;
}

double FlatOptimiser::step(const at::Tensor& objective) {
    const auto gradients = torch::autograd::grad({objective}, parameters_, {}, false, false, true);
    const at::NoGradGuard no_graph;
    std::vector<at::Tensor> flat;
    for (std::size_t i = 0; i < gradients.size(); ++i)
        flat.push_back((gradients[i].defined() ? gradients[i] : at::zeros_like(parameters_[i])).reshape(-1));
    at::Tensor gradient = at::cat(flat);
    const auto norm = gradient.norm().item<double>();
    if (options_.largest_norm > 0 && norm > options_.largest_norm) gradient.mul_(options_.largest_norm / norm);
    ++done_;
    const double rate = learning_rate(done_);
    auto& group = optimiser_->param_groups().front().options();
    if (options_.kind == OptimiserKind::adamw)
        static_cast<torch::optim::AdamWOptions&>(group).lr(rate);
    else
        static_cast<torch::optim::SGDOptions&>(group).lr(rate);
    flat_.mutable_grad() = gradient;
    optimiser_->step();
    return norm;
}

} // namespace isoloss::torch_module
