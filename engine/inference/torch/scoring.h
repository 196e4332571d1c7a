#pragma once

#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"

#include <span>
#include <vector>

namespace isoloss::torch_module {

/// How much one forward pass may hold, and how long it may take: a measurement can be cancelled only between two.
struct BatchBudget {
    std::int64_t tokens = 4096;          ///< batch · length, padding included
    std::int64_t attention = 32ll << 20; ///< elements of one layer's attention: batch · heads · length²

    /// Of `lengths` (falling), how many rows from the front fit; at least one.
    std::size_t rows(std::span<const std::int64_t> lengths, std::int64_t heads) const;

    /// The same proportions with so many tokens.
    BatchBudget with_tokens(std::int64_t wanted) const;

    static BatchBudget for_network(const Network& network);
    static BatchBudget for_device(const at::Device& device, double operations_per_token);
};

/// Rows of token ids padded on the right with 0, [rows, longest] int64 on the device.
at::Tensor padded(std::span<const std::span<const std::int32_t>> rows, const at::Device& device);

/// Backend contract of Model::score on checked items (no empty context, nothing longer than the model, ids inside the
/// vocabulary). An item's continuations stand behind one copy of its context and do not see each other; of single
/// tokens there is only the context. Throws what LibTorch throws.
Expected<std::vector<ItemScores>> score_items(const Network& network, const Architecture& architecture,
                                              std::span<const ScoringItem> items, const BatchBudget& budget,
                                              const CancellationToken& token, const StepFunction& step);

} // namespace isoloss::torch_module
