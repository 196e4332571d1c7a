#include "engine/inference/torch/script_rows.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

namespace isoloss::torch_module {

PredictionRow continuation_row(std::span<const std::int32_t> context, std::span<const std::int32_t> continuation) {
    PredictionRow row;
    row.tokens.assign(context.begin(), context.end());
    for (std::size_t i = 0; i < continuation.size(); ++i) {
        row.positions.push_back(static_cast<std::int32_t>(row.tokens.size()) - 1);
        row.targets.push_back(continuation[i]);
        if (i + 1 < continuation.size()) row.tokens.push_back(continuation[i]);
    }
    return row;
}

RowScore row_score(const at::Tensor& logits, const PredictionRow& row) {
    if (row.targets.empty()) return {};
    const at::Tensor positions = at::tensor(row.positions, at::kInt).to(logits.device());
    const at::Tensor targets = at::tensor(row.targets, at::kInt).to(logits.device(), at::kLong).unsqueeze(1);
    const at::Tensor log_probs = at::log_softmax(logits.index_select(0, positions), -1);
    const at::Tensor picked = log_probs.gather(1, targets).squeeze(1);
    const at::Tensor values = picked.to(at::kCPU, at::kDouble).contiguous();
    const std::span all(values.data_ptr<double>(), row.targets.size());
    return {{all.begin(), all.end()}, (picked >= log_probs.amax(-1)).all().item<bool>()};
}

} // namespace isoloss::torch_module
