#pragma once

#include "engine/base/cancellation.h"
#include "engine/inference/backend.h"
#include "engine/inference/torch/curvature.h"
#include "engine/inference/torch/network.h"

#include <span>

namespace isoloss::torch_module {

/// Contract of Model::loss_gradient; the surface is over `parameters`, in their order.
Expected<double> stream_gradient(const LossSurface& surface, std::span<const Parameter> parameters,
                                 const GradientSink& sink, const CancellationToken& token, const StepFunction& step);

} // namespace isoloss::torch_module
