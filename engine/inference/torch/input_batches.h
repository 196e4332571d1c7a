#pragma once

#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"
#include "engine/inference/torch/scoring.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace isoloss::torch_module {

/// Some inputs of one forward pass.
struct InputBatch {
    ForwardInput input;
    std::vector<std::size_t> indices;  ///< their numbers
    std::vector<std::int64_t> lengths; ///< tokens of each; what stands behind is padding
};

/// How checked inputs are put together: sequences in falling order of their length, pictures as they come.
class InputBatches {
public:
    /// Whether shorter sequences of a batch are padded, or all of a batch have one length.
    enum class Lengths { padded, equal };

    InputBatches(const ModelInputs& inputs, const Architecture& architecture, const BatchBudget& budget,
                 Lengths lengths = Lengths::padded);

    std::size_t count() const { return ends_.size(); }

    /// A batch on the device; pictures in the number type of the weights. Fails when a picture cannot be read.
    Expected<InputBatch> batch(std::size_t number, const at::Device& device, at::ScalarType type) const;

private:
    Expected<ForwardInput> pictures(const std::vector<std::size_t>& indices, const at::Device& device,
                                    at::ScalarType type) const;

    const ModelInputs& inputs_;
    const Architecture& architecture_;
    std::vector<std::size_t> order_;
    std::vector<std::int64_t> lengths_; ///< in the order
    std::vector<std::size_t> ends_;     ///< of each batch, in the order
};

} // namespace isoloss::torch_module
