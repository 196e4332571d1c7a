#include "engine/inference/torch/layer_outputs.h"

#include "engine/inference/torch/input_batches.h"

#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <map>

namespace isoloss::torch_module {

namespace {

/// Keeps what was asked for of one forward pass.
class Recorder final : public LayerObserver {
public:
    Recorder(std::span<const std::int64_t> states, std::span<const std::int64_t> shares)
        : wanted_states_(states), wanted_shares_(shares) {}

    void states(std::int64_t layer, const at::Tensor& x) override {
        if (std::ranges::binary_search(wanted_states_, layer)) states_[layer] = x;
    }

    bool wants_shares(std::int64_t layer) const override { return std::ranges::binary_search(wanted_shares_, layer); }

    void shares(std::int64_t layer, const at::Tensor& shares) override { shares_[layer] = shares; }

    const at::Tensor& states_of(std::int64_t layer) const { return states_.at(layer); }

    const at::Tensor& shares_of(std::int64_t layer) const { return shares_.at(layer); }

private:
    std::span<const std::int64_t> wanted_states_, wanted_shares_;
    std::map<std::int64_t, at::Tensor> states_, shares_;
};

/// Runs every batch with a fresh recorder and hands both to `take`.
template <typename Take>
Expected<void> run_batches(const Network& network, const Architecture& architecture, const ModelInputs& inputs,
                           const BatchBudget& budget, std::span<const std::int64_t> states,
                           std::span<const std::int64_t> shares, const CancellationToken& token,
                           const StepFunction& step, const Take& take) {
    const c10::InferenceMode inference;
    const InputBatches batches(inputs, architecture, budget);
    std::uint64_t done = 0;
    for (std::size_t b = 0; b < batches.count(); ++b) {
        if (token.cancelled()) return fail(ErrorKind::cancelled, "The pass over the inputs was cancelled");
        ISOLOSS_TRY(InputBatch batch, batches.batch(b, network.device(), network.head().weight.scalar_type()));
        Recorder recorder(states, shares);
        batch.input.observer = &recorder;
        const at::Tensor hidden = network.hidden(batch.input);
        ISOLOSS_TRY_VOID(take(batch, recorder, hidden));
        done += batch.indices.size();
        if (step) step(done);
    }
    return {};
}

} // namespace

at::Tensor as_floats(const at::Tensor& x) {
    return x.to(at::kCPU, at::kFloat).contiguous();
}

std::span<const float> floats(const at::Tensor& x) {
    return {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())};
}

at::Tensor pooled(const at::Tensor& states, StateOptions::Pooling pooling) {
    if (pooling == StateOptions::Pooling::last_token) return states.narrow(0, states.size(0) - 1, 1);
    // In float64: a mean of many tokens keeps the digits of one.
    if (pooling == StateOptions::Pooling::mean) return states.to(at::kDouble).mean(0, true);
    return states;
}

Expected<void> stream_states(const Network& network, const Architecture& architecture, const ModelInputs& inputs,
                             const StateOptions& options, const BatchBudget& budget, const StateSink& sink,
                             const CancellationToken& token, const StepFunction& step) {
    const auto take = [&](const InputBatch& batch, const Recorder& recorder, const at::Tensor&) -> Expected<void> {
        for (std::size_t i = 0; i < batch.indices.size(); ++i)
            for (const std::int64_t layer : options.layers) {
                const at::Tensor own = recorder.states_of(layer)[static_cast<std::int64_t>(i)];
                const at::Tensor states = as_floats(pooled(own.narrow(0, 0, batch.lengths[i]), options.pooling));
                ISOLOSS_TRY_VOID(sink({batch.indices[i], layer, states.size(0), states.size(1), floats(states)}));
            }
        return {};
    };
    return run_batches(network, architecture, inputs, budget, options.layers, {}, token, step, take);
}

Expected<void> stream_attention(const Network& network, const Architecture& architecture, const ModelInputs& inputs,
                                std::span<const std::int64_t> layers, const BatchBudget& budget,
                                const AttentionSink& sink, const CancellationToken& token, const StepFunction& step) {
    BatchBudget all_layers = budget;
    all_layers.attention = std::max<std::int64_t>(1, budget.attention / static_cast<std::int64_t>(layers.size()));
    const auto take = [&](const InputBatch& batch, const Recorder& recorder, const at::Tensor&) -> Expected<void> {
        for (std::size_t i = 0; i < batch.indices.size(); ++i)
            for (const std::int64_t layer : layers) {
                const std::int64_t length = batch.lengths[i];
                const at::Tensor own = recorder.shares_of(layer)[static_cast<std::int64_t>(i)];
                const at::Tensor shares = as_floats(own.narrow(1, 0, length).narrow(2, 0, length));
                ISOLOSS_TRY_VOID(sink({batch.indices[i], layer, shares.size(0), length, length, floats(shares)}));
            }
        return {};
    };
    return run_batches(network, architecture, inputs, all_layers, {}, layers, token, step, take);
}

Expected<std::vector<float>> image_logits(const Network& network, const Architecture& architecture,
                                          const ImageSource& images, const BatchBudget& budget,
                                          const CancellationToken& token, const StepFunction& step) {
    std::vector<float> all(images.count() * static_cast<std::size_t>(architecture.vocabulary));
    const auto take = [&](const InputBatch& batch, const Recorder&, const at::Tensor& hidden) -> Expected<void> {
        // The class token comes first.
        const at::Tensor logits = as_floats(network.head()(network.before_head(hidden.select(1, 0))));
        for (std::size_t i = 0; i < batch.indices.size(); ++i)
            std::ranges::copy(floats(logits[static_cast<std::int64_t>(i)]),
                              all.begin() + static_cast<std::ptrdiff_t>(batch.indices[i]) * architecture.vocabulary);
        return {};
    };
    ISOLOSS_TRY_VOID(run_batches(network, architecture, std::cref(images), budget, {}, {}, token, step, take));
    return all;
}

} // namespace isoloss::torch_module
