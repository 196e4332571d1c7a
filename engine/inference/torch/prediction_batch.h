#pragma once

#include "engine/inference/backend.h"
#include "engine/inference/torch/network.h"
#include "engine/inference/torch/scoring.h"

#include <span>
#include <vector>

namespace isoloss::torch_module {

/// Rows of one forward pass on the device, padded on the right.
struct PredictionBatch {
    ForwardInput input;
    at::Tensor places;  ///< [n] int64: row · length + position of every predicted position, row by row
    at::Tensor targets; ///< [n] int64

    PredictionBatch(std::span<const PredictionRow> rows, PredictionKind kind, const at::Device& device);

    /// What the output layer is applied to at the predicted positions, [n, width].
    at::Tensor states(const Network& network) const;
};

/// How rows are put together into batches: in falling order of their length, so that little is padding.
class BatchPlan {
public:
    /// `heads` times the layers whose attention is kept at the same time.
    BatchPlan(std::span<const PredictionRow> rows, const BatchBudget& budget, std::int64_t heads);

    std::size_t batches() const { return ends_.size(); }

    /// The rows of a batch, copied together.
    std::vector<PredictionRow> rows(std::size_t batch) const;

    /// Where the rows of a batch stood in the input.
    std::span<const std::size_t> indices(std::size_t batch) const;

private:
    std::span<const PredictionRow> rows_;
    std::vector<std::size_t> order_;
    std::vector<std::size_t> ends_; ///< of each batch, in order_
};

/// Contract of Model::score_rows on checked rows. Throws what LibTorch throws.
Expected<std::vector<std::vector<double>>> score_rows(const Network& network, const Architecture& architecture,
                                                      std::span<const PredictionRow> rows, const BatchBudget& budget,
                                                      const CancellationToken& token, const StepFunction& step);

} // namespace isoloss::torch_module
