#pragma once

#include "engine/base/cancellation.h"
#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"
#include "engine/inference/torch/scoring.h"

#include <span>

namespace isoloss::torch_module {

/// Row-major float32 on the CPU.
at::Tensor as_floats(const at::Tensor& x);
/// The numbers of such a tensor.
std::span<const float> floats(const at::Tensor& x);
/// [rows, width] → what the pooling leaves of it.
at::Tensor pooled(const at::Tensor& states, StateOptions::Pooling pooling);

/// Contract of Model::hidden_states on checked inputs. Throws what LibTorch throws.
Expected<void> stream_states(const Network& network, const Architecture& architecture, const ModelInputs& inputs,
                             const StateOptions& options, const BatchBudget& budget, const StateSink& sink,
                             const CancellationToken& token, const StepFunction& step);

/// Contract of Model::attention_maps on checked inputs.
Expected<void> stream_attention(const Network& network, const Architecture& architecture, const ModelInputs& inputs,
                                std::span<const std::int64_t> layers, const BatchBudget& budget,
                                const AttentionSink& sink, const CancellationToken& token, const StepFunction& step);

/// Contract of Model::class_logits.
Expected<std::vector<float>> image_logits(const Network& network, const Architecture& architecture,
                                          const ImageSource& images, const BatchBudget& budget,
                                          const CancellationToken& token, const StepFunction& step);

} // namespace isoloss::torch_module
