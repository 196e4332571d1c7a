#pragma once

#include "engine/inference/torch/torch_backend.h"
#include "tests/support/tiny_models.h"

#include <QTest>
#include <cmath>
#include <limits>

namespace isoloss::test {

inline std::unique_ptr<Backend> cpu_backend() {
    return torch_module::create_torch_backend().value();
}

inline LoadOptions on_cpu(ComputeType type = ComputeType::float32) {
    return {.device = "cpu", .type = type};
}

/// ln p of tokens 1… of a sequence.
inline Expected<std::vector<double>> sequence_log_probs(Model& model, const std::vector<std::int32_t>& tokens) {
    const std::vector items{ScoringItem{{tokens.front()}, {{tokens.begin() + 1, tokens.end()}}}};
    ISOLOSS_TRY(auto scores, model.score(items, {}, {}));
    return scores.at(0).at(0).log_probs;
}

/// Rows of a causal model: every token but the first is predicted.
inline std::vector<PredictionRow> causal_rows(const std::vector<std::vector<std::int32_t>>& sequences) {
    std::vector<PredictionRow> rows;
    for (const auto& sequence : sequences) {
        PredictionRow& row = rows.emplace_back();
        row.tokens.assign(sequence.begin(), sequence.end() - 1);
        row.targets.assign(sequence.begin() + 1, sequence.end());
        for (std::size_t i = 0; i < row.tokens.size(); ++i)
            row.positions.push_back(static_cast<std::int32_t>(i));
    }
    return rows;
}

/// Rows of a masked model: one per token, with the mask there.
inline std::vector<PredictionRow> masked_rows(const std::vector<std::vector<std::int32_t>>& sequences,
                                              std::int32_t mask) {
    std::vector<PredictionRow> rows;
    for (const auto& sequence : sequences)
        for (std::size_t i = 0; i < sequence.size(); ++i) {
            PredictionRow& row = rows.emplace_back();
            row.tokens = sequence;
            row.tokens[i] = mask;
            row.positions = {static_cast<std::int32_t>(i)};
            row.targets = {sequence[i]};
        }
    return rows;
}

/// The largest difference; infinite when the sizes differ or a value is NaN.
inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (a.size() != b.size()) return infinity;
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::abs(a[i] - b[i]);
        largest = std::max(largest, std::isnan(difference) ? infinity : difference);
    }
    return largest;
}

} // namespace isoloss::test
