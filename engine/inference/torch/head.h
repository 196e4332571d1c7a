#pragma once

#include "engine/inference/torch/layers.h"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <vector>

namespace isoloss::torch_module {

/// A token whose probability is asked for at one of the gathered positions.
struct HeadTarget {
    std::int64_t slot = 0; ///< row of the gathered states
    std::int64_t token = 0;
};

struct TokenScore {
    double log_prob = 0; ///< nats
    bool most_likely = false;
};

/// Positions whose logits fit into a few megabytes; where all logits are needed, so many are made at once.
std::int64_t head_chunk(std::int64_t vocabulary);

/// Log-probabilities of `targets`, sorted by slot, under softmax(head(hidden)). hidden [slots, width]. On the CPU
/// logits exist for a part of the vocabulary and some positions at a time, elsewhere for some positions.
std::vector<TokenScore> token_scores(const at::Tensor& hidden, const Linear& head, std::span<const HeadTarget> targets);

} // namespace isoloss::torch_module
