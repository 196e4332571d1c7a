#include "engine/importers/outcome_batches.h"

namespace isoloss {

namespace {

constexpr std::size_t most_outcomes = 4000;
constexpr std::size_t most_bytes = 8u << 20;

std::size_t size_of(const OutcomeRecord& outcome) {
    std::size_t bytes = sizeof(OutcomeRecord) + outcome.item.text.size() + 8 * outcome.log_likelihoods.size();
    for (const std::string& choice : outcome.item.choices)
        bytes += choice.size();
    return bytes;
}

} // namespace

OutcomeBatches::OutcomeBatches(SourceContext& context, std::shared_ptr<const RunSubject> run,
                               ImportedCheckpoint checkpoint)
    : context_(context), run_(std::move(run)), checkpoint_(std::move(checkpoint)),
      positions_(checkpoint_.values.size()) {
    for (ImportedValue& value : checkpoint_.values)
        value.outcomes.clear();
}

Expected<void> OutcomeBatches::add(std::size_t value, OutcomeRecord outcome) {
    bytes_ += size_of(outcome);
    checkpoint_.values[value].outcomes.push_back(std::move(outcome));
    ++waiting_;
    if (waiting_ < most_outcomes && bytes_ < most_bytes) return {};
    return context_.take(batch());
}

Expected<void> OutcomeBatches::finish(std::vector<SourceRecord> sources) {
    RunPart part = batch();
    part.sources = std::move(sources);
    return context_.take(std::move(part));
}

RunPart OutcomeBatches::batch() {
    RunPart part;
    part.run = run_;
    ImportedCheckpoint checkpoint;
    checkpoint.attempt = checkpoint_.attempt;
    checkpoint.step = checkpoint_.step;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        ImportedValue& value = checkpoint_.values[i];
        if (value.outcomes.empty()) continue;
        ImportedValue imported{value.quantity, value.value, std::move(value.outcomes), positions_[i]};
        positions_[i] += static_cast<std::int64_t>(imported.outcomes.size());
        checkpoint.values.push_back(std::move(imported));
        value.outcomes.clear();
    }
    if (!checkpoint.values.empty()) part.checkpoints.push_back(std::move(checkpoint));
    waiting_ = bytes_ = 0;
    return part;
}

} // namespace isoloss
