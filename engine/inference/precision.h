#pragma once

#include "engine/base/cancellation.h"
#include "engine/inference/backend.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace isoloss {

/// How far log-probabilities in another number type lie from those in float32.
struct PrecisionDifference {
    double mean = 0;              ///< of |Δ ln p|, nats
    double largest = 0;           ///< of |Δ ln p|, nats
    std::int64_t predictions = 0; ///< that were compared
};

struct ComparedModel {
    std::unique_ptr<Model> model;
    std::optional<PrecisionDifference> difference; ///< of other types than float32
};

/// Loads a model in `type`. In another type than float32 it is first loaded in float32 and both predict a small probe
/// of random tokens (or pictures) that follows from the architecture alone; they are never in memory together.
Expected<ComparedModel> load_compared(const std::function<Expected<std::unique_ptr<Model>>(ComputeType)>& load,
                                      ComputeType type, const CancellationToken& token);

} // namespace isoloss
