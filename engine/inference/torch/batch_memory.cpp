#include "engine/inference/torch/batch_memory.h"

#include "engine/base/machine.h"

#include <algorithm>
#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

namespace isoloss::torch_module {

namespace {

constexpr std::int64_t fewest_tokens = 64;

/// By the CUDA runtime that LibTorch has loaded: no function of ATen that all its versions have answers this.
std::optional<std::uint64_t> free_cuda_memory(const at::Device& device) {
    using MemGetInfo = int (*)(std::size_t*, std::size_t*);
    const auto query = reinterpret_cast<MemGetInfo>(::dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
    if (query == nullptr) return std::nullopt;
    const c10::DeviceGuard guard(device);
    std::size_t free = 0, total = 0;
    if (query(&free, &total) != 0) return std::nullopt;
    return free;
}

/// States, keys, values and both sides of the MLP of one layer, and the few copies of its attention that operations
/// make.
std::uint64_t bytes_of_batch(const Architecture& architecture, const BatchBudget& budget, std::size_t element) {
    constexpr std::uint64_t states = 8, mlp = 3, attention = 3;
    const auto width = static_cast<std::uint64_t>(architecture.width);
    const auto mlp_width = static_cast<std::uint64_t>(architecture.mlp_width);
    const auto tokens = static_cast<std::uint64_t>(budget.tokens);
    return element *
           (tokens * (states * width + mlp * mlp_width) + attention * static_cast<std::uint64_t>(budget.attention));
}

} // namespace

std::optional<std::uint64_t> free_memory(const at::Device& device) {
    return device.is_cpu() ? available_memory() : free_cuda_memory(device);
}

BatchBudget fitting_budget(const Network& network, const Architecture& architecture,
                           std::optional<std::uint64_t> free) {
    BatchBudget budget = BatchBudget::for_network(network);
    if (!free) return budget;
    const auto element = static_cast<std::size_t>(network.head().weight.element_size());
    while (budget.tokens > fewest_tokens && bytes_of_batch(architecture, budget, element) > *free / 2)
        budget = budget.with_tokens(budget.tokens / 2);
    return budget;
}

} // namespace isoloss::torch_module
