#include "engine/inference/torch/probe.h"

#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/ridge.h"
#include "engine/inference/torch/side_by_side.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <array>
#include <c10/core/InferenceMode.h>
#include <numeric>
#include <random>

namespace isoloss::torch_module {

namespace {

// Of standardised features, whose squared length over the training rows is their number: from hardly any to so strong
// that only the mean remains.
constexpr std::array penalties{1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4};

constexpr std::int64_t most_concatenated = 4096;

/// The rows of one split.
struct Split {
    std::vector<std::int64_t> training, validation, test;
};

/// An order of the rows that follows from the seed alone.
std::vector<std::int64_t> random_order(std::int64_t rows, std::uint64_t seed) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::mt19937_64 engine(seed);
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[engine() % i]);
    return order;
}

/// Fold number `test` of the order is tested, the next one chooses the penalty, the others train.
Split split_of(const std::vector<std::int64_t>& order, std::int64_t test, std::int64_t folds) {
    Split split;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::int64_t fold = static_cast<std::int64_t>(i) % folds;
        auto& part = fold == test ? split.test : fold == (test + 1) % folds ? split.validation : split.training;
        part.push_back(order[i]);
    }
    return split;
}

at::Tensor take(const at::Tensor& rows, const std::vector<std::int64_t>& indices) {
    return rows.index_select(0, at::tensor(indices, at::kLong).to(rows.device()));
}

/// One-hot labels of all columns beside each other; a missing label has no one.
at::Tensor one_hot(std::span<const ProbeColumn> columns, std::int64_t rows, const at::TensorOptions& options) {
    std::int64_t width = 0;
    for (const ProbeColumn& column : columns)
        width += column.classes;
    at::Tensor labels = at::zeros({rows, width}, at::kDouble);
    auto out = labels.accessor<double, 2>();
    std::int64_t first = 0;
    for (const ProbeColumn& column : columns) {
        for (std::int64_t row = 0; row < rows; ++row)
            if (const std::int32_t label = column.labels[static_cast<std::size_t>(row)]; label >= 0)
                out[row][first + label] = 1;
        first += column.classes;
    }
    return labels.to(options);
}

/// Chosen classes of some rows for one penalty, by column.
class Choices {
public:
    Choices(const at::Tensor& scores, std::span<const ProbeColumn> columns) {
        std::int64_t first = 0;
        for (const ProbeColumn& column : columns) {
            chosen_.push_back(scores.narrow(1, first, column.classes).argmax(1).cpu());
            first += column.classes;
        }
    }

    /// Whether each of `rows` was right; missing labels are nothing.
    std::vector<std::pair<std::int64_t, bool>> outcomes(std::size_t column, const ProbeColumn& labels,
                                                        const std::vector<std::int64_t>& rows) const {
        const auto chosen = chosen_[column].accessor<std::int64_t, 1>();
        std::vector<std::pair<std::int64_t, bool>> results;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::int32_t label = labels.labels[static_cast<std::size_t>(rows[i])];
            if (label >= 0) results.emplace_back(rows[i], chosen[static_cast<std::int64_t>(i)] == label);
        }
        return results;
    }

private:
    std::vector<at::Tensor> chosen_;
};

std::int64_t right(const std::vector<std::pair<std::int64_t, bool>>& outcomes) {
    return std::ranges::count_if(outcomes, [](const auto& outcome) { return outcome.second; });
}

} // namespace

