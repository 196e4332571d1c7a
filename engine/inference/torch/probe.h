#pragma once

#include "engine/base/cancellation.h"
#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"
#include "engine/inference/torch/scoring.h"

#include <ATen/core/Tensor.h>
#include <span>

namespace isoloss::torch_module {

/// Frozen states of sequences as rows of features, [sequences, d] on the CPU.
struct SequenceFeatures {
    at::Tensor values;
    bool concatenated = true; ///< states of all tokens behind each other; else their mean over the tokens
};

/// Contract of Model::linear_probe on checked sequences.
Expected<SequenceFeatures> sequence_features(const Network& network, const Architecture& architecture,
                                             std::span<const std::vector<std::int32_t>> sequences,
                                             const BatchBudget& budget, const CancellationToken& token,
                                             const StepFunction& step);

/// The folds and ridge classifiers of Model::linear_probe on `features` [rows, d]. In the fit a
/// row without a label of a column is none of its classes. Folds run on `threads` threads.
Expected<ProbeResult> probe_features(const at::Tensor& features, std::span<const ProbeColumn> columns,
                                     const ProbeOptions& options, int threads, const CancellationToken& token);

} // namespace isoloss::torch_module
