#include "engine/inference/torch/masked_training.h"

#include "engine/inference/torch/families.h"
#include "engine/inference/torch/flat_optimiser.h"
#include "engine/inference/torch/prediction_batch.h"
#include "engine/inference/torch/ridge.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/one_hot.h>
#include <cstring>

namespace isoloss::torch_module {

namespace {

at::Tensor as_tensor(std::vector<std::int32_t>& values, at::IntArrayRef shape) {
    return at::from_blob(values.data(), shape, at::kInt).to(at::kLong);
}

/// The weights as they are, under their names in the file.
class WeightsNow final : public TensorSource {
public:
    explicit WeightsNow(const Network& network) : network_(network) {
        for (const Parameter& parameter : network.parameters())
            infos_.push_back({parameter.name, TensorType::f32, "F32", parameter.value.sizes().vec(),
                              static_cast<std::uint64_t>(parameter.value.nbytes())});
    }

    const std::vector<TensorInfo>& tensors() const override { return infos_; }

    Expected<void> read(std::string_view name, std::span<std::byte> buffer) const override {
        for (const Parameter& parameter : network_.parameters())
            if (parameter.name == name) {
                const at::Tensor value = parameter.value.detach().contiguous();
                std::memcpy(buffer.data(), value.data_ptr(), buffer.size());
                return {};
            }
        return fail(ErrorKind::internal, "There is no weight " + std::string(name));
    }

    std::string description() const override { return "weights in training"; }

private:
    const Network& network_;
    std::vector<TensorInfo> infos_;
};

/// Standardises every feature over the rows, so that neither hiding it in a small number nor shrinking all of them
/// helps against a probe that does the same.
at::Tensor standardised(const at::Tensor& features) {
    constexpr double least_variance = 1e-6;
    const at::Tensor centred = features - features.mean(0);
    return centred * (centred.square().mean(0) + least_variance).rsqrt();
}

class Training {
public:
    Training(const TrainingTask& task, std::unique_ptr<Network> network, TrainingObserver& observer,
             const CancellationToken& token)
        : task_(task), network_(std::move(network)), observer_(observer), token_(token),
          optimiser_(leaves(*network_), task.optimiser, task.steps), weights_(*network_) {}

    Expected<void> run() {
        ISOLOSS_TRY_VOID(look(0));
        for (std::int64_t step = 1; step <= task_.steps; ++step) {
            if (token_.cancelled()) return fail(ErrorKind::cancelled, "The training was cancelled");
            ISOLOSS_TRY_VOID(observer_.stepped(update(step)));
            ISOLOSS_TRY_VOID(look(step));
        }
        return {};
    }

private:
    static std::vector<at::Tensor> leaves(const Network& network) {
        std::vector<at::Tensor> values;
        for (const Parameter& parameter : network.parameters())
            values.push_back(parameter.value);
        return values;
    }

    TrainingRecord update(std::int64_t step) {
        observer_.fill(batch_);
        const auto rows = static_cast<std::int64_t>(batch_.positions.size());
        const at::Tensor tokens = as_tensor(batch_.tokens, {rows, batch_.length});
        const at::Tensor places = as_tensor(batch_.positions, {rows}) + at::arange(rows, at::kLong) * batch_.length;
        const at::Tensor hidden = network_->hidden(packed(bidirectional_input(tokens)));
        const at::Tensor masked = hidden.reshape({rows * batch_.length, -1}).index_select(0, places);
        const at::Tensor logits = network_->head()(network_->before_head(masked));
        const at::Tensor loss = at::cross_entropy_loss(logits, as_tensor(batch_.targets, {rows}));
        TrainingRecord record{.step = step, .learning_rate = optimiser_.learning_rate(step)};
        at::Tensor objective = loss;
        if (task_.adversary.strength != 0) {
            const at::Tensor probe = probe_loss(hidden.reshape({rows, -1}));
            objective = loss - task_.adversary.strength * probe;
            record.probe_loss = probe.item<double>();
        }
        record.loss = loss.item<double>();
        record.gradient_norm = optimiser_.step(objective);
        return record;
    }

    /// Mean over labels of the squared error, summed over classes, of a ridge regression that one half of the rows fits
    /// and the other half is scored with.
    at::Tensor probe_loss(const at::Tensor& states) {
        const auto kinds = static_cast<std::int64_t>(task_.adversary.classes.size());
        const std::int64_t rows = states.size(0), half = rows / 2;
        const at::Tensor labels = as_tensor(batch_.labels, {rows, kinds});
        std::vector<at::Tensor> one_hots;
        for (std::int64_t kind = 0; kind < kinds; ++kind)
            one_hots.push_back(
                at::one_hot(labels.select(1, kind), task_.adversary.classes[static_cast<std::size_t>(kind)]));
        const at::Tensor wanted = at::cat(one_hots, 1).to(at::kFloat);
        const at::Tensor features = standardised(states);
        const at::Tensor centre = wanted.narrow(0, 0, half).mean(0);
        const at::Tensor predicted = ridge_predictions(features.narrow(0, 0, half), wanted.narrow(0, 0, half) - centre,
                                                       features.narrow(0, half, rows - half), task_.adversary.penalty);
        const at::Tensor error = predicted + centre - wanted.narrow(0, half, rows - half);
        return error.square().sum(1).mean() / static_cast<double>(kinds);
    }

    /// What the observer wants to see after a step.
    Expected<void> look(std::int64_t step) {
        if (observer_.wants_validation(step)) {
            ISOLOSS_TRY(const auto log_probs,
                        score_rows(*network_, task_.architecture, task_.validation, BatchBudget{}, token_, {}));
            double sum = 0, count = 0;
            for (const auto& row : log_probs)
                for (const double log_prob : row) {
                    sum -= log_prob;
                    ++count;
                }
            ISOLOSS_TRY_VOID(observer_.validated(step, sum / count));
        }
        if (observer_.wants_checkpoint(step)) ISOLOSS_TRY_VOID(observer_.reached(step, weights_));
        return {};
    }

    const TrainingTask& task_;
    std::unique_ptr<Network> network_;
    TrainingObserver& observer_;
    const CancellationToken& token_;
    FlatOptimiser optimiser_;
    WeightsNow weights_;
    TrainingBatch batch_;
};

} // namespace

Expected<void> train_masked(const TrainingTask& task, TrainingObserver& observer, const CancellationToken& token) {
    if (task.architecture.prediction() != PredictionKind::masked_token)
        return fail(ErrorKind::unsupported, "Only masked models can be trained", "Give a BERT configuration");
    at::set_num_threads(1); // of the calling thread
    ISOLOSS_TRY(auto network, load_network(task.architecture, task.weights, at::kCPU, at::kFloat));
    return Training(task, std::move(network), observer, token).run();
}

} // namespace isoloss::torch_module
