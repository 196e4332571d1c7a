#pragma once

#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"

#include <memory>

namespace isoloss::torch_module {

/// Reads the weights, tries one token and returns the model; every failure is an Error.
Expected<std::unique_ptr<Model>> load_model(const Architecture& architecture, const TensorSource& tensors,
                                            const at::Device& device, ComputeType type);

} // namespace isoloss::torch_module