Expected<SequenceFeatures> sequence_features(const Network& network, const Architecture& architecture,
                                             std::span<const std::vector<std::int32_t>> sequences,
                                             const BatchBudget& budget, const CancellationToken& token,
                                             const StepFunction& step) {
    const c10::InferenceMode inference;
    const std::size_t length = sequences.empty() ? 0 : sequences.front().size();
    SequenceFeatures features;
    features.concatenated =
        static_cast<std::int64_t>(length) * architecture.width <= most_concatenated &&
        std::ranges::all_of(sequences, [&](const auto& sequence) { return sequence.size() == length; });
    std::vector<at::Tensor> parts;
    for (std::size_t begin = 0; begin < sequences.size();) {
        if (token.cancelled()) return fail(ErrorKind::cancelled, "The linear probe was cancelled");
        // One length at a time, so that no state depends on padding.
        std::vector<std::span<const std::int32_t>> rows;
        std::vector<std::int64_t> lengths;
        for (std::size_t i = begin; i < sequences.size() && sequences[i].size() == sequences[begin].size(); ++i) {
            rows.emplace_back(sequences[i]);
            lengths.push_back(static_cast<std::int64_t>(sequences[i].size()));
        }
        rows.resize(budget.rows(lengths, architecture.heads));
        const at::Tensor tokens = padded(rows, network.device());
        const bool causal = architecture.prediction() == PredictionKind::next_token;
        const at::Tensor hidden = network.hidden(packed(causal ? causal_input(tokens) : bidirectional_input(tokens)));
        const at::Tensor states = at_least_float32(hidden).cpu().reshape({tokens.size(0), tokens.size(1), -1});
        parts.push_back(features.concatenated ? states.reshape({states.size(0), -1}) : states.mean(1));
        begin += rows.size();
        if (step) step(begin);
    }
    features.values = at::cat(parts);
    return features;
}

Expected<ProbeResult> probe_features(const at::Tensor& all, std::span<const ProbeColumn> columns,
                                     const ProbeOptions& options, int threads, const CancellationToken& token) {
    const c10::InferenceMode inference;
    const at::Tensor features = all.to(at::kDouble);
    const std::int64_t rows = features.size(0);
    const at::Tensor labels = one_hot(columns, rows, features.options());
    const std::vector<std::int64_t> order = random_order(rows, options.seed);
    ProbeResult result;
    result.features = features.size(1);
    result.tested.assign(columns.size(), std::vector<int>(static_cast<std::size_t>(rows)));
    result.correct = result.tested;
    result.penalties.assign(columns.size(), std::vector<double>(static_cast<std::size_t>(options.folds)));
    const auto probe_fold = [&](std::size_t fold) -> Expected<void> {
        const c10::InferenceMode no_graph;
        const Split split = split_of(order, static_cast<std::int64_t>(fold), options.folds);
        const at::Tensor training = take(features, split.training), training_labels = take(labels, split.training);
        const at::Tensor mean = training.mean(0), centre = training_labels.mean(0);
        const at::Tensor deviation = training.std(0, false);
        const at::Tensor scale = at::where(deviation > 0, deviation.reciprocal(), at::zeros_like(deviation));
        const at::Tensor x = (training - mean) * scale, y = training_labels - centre;
        const at::Tensor validation = (take(features, split.validation) - mean) * scale;
        const at::Tensor test = (take(features, split.test) - mean) * scale;
        std::vector<std::int64_t> best(columns.size(), -1);
        std::vector<std::vector<std::pair<std::int64_t, bool>>> tested(columns.size());
        // From strong to weak: of equally good penalties the stronger one stays.
        for (auto penalty = penalties.rbegin(); penalty != penalties.rend(); ++penalty) {
            if (token.cancelled()) return fail(ErrorKind::cancelled, "The linear probe was cancelled");
            const at::Tensor weights = ridge_weights(x, y, *penalty);
            const Choices of_validation(at::mm(validation, weights) + centre, columns);
            const Choices of_test(at::mm(test, weights) + centre, columns);
            for (std::size_t c = 0; c < columns.size(); ++c) {
                const std::int64_t score = right(of_validation.outcomes(c, columns[c], split.validation));
                if (score <= best[c]) continue;
                best[c] = score;
                result.penalties[c][fold] = *penalty;
                tested[c] = of_test.outcomes(c, columns[c], split.test);
            }
        }
        // Every row belongs to one fold, so no two folds write to the same place.
        for (std::size_t c = 0; c < columns.size(); ++c)
            for (const auto& [row, is_right] : tested[c]) {
                result.tested[c][static_cast<std::size_t>(row)] = 1;
                result.correct[c][static_cast<std::size_t>(row)] = is_right ? 1 : 0;
            }
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_part(static_cast<std::size_t>(options.folds), threads, probe_fold));
    return result;
}

} // namespace isoloss::torch_module
