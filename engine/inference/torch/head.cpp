#include "engine/inference/torch/head.h"

#include "engine/inference/torch/layers.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <algorithm>

namespace isoloss::torch_module {

std::int64_t head_chunk(std::int64_t vocabulary) {
    constexpr std::int64_t logits = 4 << 20;
    return std::max<std::int64_t>(1, logits / std::max<std::int64_t>(1, vocabulary));
}

std::vector<TokenScore> token_scores(const at::Tensor& hidden, const Linear& head,
                                     std::span<const HeadTarget> targets) {
    if (targets.empty()) return {};
    const std::int64_t slots = hidden.size(0), vocabulary = head.weight.size(0), chunk = head_chunk(vocabulary);
    std::vector<at::Tensor> log_probs, most_likely;
    auto next = targets.begin();
    for (std::int64_t begin = 0; begin < slots; begin += chunk) {
        const std::int64_t count = std::min(chunk, slots - begin);
        const auto end =
            std::find_if(next, targets.end(), [&](const HeadTarget& target) { return target.slot >= begin + count; });
        at::Tensor indices = at::empty({2, end - next}, at::kLong);
        auto index = indices.accessor<std::int64_t, 2>();
        for (std::int64_t i = 0; next != end; ++next, ++i) {
            index[0][i] = next->slot - begin;
            index[1][i] = (next->slot - begin) * vocabulary + next->token;
        }
        indices = indices.to(hidden.device());

        at::Tensor logits = at_least_float32(head(hidden.narrow(0, begin, count)));
        const at::Tensor picked = logits.view(-1).index_select(0, indices[1]);
        const at::Tensor largest = logits.amax(-1);
        const at::Tensor sums = logits.sub_(largest.unsqueeze(1)).exp_().sum(-1);
        const at::Tensor largest_there = largest.index_select(0, indices[0]);
        most_likely.push_back(picked >= largest_there);
        log_probs.push_back((picked - largest_there).to(at::kDouble) -
                            sums.index_select(0, indices[0]).to(at::kDouble).log());
    }
    const at::Tensor all_log_probs = at::cat(log_probs).cpu(), all_most_likely = at::cat(most_likely).cpu();
    const auto log_prob = all_log_probs.accessor<double, 1>();
    const auto likely = all_most_likely.accessor<bool, 1>();
    std::vector<TokenScore> scores(targets.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
        scores[i] = {log_prob[static_cast<std::int64_t>(i)], likely[static_cast<std::int64_t>(i)]};
    return scores;
}

} // namespace isoloss::torch_module
