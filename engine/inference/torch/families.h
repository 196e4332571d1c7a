#pragma once

#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/tensor_source.h"
#include "engine/inference/torch/network.h"

#include <memory>

namespace isoloss::torch_module {

/// GPT-2 as Hugging Face lays it out, with or without the prefix "transformer.".
Expected<std::unique_ptr<Network>> load_gpt2(const Architecture& architecture, const TensorSource& tensors,
                                             at::Device device, at::ScalarType type);

/// Llama as Hugging Face lays it out (rotation of half-split pairs), with or without the prefix "model.".
Expected<std::unique_ptr<Network>> load_llama(const Architecture& architecture, const TensorSource& tensors,
                                              at::Device device, at::ScalarType type);

} // namespace isoloss::torch_module
