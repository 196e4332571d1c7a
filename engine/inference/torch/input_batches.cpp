#include "engine/inference/torch/input_batches.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <algorithm>
#include <numeric>

namespace isoloss::torch_module {

namespace {

using Sequences = std::span<const std::vector<std::int32_t>>;

} // namespace

InputBatches::InputBatches(const ModelInputs& inputs, const Architecture& architecture, const BatchBudget& budget,
                           Lengths lengths)
    : inputs_(inputs), architecture_(architecture) {
    const auto* sequences = std::get_if<Sequences>(&inputs);
    const std::size_t count = sequences != nullptr
                                  ? sequences->size()
                                  : std::get<std::reference_wrapper<const ImageSource>>(inputs).get().count();
    order_.resize(count);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (sequences != nullptr)
        std::ranges::stable_sort(order_, std::ranges::greater{}, [&](std::size_t i) { return (*sequences)[i].size(); });
    for (const std::size_t i : order_)
        lengths_.push_back(sequences != nullptr ? static_cast<std::int64_t>((*sequences)[i].size())
                                                : architecture.positions);
    for (std::size_t begin = 0; begin < count;) {
        auto next = std::span(lengths_).subspan(begin);
        if (lengths == Lengths::equal) {
            const auto other = [&](std::int64_t length) { return length != next.front(); };
            next = next.first(static_cast<std::size_t>(std::ranges::find_if(next, other) - next.begin()));
        }
        begin += budget.rows(next, architecture.heads);
        ends_.push_back(begin);
    }
}

Expected<InputBatch> InputBatches::batch(std::size_t number, const at::Device& device, at::ScalarType type) const {
    const std::size_t begin = number == 0 ? 0 : ends_[number - 1], end = ends_[number];
    InputBatch batch;
    batch.indices.assign(order_.begin() + static_cast<std::ptrdiff_t>(begin),
                         order_.begin() + static_cast<std::ptrdiff_t>(end));
    batch.lengths.assign(lengths_.begin() + static_cast<std::ptrdiff_t>(begin),
                         lengths_.begin() + static_cast<std::ptrdiff_t>(end));
    const auto* sequences = std::get_if<Sequences>(&inputs_);
    if (sequences == nullptr) {
        ISOLOSS_TRY(batch.input, pictures(batch.indices, device, type));
        return batch;
    }
    std::vector<std::span<const std::int32_t>> rows;
    for (const std::size_t i : batch.indices)
        rows.emplace_back((*sequences)[i]);
    const at::Tensor tokens = padded(rows, device);
    batch.input = architecture_.prediction() == PredictionKind::next_token
                      ? causal_input(tokens)
                      : bidirectional_input(tokens, at::tensor(batch.lengths, at::kLong).to(device));
    return batch;
}

Expected<ForwardInput> InputBatches::pictures(const std::vector<std::size_t>& indices, const at::Device& device,
                                              at::ScalarType type) const {
    const ImageSource& images = std::get<std::reference_wrapper<const ImageSource>>(inputs_);
    const ImageShape& shape = *architecture_.image;
    at::Tensor pixels =
        at::empty({static_cast<std::int64_t>(indices.size()), shape.channels, shape.height, shape.width}, at::kFloat);
    const auto values = static_cast<std::size_t>(shape.values());
    for (std::size_t i = 0; i < indices.size(); ++i)
        ISOLOSS_TRY_VOID(images.read(indices[i], {pixels.data_ptr<float>() + i * values, values}));
    return ForwardInput{.tokens = pixels.to(device, type), .positions = {}, .blocked = {}};
}

} // namespace isoloss::torch_module
