#pragma once

#include "engine/inference/training.h"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <memory>
#include <vector>

namespace torch::optim {
class Optimizer;
}

namespace isoloss::torch_module {

/// LibTorch's optimisers over all parameters at once: the parameters become views of one vector, so that an update is a
/// handful of operations however many tensors there are.
class FlatOptimiser {
public:
    /// `parameters` are leaves of one type; they keep their values. Steps are counted from 1 to `steps`.
    FlatOptimiser(const std::vector<at::Tensor>& parameters, const OptimiserOptions& options, std::int64_t steps);
    ~FlatOptimiser();
    FlatOptimiser(const FlatOptimiser&) = delete;
    FlatOptimiser& operator=(const FlatOptimiser&) = delete;

    /// One update of the parameters by the gradient of `objective`, a scalar. Returns the gradient's norm before any
    /// scaling.
    double step(const at::Tensor& objective);

    /// The rate of step `step`: a linear rise, constant, a linear fall to 0 after the last step.
    double learning_rate(std::int64_t step) const;

private:
    OptimiserOptions options_;
    std::int64_t steps_;
    std::int64_t done_ = 0;
    std::vector<at::Tensor> parameters_;
    at::Tensor flat_;
    std::unique_ptr<torch::optim::Optimizer> optimiser_;
};

} // namespace isoloss::torch_module
