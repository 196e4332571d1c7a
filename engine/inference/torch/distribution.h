#pragma once

#include "engine/inference/torch/scoring.h"

namespace isoloss::torch_module {

/// Contract of Model::score_distributions on checked rows. Throws what LibTorch throws.
Expected<std::vector<std::vector<TokenDistribution>>>
score_distributions(const Network& network, const Architecture& architecture, std::span<const PredictionRow> rows,
                    const BatchBudget& budget, const CancellationToken& token, const StepFunction& step);

} // namespace isoloss::torch_module
