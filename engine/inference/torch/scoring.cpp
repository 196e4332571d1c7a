#include "engine/inference/torch/scoring.h"

#include "engine/inference/torch/head.h"

#include <ATen/ops/zeros.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>

namespace isoloss::torch_module {

namespace {

using Tokens = std::span<const std::int32_t>;

/// Where a token's score belongs.
struct Destination {
    std::size_t item = 0;
    std::size_t continuation = 0;
    std::size_t index = 0;
};

/// The scored positions of one batch, to be gathered before the output layer.
class ScoredPositions {
public:
    explicit ScoredPositions(std::int64_t length) : length_(length) {}

    /// `token` is scored after column `position` of `row`. Rows and positions come in rising order.
    void add(std::int64_t row, std::int64_t position, std::int32_t token, const Destination& destination) {
        const std::int64_t flat = row * length_ + position;
        if (flat_.empty() || flat_.back() != flat) flat_.push_back(flat);
        targets_.push_back({static_cast<std::int64_t>(flat_.size()) - 1, token});
        destinations_.push_back(destination);
    }

    /// Applies the output layer to the gathered states and files the scores.
    void score(const at::Tensor& hidden, const Network& network, std::vector<ItemScores>& results) const {
        if (targets_.empty()) return;
        at::Tensor indices = at::zeros({static_cast<std::int64_t>(flat_.size())}, at::kLong);
        std::ranges::copy(flat_, indices.data_ptr<std::int64_t>());
        const at::Tensor states = hidden.reshape({-1, hidden.size(-1)}).index_select(0, indices.to(hidden.device()));
        const auto scores = token_scores(network.before_head(states), network.head(), targets_);
        for (std::size_t i = 0; i < scores.size(); ++i) {
            const Destination& to = destinations_[i];
            ContinuationScore& result = results[to.item][to.continuation];
            result.log_probs[to.index] = scores[i].log_prob;
            result.greedy = result.greedy && scores[i].most_likely;
        }
    }

    std::uint64_t tokens() const { return targets_.size(); }

private:
    std::int64_t length_;
    std::vector<std::int64_t> flat_;
    std::vector<HeadTarget> targets_;
    std::vector<Destination> destinations_;
};

/// One row of a batch.
struct Row {
    std::size_t item = 0;
    std::size_t continuation = 0; ///< of rows that hold a continuation
    std::int64_t context_row = 0; ///< of rows that continue a context: its row in the contexts' batch
    std::int64_t length = 0;      ///< tokens that go into the network
};

std::vector<std::int64_t> lengths_of(std::span<const Row> rows) {
    std::vector<std::int64_t> lengths;
    for (const Row& row : rows)
        lengths.push_back(row.length);
    return lengths;
}

void sort_by_length(std::vector<Row>& rows) {
    std::ranges::stable_sort(rows, std::ranges::greater{}, &Row::length);
}

class Scorer {
public:
    Scorer(const Network& network, const Architecture& architecture, std::span<const ScoringItem> items,
           const BatchBudget& budget, const CancellationToken& token, const StepFunction& step)
        : network_(network), heads_(architecture.heads), items_(items), budget_(budget), token_(token), step_(step) {
        results_.resize(items.size());
        for (std::size_t i = 0; i < items.size(); ++i)
            for (const auto& continuation : items[i].continuations)
                results_[i].push_back({std::vector<double>(continuation.size()), true});
    }

    Expected<std::vector<ItemScores>> run() {
        std::vector<Row> whole, shared;
        for (std::size_t i = 0; i < items_.size(); ++i) {
            const auto context = static_cast<std::int64_t>(items_[i].context.size());
            const auto& continuations = items_[i].continuations;
            const auto longest = longest_continuation(i);
            if (longest == 0) continue;
            if (continuations.size() == 1)
                whole.push_back({.item = i, .length = context + longest - 1});
            else if (longest == 1)
                whole.push_back({.item = i, .length = context});
            else
                shared.push_back({.item = i, .length = context});
        }
        ISOLOSS_TRY_VOID(in_batches(whole, 0, [&](std::span<const Row> rows) { return run_whole(rows); }));
        ISOLOSS_TRY_VOID(in_batches(shared, 0, [&](std::span<const Row> rows) { return run_shared(rows); }));
        return std::move(results_);
    }

private:
    std::int64_t longest_continuation(std::size_t item) const {
        std::size_t longest = 0;
        for (const auto& continuation : items_[item].continuations)
            longest = std::max(longest, continuation.size());
        return static_cast<std::int64_t>(longest);
    }

    at::Device device() const { return network_.device(); }

    template <typename Function>
    Expected<void> in_batches(std::vector<Row>& rows, std::int64_t past, const Function& function) {
        sort_by_length(rows);
        const auto lengths = lengths_of(rows);
        for (std::size_t begin = 0; begin < rows.size();) {
            if (token_.cancelled()) return fail(ErrorKind::cancelled, "Scoring was cancelled");
            const std::size_t count = budget_.rows(std::span(lengths).subspan(begin), past, heads_);
            ISOLOSS_TRY_VOID(function(std::span<const Row>(rows).subspan(begin, count)));
            begin += count;
        }
        return {};
    }

    void finish(const ScoredPositions& positions, const at::Tensor& hidden) {
        positions.score(hidden, network_, results_);
        done_ += positions.tokens();
        if (step_) step_(done_);
    }

