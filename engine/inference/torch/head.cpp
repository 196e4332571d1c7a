#include "engine/inference/torch/head.h"

#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/row_kernels.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss::torch_module {

std::int64_t head_chunk(std::int64_t vocabulary) {
    constexpr std::int64_t logits = 4 << 20;
    return std::max<std::int64_t>(1, logits / std::max<std::int64_t>(1, vocabulary));
}

namespace {

/// Logits of a few positions at a time, all in the device's memory.
std::vector<TokenScore> scores_by_position(const at::Tensor& hidden, const Linear& head,
                                           std::span<const HeadTarget> targets) {
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

/// The largest logit of a position so far, and Σ exp(logit − largest).
struct RunningSum {
    float largest = -std::numeric_limits<float>::infinity();
    double sum = 0;

    void add(const float* logits, std::int64_t count) {
        const float next = std::max(largest, row_maximum(logits, count));
        if (sum != 0) sum *= std::exp(static_cast<double>(largest) - static_cast<double>(next));
        // A part whose logits are all −∞ adds nothing.
        constexpr float nothing = -std::numeric_limits<float>::infinity();
        sum += row_exp_sum(logits, count, next == nothing ? 0 : next);
        largest = next;
    }
};

/// Logits of many positions for some thousand tokens of the vocabulary at a time: they stay in the cache, and the
/// weights are read once.
class ScoresByVocabulary {
public:
    ScoresByVocabulary(const at::Tensor& hidden, const Linear& head, std::span<const HeadTarget> targets)
        : hidden_(hidden), head_(head), targets_(targets) {}

    std::vector<TokenScore> run() {
        constexpr std::int64_t positions_at_once = 512;
        std::vector<TokenScore> scores;
        scores.reserve(targets_.size());
        for (std::int64_t begin = 0; begin < hidden_.size(0); begin += positions_at_once)
            add(begin, std::min(positions_at_once, hidden_.size(0) - begin), scores);
        return scores;
    }

private:
    void add(std::int64_t first, std::int64_t count, std::vector<TokenScore>& scores) {
        constexpr std::int64_t tokens_at_once = 2048;
        const at::Tensor states = hidden_.narrow(0, first, count);
        const auto begin = targets_.begin() + static_cast<std::ptrdiff_t>(scores.size());
        const auto end =
            std::find_if(begin, targets_.end(), [&](const HeadTarget& target) { return target.slot >= first + count; });
        const std::span here(begin, end);
        std::vector<RunningSum> sums(static_cast<std::size_t>(count));
        std::vector<float> picked(here.size());
        const std::int64_t vocabulary = head_.weight.size(0);
        for (std::int64_t token = 0; token < vocabulary; token += tokens_at_once) {
            const std::int64_t tokens = std::min(tokens_at_once, vocabulary - token);
            const Linear part{head_.weight.narrow(0, token, tokens),
                              head_.bias.defined() ? head_.bias.narrow(0, token, tokens) : at::Tensor()};
            const at::Tensor logits = part(states).to(at::kFloat).contiguous();
            const auto* rows = logits.data_ptr<float>();
            at::parallel_for(0, count, 8, [&](std::int64_t from, std::int64_t to) {
                for (std::int64_t i = from; i < to; ++i)
                    sums[static_cast<std::size_t>(i)].add(rows + i * tokens, tokens);
            });
            for (std::size_t i = 0; i < here.size(); ++i)
                if (here[i].token >= token && here[i].token < token + tokens)
                    picked[i] = rows[(here[i].slot - first) * tokens + here[i].token - token];
        }
        for (std::size_t i = 0; i < here.size(); ++i) {
            const RunningSum& sum = sums[static_cast<std::size_t>(here[i].slot - first)];
            scores.push_back({static_cast<double>(picked[i]) - static_cast<double>(sum.largest) - std::log(sum.sum),
                              picked[i] >= sum.largest});
        }
    }

    const at::Tensor& hidden_;
    const Linear& head_;
    std::span<const HeadTarget> targets_;
};

} // namespace

std::vector<TokenScore> token_scores(const at::Tensor& hidden, const Linear& head,
                                     std::span<const HeadTarget> targets) {
    if (targets.empty()) return {};
    const bool by_vocabulary = hidden.is_cpu() && hidden.scalar_type() != at::kDouble;
    return by_vocabulary ? ScoresByVocabulary(hidden, head, targets).run() : scores_by_position(hidden, head, targets);
}

} // namespace isoloss::torch_module
