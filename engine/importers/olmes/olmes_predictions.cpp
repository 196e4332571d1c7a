#include "engine/importers/olmes/olmes_predictions.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/importers/json_head.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr std::string_view predicted_prefix = "predicted_index_";

std::string id_text(const rapidjson::Value& object, std::string_view name) {
    const auto* id = json_member(object, name);
    if (id == nullptr) return {};
    if (id->IsString()) return valid_utf8(json_view(*id));
    if (id->IsInt64()) return number_text(id->GetInt64());
    return {};
}

std::optional<int> index_of(const rapidjson::Value& value, std::size_t choices) {
    if (!value.IsInt() || value.GetInt() < 0) return std::nullopt;
    if (choices > 0 && static_cast<std::size_t>(value.GetInt()) >= choices) return std::nullopt;
    return value.GetInt();
}

void read_outputs(const rapidjson::Value& row, OlmesPrediction& prediction) {
    const auto* outputs = json_member(row, "model_output");
    if (outputs == nullptr || !outputs->IsArray()) return;
    for (const auto& output : outputs->GetArray()) {
        const auto sum = json_number(output, "sum_logits");
        if (!sum) {
            prediction.log_likelihoods.clear();
            return;
        }
        prediction.log_likelihoods.push_back(*sum);
    }
    if (outputs->Size() == 1) prediction.tokens = json_int((*outputs)[0], "num_tokens");
}

} // namespace

bool looks_like_olmes_predictions(std::string_view head) {
    if (!begins_as_json_object(head) || !json_head_names(head, "metrics") || !json_head_names(head, "doc_id"))
        return false;
    return json_head_names(head, "native_id") || json_head_names(head, "model_output");
}

std::optional<OlmesPrediction> read_olmes_prediction(const rapidjson::Value& row) {
    const auto* metrics = json_member(row, "metrics");
    if (metrics == nullptr || !metrics->IsObject()) return std::nullopt;
    OlmesPrediction prediction;
    prediction.item.key = id_text(row, "doc_id");
    prediction.item.doc_hash = id_text(row, "native_id");
    if (prediction.item.key.empty()) prediction.item.key = prediction.item.doc_hash;
    if (prediction.item.key.empty()) return std::nullopt;
    read_outputs(row, prediction);
    const std::size_t choices = prediction.log_likelihoods.size();
    for (const char* name : {"correct_choice", "label"}) {
        const auto* object = std::string_view(name) == "label" ? &row : metrics;
        if (const auto* gold = json_member(*object, name); gold != nullptr && !prediction.item.gold)
            prediction.item.gold = index_of(*gold, choices);
    }
    for (const auto& [name, value] : metrics->GetObject()) {
        const std::string_view metric = json_view(name);
        if (metric.starts_with(predicted_prefix)) {
            if (const auto index = index_of(value, choices))
                prediction.predicted.emplace_back(metric.substr(predicted_prefix.size()), *index);
            continue;
        }
        if (value.IsBool())
            prediction.metrics.emplace_back(metric, value.GetBool() ? 1.0 : 0.0);
        else if (const auto number = json_as_number(value))
            prediction.metrics.emplace_back(metric, *number);
    }
    return prediction;
}

OutcomeRecord outcome_of(const OlmesPrediction& prediction, std::string_view metric, double value) {
    OutcomeRecord outcome;
    outcome.item = prediction.item;
    outcome.correct = value;
    outcome.log_likelihoods = prediction.log_likelihoods;
    outcome.tokens = prediction.tokens;
    const std::string_view way = metric.starts_with("acc_") ? metric.substr(4) : std::string_view("raw");
    const auto found = std::ranges::find(prediction.predicted, way, &std::pair<std::string, int>::first);
    if (found != prediction.predicted.end()) outcome.chosen = found->second;
    return outcome;
}

} // namespace isoloss
