#include "engine/inference/torch/gradient.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

namespace isoloss::torch_module {

Expected<double> stream_gradient(const LossSurface& surface, std::span<const Parameter> parameters,
                                 const GradientSink& sink, const CancellationToken& token, const StepFunction& step) {
    // At least float32, so that parts add up without losing digits.
    std::vector<at::Tensor> sums;
    for (const Parameter& parameter : parameters)
        sums.push_back(at::zeros_like(at_least_float32(parameter.value.detach())));
    double loss = 0;
    std::uint64_t done = 0;
    for (std::size_t part = 0; part < surface.parts(); ++part) {
        if (token.cancelled()) return fail(ErrorKind::cancelled, "Computing the gradient was cancelled");
        const at::Tensor part_loss = surface.part(part);
        loss += part_loss.item<double>();
        const auto gradients = torch::autograd::grad({part_loss}, surface.parameters(), {}, false, false, true);
        const at::NoGradGuard no_graph;
        for (std::size_t i = 0; i < sums.size(); ++i)
            if (gradients[i].defined()) sums[i].add_(gradients[i], 1 / surface.count());
        done += surface.units(part);
        if (step) step(done);
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const at::Tensor values = sums[i].to(at::kCPU, at::kFloat).contiguous();
        ISOLOSS_TRY_VOID(sink({parameters[i].name,
                               {values.sizes().data(), values.sizes().size()},
                               parameters[i].embedding,
                               {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())}}));
    }
    return loss / surface.count();
}

} // namespace isoloss::torch_module
