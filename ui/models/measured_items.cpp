#include "ui/models/measured_items.h"

#include "engine/store/reader.h"
#include "ui/figures/value_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isoloss {

std::optional<double> MeasuredItem::margin() const {
    if (!gold || *gold < 0 || static_cast<std::size_t>(*gold) >= log_likelihoods.size() || log_likelihoods.size() < 2)
        return std::nullopt;
    const auto right = static_cast<std::size_t>(*gold);
    std::optional<double> best;
    for (std::size_t i = 0; i < log_likelihoods.size(); ++i)
        if (i != right && (!best || !(log_likelihoods[i] <= *best))) best = log_likelihoods[i];
    return log_likelihoods[right] - *best;
}

std::optional<double> MeasuredItem::loss() const {
    if (!choices.empty() || log_likelihoods.size() != 1 || !tokens || *tokens <= 0) return std::nullopt;
    return -log_likelihoods.front() / static_cast<double>(*tokens);
}

bool MeasuredItems::has_choices() const {
    return std::ranges::any_of(items, [](const MeasuredItem& item) { return !item.choices.empty(); });
}

Expected<MeasuredItems> load_measured_items(Reader& reader, CheckpointId checkpoint, QuantityId quantity) {
    MeasuredItems result;
    ISOLOSS_TRY(const auto record, reader.checkpoint(checkpoint));
    if (record) result.checkpoint = utf8(checkpoint_label(*record));
    ISOLOSS_TRY(const auto values, reader.values(checkpoint, quantity));
    if (values.empty()) return result;
    const ValueRecord& value = values.front();
    result.quantity = value.quantity_key;
    result.value = value.value;
    ISOLOSS_TRY(auto outcomes, reader.outcomes(value.id));
    result.total = outcomes.size();
    outcomes.resize(std::min(outcomes.size(), MeasuredItems::most));
    result.items.reserve(outcomes.size());
    for (OutcomeRecord& outcome : outcomes)
        result.items.push_back({std::move(outcome.item.key), std::move(outcome.item.text),
                                std::move(outcome.item.choices), outcome.item.gold, outcome.chosen, outcome.correct,
                                std::move(outcome.log_likelihoods), outcome.tokens});
    return result;
}

} // namespace isoloss
