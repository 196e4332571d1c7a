#include "engine/inference/torch/prediction_batch.h"

#include "engine/inference/torch/head.h"
#include "engine/inference/torch/side_by_side.h"

#include <ATen/ops/tensor.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <numeric>

namespace isoloss::torch_module {

PredictionBatch::PredictionBatch(std::span<const PredictionRow> rows, PredictionKind kind, const at::Device& device) {
    std::vector<std::span<const std::int32_t>> views;
    std::vector<std::int64_t> lengths, flat, wanted;
    for (const PredictionRow& row : rows) {
        views.emplace_back(row.tokens);
        lengths.push_back(static_cast<std::int64_t>(row.tokens.size()));
    }
    const std::int64_t longest = *std::ranges::max_element(lengths);
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t i = 0; i < rows[r].positions.size(); ++i) {
            flat.push_back(static_cast<std::int64_t>(r) * longest + rows[r].positions[i]);
            wanted.push_back(rows[r].targets[i]);
        }
    const at::Tensor tokens = padded(views, device);
    input = kind == PredictionKind::next_token ? causal_input(tokens)
                                               : bidirectional_input(tokens, at::tensor(lengths, at::kLong).to(device));
    places = at::tensor(flat, at::kLong).to(device);
    targets = at::tensor(wanted, at::kLong).to(device);
}

at::Tensor PredictionBatch::states(const Network& network) const {
    const at::Tensor hidden = network.hidden(packed(input));
    return network.before_head(hidden.reshape({-1, hidden.size(-1)}).index_select(0, places));
}

BatchPlan::BatchPlan(std::span<const PredictionRow> rows, const BatchBudget& budget, std::int64_t heads)
    : rows_(rows), order_(rows.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::stable_sort(order_, std::ranges::greater{}, [&](std::size_t i) { return rows[i].tokens.size(); });
    std::vector<std::int64_t> lengths;
    for (const std::size_t i : order_)
        lengths.push_back(static_cast<std::int64_t>(rows[i].tokens.size()));
    for (std::size_t begin = 0; begin < order_.size();) {
        begin += budget.rows(std::span(lengths).subspan(begin), heads);
        ends_.push_back(begin);
    }
}

std::span<const std::size_t> BatchPlan::indices(std::size_t batch) const {
    const std::size_t begin = batch == 0 ? 0 : ends_[batch - 1];
    return std::span(order_).subspan(begin, ends_[batch] - begin);
}

std::vector<PredictionRow> BatchPlan::rows(std::size_t batch) const {
    std::vector<PredictionRow> chosen;
    for (const std::size_t i : indices(batch))
        chosen.push_back(rows_[i]);
    return chosen;
}

Expected<std::vector<std::vector<double>>> score_rows(const Network& network, const Architecture& architecture,
                                                      std::span<const PredictionRow> rows, const BatchBudget& budget,
                                                      const CancellationToken& token, const StepFunction& step) {
    const BatchPlan plan(rows, budget, architecture.heads);
    std::vector<std::vector<double>> log_probs(rows.size());
    std::vector<std::uint64_t> rows_of;
    for (std::size_t b = 0; b < plan.batches(); ++b)
        rows_of.push_back(plan.indices(b).size());
    PartProgress progress(std::move(rows_of), step);
    const auto score_batch = [&](std::size_t b) -> Expected<void> {
        if (token.cancelled()) return fail(ErrorKind::cancelled, "Scoring was cancelled");
        const c10::InferenceMode inference;
        const std::vector<PredictionRow> together = plan.rows(b);
        std::vector<HeadTarget> targets;
        for (const PredictionRow& row : together)
            for (const std::int32_t target : row.targets)
                targets.push_back({static_cast<std::int64_t>(targets.size()), target});
        const PredictionBatch batch(together, architecture.prediction(), network.device());
        const auto scores = token_scores(batch.states(network), network.head(), targets);
        auto next = scores.begin();
        for (const std::size_t row : plan.indices(b))
            for (std::size_t i = 0; i < rows[row].targets.size(); ++i)
                log_probs[row].push_back((next++)->log_prob);
        progress.finished(b);
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_part(plan.batches(), batches_side_by_side(network), score_batch));
    return log_probs;
}

} // namespace isoloss::torch_module
