#pragma once

#include "engine/inference/backend.h"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <vector>

namespace isoloss::torch_module {

/// ln p of a row's targets, and whether all of them were the most likely ones.
struct RowScore {
    std::vector<double> log_probs;
    bool greedy = true;
};

/// The row whose targets are the tokens of a continuation, each after all tokens before it.
PredictionRow continuation_row(std::span<const std::int32_t> context, std::span<const std::int32_t> continuation);

/// logits [length, vocabulary] of a row's tokens.
RowScore row_score(const at::Tensor& logits, const PredictionRow& row);

} // namespace isoloss::torch_module
