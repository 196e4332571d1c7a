#pragma once

#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/backend.h"
#include "engine/inference/tensor_source.h"

#include <cstdint>
#include <span>
#include <vector>

namespace isoloss {

enum class OptimiserKind { adamw, sgd };

struct OptimiserOptions {
    OptimiserKind kind = OptimiserKind::adamw;
    double learning_rate = 1e-3;
    double momentum = .9;      ///< of SGD
    double weight_decay = 0;   ///< decoupled for AdamW
    double largest_norm = 0;   ///< gradients are scaled down to this norm; 0: never
    std::int64_t warmup = 0;   ///< steps over which the rate rises linearly
    std::int64_t cooldown = 0; ///< last steps, over which the rate falls linearly to zero
};

/// An adversary makes the states worse for a linear probe at the same prediction loss: the objective is
/// loss − strength · probe loss, where half of the batch fits a ridge regression from the states (all tokens of a
/// sentence concatenated) to its one-hot labels in closed form and the other half gives its mean squared error.
struct AdversaryOptions {
    double strength = 0;      ///< λ; 0: none
    double penalty = 1;       ///< of the ridge regression
    std::vector<int> classes; ///< of each label of a sentence
};

/// A batch of masked sentences of one length, row-major.
struct TrainingBatch {
    std::vector<std::int32_t> tokens;    ///< [rows · length], masks in place
    std::vector<std::int32_t> positions; ///< [rows]: the masked column
    std::vector<std::int32_t> targets;   ///< [rows]: the token under it
    std::vector<std::int32_t> labels;    ///< [rows · number of labels], for an adversary
    std::int64_t length = 0;
};

struct TrainingTask {
    Architecture architecture;   ///< of a masked family
    const TensorSource& weights; ///< where training begins
    OptimiserOptions optimiser;
    AdversaryOptions adversary;
    std::int64_t steps = 0;
    std::span<const PredictionRow> validation;
};

/// What is known after a step.
struct TrainingRecord {
    std::int64_t step = 0;
    double loss = 0;          ///< prediction loss of the step's batch before the update, nats
    double learning_rate = 0; ///< of the step
    double gradient_norm = 0; ///< before any scaling
    double probe_loss = 0;    ///< the adversary's; 0 without one
};

/// Supplies data and takes what comes out. Called on the training thread.
class TrainingObserver {
public:
    virtual ~TrainingObserver() = default;
    /// The batch of step 1, 2, …
    virtual void fill(TrainingBatch& batch) = 0;
    virtual bool wants_validation(std::int64_t step) const = 0;
    virtual bool wants_checkpoint(std::int64_t step) const = 0;
    virtual Expected<void> stepped(const TrainingRecord& record) = 0;
    virtual Expected<void> validated(std::int64_t step, double loss) = 0;
    /// The weights under their names in the file, valid during the call.
    virtual Expected<void> reached(std::int64_t step, const TensorSource& weights) = 0;
};

} // namespace isoloss
