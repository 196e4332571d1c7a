#include "engine/importers/olmes/olmes_metrics.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/importers/harness/harness_scores.h"
#include "engine/importers/json_head.h"
#include "engine/importers/metric_names.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr double no_limit = 1e15; // OLMES writes a huge number for "all items"
constexpr int folders_up = 3;

bool starts_with_any(std::string_view metric, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return metric.starts_with(prefix); });
}

std::string text_of(const rapidjson::Value& value) {
    if (value.IsString()) return std::string(json_view(value));
    if (value.IsNumber()) return number_text(value.GetDouble());
    return {};
}

// The revision, the model's name and its path, else the folders: models/C4/150M/seed-14/step-1250/TASK-metrics.json.
void find_step(std::string_view name, const std::filesystem::path& path, HarnessModel& model) {
    if (model.step) return;
    if (const auto in_name = step_in_name(name)) {
        model.step = in_name->step;
        model.step_source = "the model's name";
        return;
    }
    auto folder = path.parent_path();
    for (int i = 0; i < folders_up && folder.has_filename(); ++i, folder = folder.parent_path())
        if (const auto in_name = step_in_name(folder.filename().string())) {
            model.step = in_name->step;
            model.step_source = "the folder name";
            return;
        }
}

// "RUN/step1000-unsharded-hf" names how the step was written too; that is no part of the run's name.
std::string without_format_words(std::string_view name) {
    std::string_view shorter = name;
    for (bool changed = true; changed;) {
        changed = false;
        for (const char* const word : {"-vllm", "-hf", "-unsharded"})
            if (shorter.ends_with(word)) {
                shorter.remove_suffix(std::string_view(word).size());
                changed = true;
            }
    }
    return std::string(step_in_name(shorter) ? shorter : name);
}

HarnessModel model_of(const rapidjson::Value& document, const std::filesystem::path& path) {
    const auto* config = json_member(document, "model_config");
    if (config == nullptr || !config->IsObject()) config = &document;
    const std::string_view name = json_string(*config, "model").value_or("");
    const std::string_view model_path = json_string(*config, "model_path").value_or("");
    const std::string_view revision = json_string(*config, "revision").value_or("");
    const std::string_view pretrained = !model_path.empty() ? model_path : name;
    HarnessModel model = harness_model(
        pretrained.empty() ? path.parent_path().filename().string() : without_format_words(pretrained), revision);
    find_step(name, path, model);
    if (model.run_name.empty()) model.run_name = name;
    if (config != &document) model.config = json_text(*config);
    return model;
}

void read_task(const rapidjson::Value& document, OlmesMetrics& metrics) {
    metrics.task = valid_utf8(json_string(document, "task_name").value_or(""));
    const auto* config = json_member(document, "task_config");
    if (config == nullptr || !config->IsObject()) return;
    if (const auto* metadata = json_member(*config, "metadata"))
        if (const auto alias = json_string(*metadata, "alias"); alias && !alias->empty())
            metrics.task = valid_utf8(*alias);
    metrics.primary_metric = json_string(*config, "primary_metric").value_or("");
    if (const auto shots = json_int(*config, "num_shots"); shots && *shots >= 0 && *shots < 1'000'000)
        metrics.shots = static_cast<int>(*shots);
    if (const auto* version = json_member(*config, "version")) metrics.version = text_of(*version);
    metrics.split = json_string(*config, "split").value_or("");
    metrics.as_chat = json_bool(*config, "use_chat_format").value_or(false);
    if (const auto limit = json_number(*config, "limit"); limit && *limit > 0 && *limit < no_limit)
        metrics.limit = *limit;
}

void read_scores(const rapidjson::Value& values, OlmesMetrics& metrics) {
    constexpr std::string_view error_suffix = "_stderr";
    for (const auto& [name, value] : values.GetObject()) {
        const std::string_view metric = json_view(name);
        if (metric.ends_with(error_suffix) || value.IsNull()) continue;
        const auto number = value.IsBool() ? std::optional(value.GetBool() ? 1.0 : 0.0) : json_as_number(value);
        if (!number) {
            ++metrics.not_scores;
            continue;
        }
        // The score that a task is judged by is one of the others under a name of its own.
        const std::string_view means =
            metric == "primary_score" && !metrics.primary_metric.empty() ? metrics.primary_metric : metric;
        OlmesScore score{valid_utf8(metric), *number, {}, std::string(olmes_unit(means)), olmes_direction(means)};
        score.standard_error = json_number(values, std::string(metric) + std::string(error_suffix));
        metrics.scores.push_back(std::move(score));
    }
}

} // namespace

bool looks_like_olmes_metrics(std::string_view head) {
    if (!begins_as_json_object(head) || !json_head_names(head, "task_name")) return false;
    if (json_head_names(head, "task_config") && json_head_names(head, "model_config")) return true;
    return json_head_names(head, "metrics") && json_head_names(head, "task_hash");
}

std::optional<OlmesMetrics> read_olmes_metrics(const rapidjson::Value& document, const std::filesystem::path& path) {
    const auto* values = json_member(document, "metrics");
    if (values == nullptr || !values->IsObject() || !json_string(document, "task_name")) return std::nullopt;
    if (json_member(document, "task_config") == nullptr && json_member(document, "model_config") == nullptr)
        return std::nullopt;
    OlmesMetrics metrics;
    read_task(document, metrics);
    if (metrics.task.empty()) return std::nullopt;
    metrics.model = model_of(document, path);
    metrics.n = json_int(document, "num_instances");
    metrics.variant = json_string(document, "current_date").value_or("");
    std::string date = metrics.variant.substr(0, 19); // "2024-12-19 12:16:07 UTC"
    std::replace(date.begin(), date.end(), ' ', 'T');
    metrics.evaluated_at = harness_time(date);
    read_scores(*values, metrics);
    return metrics;
}

std::string_view olmes_unit(std::string_view metric) {
    if (starts_with_any(metric, {"bits_per_byte", "logits_per_byte"})) return "bits/byte";
    if (metric.starts_with("logits_per_token")) return "nats/token";
    if (metric.starts_with("logits_per_char")) return "nats/char";
    if (metric.starts_with("sum_logits")) return "nats";
    if (starts_with_any(metric, {"acc_", "pass_at", "exact_match"})) return "share";
    return unit_of_metric(metric);
}

Direction olmes_direction(std::string_view metric) {
    if (starts_with_any(metric, {"bits_per_byte", "logits_per_byte", "ppl", "perplexity"})) return Direction::down;
    // Where a model's answer is, or the gold one, is no better or worse.
    if (starts_with_any(metric, {"predicted_index", "correct_choice", "no_answer"})) return Direction::descriptive;
    if (starts_with_any(metric, {"acc_", "exact_match", "f1", "recall", "pass_at", "correct_prob", "norm_correct_prob",
                                 "margin", "logits_per_", "sum_logits_corr", "macro", "micro"}))
        return Direction::up;
    return direction_of_metric(metric);
}

} // namespace isoloss
