#include "engine/analysis/paired_losses.h"

#include "engine/store/project.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace isoloss {

namespace {

constexpr std::int64_t most_texts = 1000;
constexpr std::int64_t least_texts = 50;
constexpr std::int64_t most_outcomes = 500'000; ///< read for all checkpoints together
constexpr std::size_t most_neighbours = 8;

} // namespace

std::vector<std::optional<double>> paired_loss_errors(const std::vector<std::vector<double>>& sums,
                                                      const std::vector<double>& tokens,
                                                      const std::vector<double>& all_tokens) {
    std::vector<std::optional<double>> errors(sums.size());
    const std::size_t texts = tokens.size();
    const double total = std::accumulate(tokens.begin(), tokens.end(), 0.0);
    if (sums.size() < 2 || texts < 2 || total <= 0) return errors;
    std::vector<std::vector<double>> residuals = sums;
    std::vector<double> losses;
    for (std::vector<double>& of_checkpoint : residuals) {
        losses.push_back(std::accumulate(of_checkpoint.begin(), of_checkpoint.end(), 0.0) / total);
        for (std::size_t k = 0; k < texts; ++k)
            of_checkpoint[k] -= tokens[k] * losses.back();
    }
    const auto n = static_cast<double>(texts);
    std::vector<std::size_t> others(sums.size());
    std::iota(others.begin(), others.end(), std::size_t{0});
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const auto distance = [&](std::size_t j) { return j == i ? -1 : std::abs(losses[j] - losses[i]); };
        const std::size_t count = std::min(most_neighbours, sums.size() - 1);
        std::ranges::partial_sort(others, others.begin() + static_cast<std::ptrdiff_t>(count + 1), {}, distance);
        double squares = 0;
        for (std::size_t j = 1; j <= count; ++j) // the checkpoint itself is the nearest
            for (std::size_t k = 0; k < texts; ++k) {
                const double difference = residuals[i][k] - residuals[others[j]][k];
                squares += difference * difference;
            }
        const double variance =
            n / (n - 1) * squares / static_cast<double>(count) / (total * std::max(total, all_tokens[i]));
        if (std::isfinite(variance)) errors[i] = std::sqrt(variance / 2);
    }
    return errors;
}

Expected<std::vector<std::optional<double>>> paired_loss_errors(Reader& reader, const CheckpointTable& table,
                                                                std::string_view key) {
    std::vector<std::optional<double>> errors(table.checkpoints.size());
    const QuantityColumn* column = table.column(key);
    if (column == nullptr) return errors;
    const auto with_value =
        std::ranges::count_if(column->cells, [](const Cell& cell) { return cell.value.has_value(); });
    const std::int64_t texts_each =
        std::clamp(most_outcomes / std::max<std::int64_t>(1, with_value), least_texts, most_texts);
    std::vector<std::size_t> rows;
    std::vector<std::map<ItemId, TextOutcome>> outcomes;
    std::map<ItemId, std::size_t> checkpoints_with; ///< how many have the text with the same number of tokens
    std::map<ItemId, std::int64_t> tokens_of;
    for (std::size_t row = 0; row < errors.size(); ++row) {
        const Cell& cell = column->cells[row];
        if (!cell.value || cell.value_id.value == 0) continue;
        ISOLOSS_TRY(const auto texts, reader.text_outcomes(cell.value_id, texts_each));
        if (texts.empty()) continue;
        rows.push_back(row);
        auto& of_checkpoint = outcomes.emplace_back();
        for (const TextOutcome& text : texts) {
            of_checkpoint.emplace(text.item, text);
            if (tokens_of.try_emplace(text.item, text.tokens).first->second == text.tokens)
                ++checkpoints_with[text.item];
        }
    }
    std::vector<double> tokens;
    std::vector<std::vector<double>> sums(rows.size());
    for (const auto& [item, count] : checkpoints_with) {
        if (count != rows.size()) continue;
        tokens.push_back(static_cast<double>(tokens_of[item]));
        for (std::size_t i = 0; i < rows.size(); ++i)
            sums[i].push_back(-outcomes[i].at(item).log_likelihood);
    }
    std::vector<double> all_tokens;
    for (const std::size_t row : rows)
        all_tokens.push_back(static_cast<double>(column->cells[row].n.value_or(0)));
    const auto found = paired_loss_errors(sums, tokens, all_tokens);
    for (std::size_t i = 0; i < rows.size(); ++i)
        errors[rows[i]] = found[i];
    return errors;
}

} // namespace isoloss
