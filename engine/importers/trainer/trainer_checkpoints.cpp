#include "engine/importers/trainer/trainer_checkpoints.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace isoloss {

namespace {

struct Metric {
    std::string_view name;
    Direction direction;
};

// As the trainer and the metrics that are used with it name them; longer names before those that they end with.
constexpr std::array metrics{Metric{"loss", Direction::down},      Metric{"perplexity", Direction::down},
                             Metric{"accuracy", Direction::up},    Metric{"precision", Direction::up},
                             Metric{"recall", Direction::up},      Metric{"f1", Direction::up},
                             Metric{"exact_match", Direction::up}, Metric{"matthews_correlation", Direction::up},
                             Metric{"bleu", Direction::up},        Metric{"wer", Direction::down}};

// What an evaluation costs is no result of it.
constexpr std::array costs{"runtime", "samples_per_second", "steps_per_second", "model_preparation_time",
                           "jit_compilation_time"};

constexpr std::string_view prefix = "eval_";

// "accuracy", or "wiki_accuracy" with the rest in front.
bool ends_with_word(std::string_view name, std::string_view word) {
    return name.ends_with(word) && (name.size() == word.size() || name[name.size() - word.size() - 1] == '_');
}

} // namespace

std::optional<QuantityRecord> quantity_of_evaluation(std::string_view key) {
    if (!key.starts_with(prefix) || key.size() == prefix.size()) return std::nullopt;
    const std::string_view name = key.substr(prefix.size());
    for (const char* cost : costs)
        if (ends_with_word(name, cost)) return std::nullopt;
    QuantityRecord quantity;
    quantity.key = valid_utf8(key);
    quantity.metric = valid_utf8(name);
    for (const Metric& metric : metrics)
        if (ends_with_word(name, metric.name)) {
            quantity.metric = metric.name;
            quantity.direction = metric.direction;
            const std::size_t rest = name.size() - metric.name.size();
            if (rest > 0) quantity.subject = valid_utf8(name.substr(0, rest - 1));
            break;
        }
    return quantity;
}

TrainerCheckpoints::TrainerCheckpoints(std::filesystem::path file, double modified,
                                       const std::set<std::int64_t>& wanted)
    : file_(std::move(file)), modified_(modified) {
    for (const std::int64_t step : wanted)
        if (step >= 0) checkpoints_[step].step = step;
}

void TrainerCheckpoints::add(const TrainerRow& row) {
    const auto found = checkpoints_.find(row.step);
    if (found == checkpoints_.end()) return;
    for (const auto& [key, number] : row.values) {
        auto quantity = quantity_of_evaluation(key);
        if (!quantity) continue;
        auto& values = found->second.values;
        auto same = std::find_if(values.begin(), values.end(),
                                 [&](const ImportedValue& value) { return value.quantity.key == quantity->key; });
        if (same == values.end()) same = values.emplace(values.end());
        same->quantity = std::move(*quantity);
        same->value.value = number;
        same->value.recorded_at = modified_;
        same->value.provenance = "{\"file\":" + json_quote(path_text(file_)) + ",\"place\":\"log_history[" +
                                 std::to_string(row.number) + "]\"}";
    }
}

void TrainerCheckpoints::set_totals(std::int64_t step, const TrainerState& state) {
    const auto found = checkpoints_.find(step);
    if (found == checkpoints_.end()) return;
    CheckpointRecord& details = found->second.details;
    if (state.tokens) {
        details.tokens = state.tokens;
        details.tokens_source = "logged";
    }
    if (state.total_flos) {
        details.flops = state.total_flos;
        details.flops_source = "logged";
    }
}

std::vector<ImportedCheckpoint> TrainerCheckpoints::take() {
    std::vector<ImportedCheckpoint> taken;
    for (auto& [step, checkpoint] : checkpoints_)
        taken.push_back(std::move(checkpoint));
    checkpoints_.clear();
    return taken;
}

} // namespace isoloss
