#pragma once

#include "engine/inference/backend.h"
#include "engine/inference/script_archive.h"

#include <ATen/core/Tensor.h>
#include <memory>
#include <string>

namespace isoloss::torch_module {

/// Opens a trusted module, tries one input and returns it as a model: forward gives logits ([rows, length, vocabulary],
/// of pictures [n, classes]), hidden the states of every layer, attn the attention maps, embed one vector per input.
/// Layers, width and heads are those that it shows. What needs gradients is refused. Every failure is an Error.
Expected<std::unique_ptr<Model>> load_script_model(const Architecture& architecture, ScriptArchive archive,
                                                   const std::string& file, const at::Device& device, ComputeType type);

} // namespace isoloss::torch_module
