#include "engine/inference/torch/scoring.h"

#include "engine/inference/torch/head.h"

#include <ATen/ops/zeros.h>
#include <algorithm>
#include <c10/core/InferenceMode.h>

namespace isoloss::torch_module {

namespace {

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

using Index = std::int64_t;

Index size_of(std::span<const std::int32_t> tokens) {
    return static_cast<Index>(tokens.size());
}

/// One row of a batch: the context of an item and behind it, all but their last tokens, some of its continuations.
struct Row {
    std::size_t item = 0;
    std::size_t first = 0, end = 0; ///< its continuations
    Index length = 0;               ///< tokens that go into the network
    int branches = 0;               ///< continuations of more than one token
};

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
        std::vector<Row> rows;
        for (std::size_t i = 0; i < items_.size(); ++i)
            add_rows(i, rows);
        // Rows without branches have one mask together.
        const auto branched =
            std::ranges::stable_partition(rows, [](const Row& row) { return row.branches <= 1; }).begin();
        ISOLOSS_TRY_VOID(run_batches({rows.begin(), branched}));
        ISOLOSS_TRY_VOID(run_batches({branched, rows.end()}));
        return std::move(results_);
    }

private:
    /// Continuations share one pass over their context, but for those that would make the row too long.
    void add_rows(std::size_t i, std::vector<Row>& rows) const {
        constexpr Index short_enough = 256;
        const Index context = size_of(items_[i].context), room = std::max(context, short_enough);
        const auto& continuations = items_[i].continuations;
        Row row{.item = i, .length = context};
        const auto flush = [&](std::size_t end) {
            row.end = end;
            const bool scores = std::any_of(continuations.begin() + static_cast<std::ptrdiff_t>(row.first),
                                            continuations.begin() + static_cast<std::ptrdiff_t>(row.end),
                                            [](const auto& continuation) { return !continuation.empty(); });
            if (scores) rows.push_back(row);
            row = {.item = i, .first = end, .length = context};
        };
        for (std::size_t c = 0; c < continuations.size(); ++c) {
            const Index more = std::max<Index>(0, size_of(continuations[c]) - 1);
            if (row.branches > 0 && row.length - context + more > room) flush(c);
            row.length += more;
            row.branches += more > 0 ? 1 : 0;
        }
        flush(continuations.size());
    }

    Expected<void> run_batches(std::span<Row> rows) {
        std::ranges::stable_sort(rows, std::ranges::greater{}, &Row::length);
        std::vector<Index> lengths;
        for (const Row& row : rows)
            lengths.push_back(row.length);
        for (std::size_t begin = 0; begin < rows.size();) {
            const std::size_t count = budget_.rows(std::span(lengths).subspan(begin), heads_);
            ISOLOSS_TRY_VOID(run_batch(rows.subspan(begin, count)));
            begin += count;
        }
        return {};
    }

    Expected<void> run_batch(std::span<const Row> rows) {
        if (token_.cancelled()) return cancelled();
        const Index length = rows.front().length;
        const at::Tensor table = at::zeros({3, static_cast<Index>(rows.size()), length}, at::kLong);
        auto entry = table.accessor<Index, 3>(); // tokens, positions, branches
        ScoredPositions scored(length);
        bool branched = false;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            const Row& row = rows[r];
            const auto index = static_cast<Index>(r);
            fill(row, entry[0][index], entry[1][index], entry[2][index]);
            add_scored(row, index, scored);
            branched = branched || row.branches > 1;
        }
        const at::Tensor parts = table.to(network_.device());
        const at::Tensor hidden =
            network_.hidden(branched ? branched_input(parts[0], parts[1], parts[2]) : causal_input(parts[0]));
        if (token_.cancelled()) return cancelled();
        scored.score(hidden, network_, results_);
        done_ += scored.tokens();
        if (step_) step_(done_);
        return {};
    }

    void fill(const Row& row, at::TensorAccessor<Index, 1> tokens, at::TensorAccessor<Index, 1> positions,
              at::TensorAccessor<Index, 1> branches) const {
        const ScoringItem& item = items_[row.item];
        Index at = 0;
        for (const std::int32_t token : item.context) {
            tokens[at] = token;
            positions[at] = at;
            ++at;
        }
        for (std::size_t c = row.first; c < row.end; ++c) {
            const auto& continuation = item.continuations[c];
            for (std::size_t i = 0; i + 1 < continuation.size(); ++i, ++at) {
                tokens[at] = continuation[i];
                positions[at] = size_of(item.context) + static_cast<Index>(i);
                branches[at] = static_cast<Index>(c - row.first) + 1;
            }
        }
    }

    void add_scored(const Row& row, Index index, ScoredPositions& scored) const {
        const ScoringItem& item = items_[row.item];
        const Index context = size_of(item.context);
        for (std::size_t c = row.first; c < row.end; ++c)
            if (!item.continuations[c].empty())
                scored.add(index, context - 1, item.continuations[c][0], {row.item, c, 0});
        Index at = context;
        for (std::size_t c = row.first; c < row.end; ++c)
            for (std::size_t i = 1; i < item.continuations[c].size(); ++i, ++at)
                scored.add(index, at, item.continuations[c][i], {row.item, c, i});
    }

    static tl::unexpected<Error> cancelled() { return fail(ErrorKind::cancelled, "Scoring was cancelled"); }

    const Network& network_;
    Index heads_;
    std::span<const ScoringItem> items_;
    BatchBudget budget_;
    const CancellationToken& token_;
    const StepFunction& step_;
    std::vector<ItemScores> results_;
    std::uint64_t done_ = 0;
};

} // namespace

std::size_t BatchBudget::rows(std::span<const std::int64_t> lengths, std::int64_t heads) const {
    const std::int64_t longest = std::max<std::int64_t>(1, lengths.front());
    const std::int64_t fit = std::min(tokens / longest, attention / (heads * longest * longest));
    return std::min(lengths.size(), static_cast<std::size_t>(std::max<std::int64_t>(1, fit)));
}

BatchBudget BatchBudget::with_tokens(std::int64_t wanted) const {
    return {.tokens = wanted, .attention = std::max<std::int64_t>(1, attention * wanted / tokens)};
}

BatchBudget BatchBudget::for_network(const Network& network) {
    double per_token = 1;
    for (const Parameter& parameter : network.parameters())
        if (!parameter.embedding && !parameter.value.is_same(network.head().weight))
            per_token += 2 * static_cast<double>(parameter.value.numel());
    return for_device(network.device(), per_token);
}

BatchBudget BatchBudget::for_device(const at::Device& device, double operations_per_token) {
    if (!device.is_cpu()) return {.tokens = 32768, .attention = 512ll << 20};
    // About half a second of one core. Fewer tokens would not fill matrix products.
    constexpr double operations = 1e11;
    constexpr std::int64_t fewest = 128;
    BatchBudget budget;
    budget.tokens = std::clamp(static_cast<std::int64_t>(operations / operations_per_token), fewest, budget.tokens);
    return budget;
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
