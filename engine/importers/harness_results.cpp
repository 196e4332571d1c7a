#include "engine/importers/harness_results.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace isoloss {

namespace {

constexpr std::string_view stderr_suffix = "_stderr";

struct MetricName {
    std::string_view metric;
    std::string_view filter; ///< empty for "none" and for versions without filters
};

MetricName split_key(std::string_view key) {
    const std::size_t comma = key.find(',');
    if (comma == std::string_view::npos) return {key, {}};
    const std::string_view filter = key.substr(comma + 1);
    return {key.substr(0, comma), filter == "none" ? std::string_view{} : filter};
}

bool is_bookkeeping(std::string_view metric) {
    return metric == "alias" || metric == "name" || metric == "sample_len" || metric == "sample_count";
}

std::optional<double> standard_error(const rapidjson::Value& metrics, std::string_view key) {
    const std::size_t comma = key.find(',');
    std::string name(key.substr(0, comma));
    name += stderr_suffix;
    if (comma != std::string_view::npos) name += key.substr(comma);
    const auto* value = json_member(metrics, name);
    if (value == nullptr || !value->IsNumber() || !std::isfinite(value->GetDouble())) return std::nullopt;
    return value->GetDouble();
}

std::optional<int> as_shots(const rapidjson::Value* value) {
    if (value == nullptr || !value->IsInt() || value->GetInt() < 0) return std::nullopt;
    return value->GetInt();
}

const rapidjson::Value* member_of(const rapidjson::Value& document, std::string_view outer, std::string_view inner) {
    const auto* object = json_member(document, outer);
    return object == nullptr ? nullptr : json_member(*object, inner);
}

std::optional<int> shots_of(const rapidjson::Value& document, std::string_view task, int depth = 0) {
    if (const auto shots = as_shots(member_of(document, "n-shot", task))) return shots;
    if (const auto* config = member_of(document, "configs", task))
        if (const auto shots = as_shots(json_member(*config, "num_fewshot"))) return shots;
    if (const auto shots = as_shots(member_of(document, "config", "num_fewshot"))) return shots;
    if (const auto* parts = member_of(document, "group_subtasks", task);
        parts != nullptr && parts->IsArray() && depth < 4)
        for (const auto& part : parts->GetArray())
            if (part.IsString())
                if (const auto shots = shots_of(document, json_view(part), depth + 1)) return shots;
    return std::nullopt;
}

std::string version_of(const rapidjson::Value& document, std::string_view task) {
    const auto* version = member_of(document, "versions", task);
    if (version == nullptr) return {};
    if (version->IsString()) return std::string(json_view(*version));
    if (version->IsNumber()) return number_text(version->GetDouble());
    return {};
}

std::optional<std::int64_t> items_of(const rapidjson::Value& document, std::string_view task) {
    const auto* counts = member_of(document, "n-samples", task);
    return counts == nullptr ? std::nullopt : json_int(*counts, "effective");
}

Direction direction_of(const rapidjson::Value& document, std::string_view task, std::string_view metric) {
    const auto* metrics = member_of(document, "higher_is_better", task);
    if (metrics != nullptr)
        if (const auto higher = json_bool(*metrics, metric)) return *higher ? Direction::up : Direction::down;
    return direction_of_metric(metric);
}

bool is_results_object(const rapidjson::Value& document) {
    const auto* results = json_member(document, "results");
    if (results == nullptr || !results->IsObject() || results->ObjectEmpty()) return false;
    bool has_error = false;
    for (const auto& [task, metrics] : results->GetObject()) {
        if (!metrics.IsObject()) return false;
        for (const auto& [key, value] : metrics.GetObject())
            has_error = has_error || (value.IsNumber() && split_key(json_view(key)).metric.ends_with(stderr_suffix));
    }
    if (has_error) return true;
    for (const char* name : {"versions", "config", "configs", "config_general"})
        if (const auto* member = json_member(document, name); member != nullptr && member->IsObject()) return true;
    return false;
}

std::string date_text(double utc_seconds) {
    const auto seconds = static_cast<std::time_t>(utc_seconds);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string text_of(const rapidjson::Value& document, std::string_view outer, std::string_view inner) {
    const auto* value = member_of(document, outer, inner);
    return value != nullptr && value->IsString() ? std::string(json_view(*value)) : std::string();
}

void read_scores(const rapidjson::Value& document, HarnessResults& results) {
    for (const auto& [task_name, metrics] : json_member(document, "results")->GetObject()) {
        const std::string_view task = json_view(task_name);
        auto shots = shots_of(document, task);
        if (!shots) shots = results.shots_in_name;
        const std::string version = version_of(document, task);
        const auto items = items_of(document, task);
        for (const auto& [key_name, value] : metrics.GetObject()) {
            const std::string_view key = json_view(key_name);
            const MetricName name = split_key(key);
            if (is_bookkeeping(name.metric) || name.metric.ends_with(stderr_suffix)) continue;
            const auto number = json_as_number(value);
            if (!number) {
                ++results.not_scores;
                continue;
            }
            results.scores.push_back({std::string(task), std::string(name.metric), std::string(name.filter), *number,
                                      standard_error(metrics, key), items, shots, version,
                                      direction_of(document, task, name.metric)});
        }
    }
}

} // namespace

bool may_be_harness_results(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    return first != std::string_view::npos && text[first] == '{' && text.find("\"results\"") != std::string_view::npos;
}

std::optional<HarnessResults> read_harness_results(const rapidjson::Value& document,
                                                   const std::filesystem::path& path) {
    if (!document.IsObject() || !is_results_object(document)) return std::nullopt;
    HarnessResults results;
    results.model = harness_model(document, path);
    results.shots_in_name = shots_in_name(path.stem().string());
    results.variant = path.stem().string();
    if (const auto date = json_number(document, "date"); date && std::isfinite(*date) && *date > 0 && *date < 1e11) {
        results.evaluated_at = *date;
        results.variant = date_text(*date);
    }
    if (const auto* config = json_member(document, "config")) {
        results.limit = json_number(*config, "limit");
        results.parameter_count = json_int(*config, "model_num_parameters");
    }
    results.model_args = text_of(document, "config", "model_args");
    results.dtype = text_of(document, "config", "model_dtype");
    results.device = text_of(document, "config", "device");
    read_scores(document, results);
    const bool agrees = std::all_of(results.scores.begin(), results.scores.end(),
                                    [&](const HarnessScore& score) { return score.shots == results.shots_in_name; });
    if (agrees) results.shots_in_name.reset();
    return results;
}

std::string quantity_key(const HarnessScore& score) {
    std::string key = score.task + "/" + score.metric;
    if (!score.filter.empty()) key += "," + score.filter;
    if (score.shots && *score.shots != 0) key += "@" + std::to_string(*score.shots) + "shot";
    return key;
}

Direction direction_of_metric(std::string_view metric) {
    constexpr std::array up{"acc",        "acc_norm",
                            "acc_bytes",  "acc_mutual_info",
                            "acc_all",    "exact_match",
                            "em",         "exact",
                            "f1",         "mcc",
                            "mc1",        "mc2",
                            "bleu",       "multiple_choice_grade",
                            "chrf",       "rouge1",
                            "rouge2",     "rougeL",
                            "rougeLsum",  "pass@1",
                            "likelihood", "prob_correct"};
    constexpr std::array down{"ppl",           "perplexity",      "bits_per_byte", "word_perplexity",
                              "bits_per_char", "byte_perplexity", "ter",           "brier_score",
                              "loss",          "cross_entropy"};
    if (std::find(up.begin(), up.end(), metric) != up.end()) return Direction::up;
    if (std::find(down.begin(), down.end(), metric) != down.end()) return Direction::down;
    return Direction::descriptive;
}

std::string_view unit_of_metric(std::string_view metric) {
    if (metric == "bits_per_byte") return "bits/byte";
    if (metric == "bits_per_char") return "bits/char";
    if (metric == "acc" || metric.starts_with("acc_") || metric == "exact_match" || metric == "em") return "share";
    return {};
}

} // namespace isoloss