    /// Contexts with the only continuation behind them, or with single-token choices at their end.
    Expected<void> run_whole(std::span<const Row> rows) {
        std::vector<std::vector<std::int32_t>> sequences;
        ScoredPositions positions(rows.front().length);
        for (std::size_t r = 0; r < rows.size(); ++r) {
            const ScoringItem& item = items_[rows[r].item];
            auto& sequence = sequences.emplace_back(item.context);
            const auto context_end = static_cast<std::int64_t>(item.context.size()) - 1;
            for (std::size_t c = 0; c < item.continuations.size(); ++c) {
                const auto& continuation = item.continuations[c];
                for (std::size_t i = 0; i < continuation.size(); ++i) {
                    positions.add(static_cast<std::int64_t>(r), context_end + static_cast<std::int64_t>(i),
                                  continuation[i], {rows[r].item, c, i});
                    if (i + 1 < continuation.size()) sequence.push_back(continuation[i]);
                }
            }
        }
        const std::vector<Tokens> views(sequences.begin(), sequences.end());
        finish(positions, network_.hidden(causal_input(padded(views, device()))));
        return {};
    }

    /// Contexts once, then their continuations behind the kept keys and values.
    Expected<void> run_shared(std::span<const Row> contexts) {
        std::vector<Tokens> views;
        std::vector<Row> continuations;
        ScoredPositions positions(contexts.front().length);
        for (std::size_t r = 0; r < contexts.size(); ++r) {
            const ScoringItem& item = items_[contexts[r].item];
            views.emplace_back(item.context);
            for (std::size_t c = 0; c < item.continuations.size(); ++c) {
                const auto& continuation = item.continuations[c];
                if (continuation.empty()) continue;
                positions.add(static_cast<std::int64_t>(r), contexts[r].length - 1, continuation[0],
                              {contexts[r].item, c, 0});
                if (continuation.size() > 1)
                    continuations.push_back({.item = contexts[r].item,
                                             .continuation = c,
                                             .context_row = static_cast<std::int64_t>(r),
                                             .length = static_cast<std::int64_t>(continuation.size()) - 1});
            }
        }
        KeyValues kept;
        ForwardInput input = causal_input(padded(views, device()));
        input.kept = &kept;
        finish(positions, network_.hidden(input));
        return in_batches(continuations, kept.length(),
                          [&](std::span<const Row> rows) { return run_continuations(rows, contexts, kept); });
    }

    Expected<void> run_continuations(std::span<const Row> rows, std::span<const Row> contexts, const KeyValues& kept) {
        std::vector<Tokens> views;
        ScoredPositions positions(rows.front().length);
        const auto count = static_cast<std::int64_t>(rows.size());
        at::Tensor from = at::zeros({2, count}, at::kLong); // row of the context, its length
        auto entry = from.accessor<std::int64_t, 2>();
        for (std::int64_t r = 0; r < count; ++r) {
            const Row& row = rows[static_cast<std::size_t>(r)];
            const auto& continuation = items_[row.item].continuations[row.continuation];
            views.push_back(Tokens(continuation).first(continuation.size() - 1));
            for (std::size_t i = 1; i < continuation.size(); ++i)
                positions.add(r, static_cast<std::int64_t>(i) - 1, continuation[i], {row.item, row.continuation, i});
            entry[0][r] = row.context_row;
            entry[1][r] = contexts[static_cast<std::size_t>(row.context_row)].length;
        }
        from = from.to(device());
        const KeyValues past = kept.rows(from[0]);
        finish(positions, network_.hidden(continued_input(padded(views, device()), past, from[1])));
        return {};
    }

    const Network& network_;
    std::int64_t heads_;
    std::span<const ScoringItem> items_;
    BatchBudget budget_;
    const CancellationToken& token_;
    const StepFunction& step_;
    std::vector<ItemScores> results_;
    std::uint64_t done_ = 0;
};

} // namespace

std::size_t BatchBudget::rows(std::span<const std::int64_t> lengths, std::int64_t past, std::int64_t heads) const {
    const std::int64_t longest = std::max<std::int64_t>(1, lengths.front()), seen = past + longest;
    // Kept keys and values are copied for every row, so what a row sees counts as well.
    const std::int64_t by_tokens = tokens / (past == 0 ? longest : seen);
    const std::int64_t by_attention = attention / (heads * longest * seen);
    const std::int64_t fit = std::max<std::int64_t>(1, std::min(by_tokens, by_attention));
    return std::min(lengths.size(), static_cast<std::size_t>(fit));
}

BatchBudget BatchBudget::for_device(const at::Device& device) {
    return device.is_cpu() ? BatchBudget{} : BatchBudget{.tokens = 32768, .attention = 512ll << 20};
}

at::Tensor padded(std::span<const std::span<const std::int32_t>> rows, const at::Device& device) {
    std::size_t longest = 0;
    for (const auto& row : rows)
        longest = std::max(longest, row.size());
    at::Tensor tokens =
        at::zeros({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(longest)}, at::kLong);
    auto* out = tokens.data_ptr<std::int64_t>();
    for (const auto& row : rows) {
        std::ranges::copy(row, out);
        out += longest;
    }
    return tokens.to(device);
}

Expected<std::vector<ItemScores>> score_items(const Network& network, const Architecture& architecture,
                                              std::span<const ScoringItem> items, const BatchBudget& budget,
                                              const CancellationToken& token, const StepFunction& step) {
    const c10::InferenceMode inference;
    return Scorer(network, architecture, items, budget, token, step).run();
}

} // namespace isoloss::torch_module
