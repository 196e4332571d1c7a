#pragma once

#include "engine/inference/architecture.h"
#include "engine/inference/torch/scoring.h"

#include <cstdint>
#include <optional>

namespace isoloss::torch_module {

/// Bytes that are free on a device now; nothing where that cannot be known.
std::optional<std::uint64_t> free_memory(const at::Device& device);

/// The network's usual batches, halved until what one of them holds in a forward pass takes at most half of `free`
/// bytes. Powers of two, so that a little more or less free memory gives the same batches and the same last digits.
BatchBudget fitting_budget(const Network& network, const Architecture& architecture, std::optional<std::uint64_t> free);

} // namespace isoloss::torch_module
