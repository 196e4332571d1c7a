#include "engine/inference/torch/distribution.h"

#include "engine/inference/torch/head.h"
#include "engine/inference/torch/prediction_batch.h"
#include "engine/inference/torch/side_by_side.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>

namespace isoloss::torch_module {

namespace {

/// [n, 3] double on the CPU: ln p of the target, mean, variance. Chunk by chunk, so that the probabilities of all
/// positions never exist at the same time.
at::Tensor distributions(const at::Tensor& states, const Linear& head, const at::Tensor& targets) {
    const std::int64_t count = states.size(0), chunk = head_chunk(head.weight.size(0));
    std::vector<at::Tensor> parts;
    for (std::int64_t begin = 0; begin < count; begin += chunk) {
        const std::int64_t size = std::min(chunk, count - begin);
        const at::Tensor log_probs =
            at::log_softmax(at_least_float32(head(states.narrow(0, begin, size))), -1).to(at::kDouble);
        const at::Tensor probs = log_probs.exp();
        const at::Tensor mean = (probs * log_probs).sum(-1);
        const at::Tensor variance = (probs * (log_probs - mean.unsqueeze(1)).square()).sum(-1);
        const at::Tensor picked = log_probs.gather(1, targets.narrow(0, begin, size).unsqueeze(1)).squeeze(1);
        parts.push_back(at::stack({picked, mean, variance}, 1));
    }
    return at::cat(parts).cpu();
}

} // namespace

Expected<std::vector<std::vector<TokenDistribution>>>
score_distributions(const Network& network, const Architecture& architecture, std::span<const PredictionRow> rows,
                    const BatchBudget& budget, const CancellationToken& token, const StepFunction& step) {
    const BatchPlan plan(rows, budget, architecture.heads);
    std::vector<std::vector<TokenDistribution>> results(rows.size());
    std::vector<std::uint64_t> rows_of;
    for (std::size_t b = 0; b < plan.batches(); ++b)
        rows_of.push_back(plan.indices(b).size());
    PartProgress progress(std::move(rows_of), step);
    const auto score_batch = [&](std::size_t b) -> Expected<void> {
        if (token.cancelled()) return fail(ErrorKind::cancelled, "Scoring was cancelled");
        const c10::InferenceMode inference;
        const PredictionBatch batch(plan.rows(b), architecture.prediction(), network.device());
        const at::Tensor found = distributions(batch.states(network), network.head(), batch.targets);
        const auto entry = found.accessor<double, 2>();
        std::int64_t next = 0;
        for (const std::size_t row : plan.indices(b))
            for (std::size_t i = 0; i < rows[row].targets.size(); ++i, ++next)
                results[row].push_back({entry[next][0], entry[next][1], entry[next][2]});
        progress.finished(b);
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_part(plan.batches(), batches_side_by_side(network), score_batch));
    return results;
}

} // namespace isoloss::torch_module
