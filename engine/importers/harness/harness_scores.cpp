#include "engine/importers/harness/harness_scores.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace isoloss {

namespace {

constexpr std::string_view stderr_suffix = "_stderr";
constexpr std::size_t most_parts = 200;

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

// What stands beside the metrics of a task. A group that has no score of its own has a blank metric.
bool is_bookkeeping(std::string_view metric) {
    constexpr std::array names{"alias",        "name",         "sample_len",           "sample_count",
                               "task",         "task_name",    "prompt_name",          "prompt_id",
                               "prompt_jinja", "dataset_path", "dataset_name",         "subset",
                               "num_fewshot",  "version",      "prompt_original_task", "fixed_answer_choice_list"};
    return metric.find_first_not_of(' ') == std::string_view::npos ||
           std::find(names.begin(), names.end(), metric) != names.end();
}

bool is_standard_error(std::string_view key) {
    return split_key(key).metric.ends_with(stderr_suffix);
}

// "N/A" and NaN are no standard errors.
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

std::string version_text(const rapidjson::Value* version) {
    if (version == nullptr) return {};
    if (version->IsString()) return std::string(json_view(*version));
    if (version->IsNumber()) return number_text(version->GetDouble());
    return {};
}

Direction direction_of(const rapidjson::Value& document, std::string_view task, std::string_view metric) {
    const auto* metrics = member_of(document, "higher_is_better", task);
    if (metrics != nullptr)
        if (const auto higher = json_bool(*metrics, metric)) return *higher ? Direction::up : Direction::down;
    return direction_of_metric(metric);
}

// The name of the task that a row of a list speaks of; tasks that are asked in several ways name the prompt too.
std::string row_name(const rapidjson::Value& row) {
    for (const char* name : {"task_name", "task", "name"})
        if (const auto task = json_string(row, name)) {
            const auto prompt = json_string(row, "prompt_name");
            return std::string(*task) + (prompt && !prompt->empty() ? "+" + std::string(*prompt) : std::string());
        }
    return {};
}

bool has_metrics(const rapidjson::Value& metrics, HarnessShape& shape) {
    if (!metrics.IsObject()) return false;
    for (const auto& [key, value] : metrics.GetObject())
        shape.has_errors = shape.has_errors || (value.IsNumber() && is_standard_error(json_view(key)));
    return true;
}

class ScoreReader {
public:
    ScoreReader(const rapidjson::Value& document, std::optional<int> shots_in_name)
        : document_(document), shots_in_name_(shots_in_name) {}

    void results(const rapidjson::Value& results) {
        if (results.IsArray()) {
            for (rapidjson::SizeType i = 0; i < results.Size(); ++i) {
                const std::string task = row_name(results[i]);
                if (task.empty())
                    ++found_.not_scores;
                else
                    metrics(task, results[i], "results[" + std::to_string(i) + "]", {});
            }
            return;
        }
        for (const auto& [task, entry] : results.GetObject())
            task_entry(json_view(task), entry);
    }

    // Groups are among the results too, but for those that were filtered out of them.
    void groups() {
        const auto* groups = json_member(document_, "groups");
        const auto* results = json_member(document_, "results");
        if (groups == nullptr || !groups->IsObject() || results == nullptr) return;
        for (const auto& [group, entry] : groups->GetObject())
            if (entry.IsObject() && json_member(*results, json_view(group)) == nullptr)
                metrics(json_view(group), entry, "groups." + std::string(json_view(group)), {});
    }

    HarnessScores take() { return std::move(found_); }

private:
    // {metric: number}, [{metric: number}, …], or {date: {metric: number}, …} where results of several days were
    // gathered.
    void task_entry(std::string_view task, const rapidjson::Value& entry) {
        const std::string place = "results." + std::string(task);
        if (entry.IsArray()) {
            for (rapidjson::SizeType i = 0; i < entry.Size(); ++i)
                metrics(task, entry[i], place + "[" + std::to_string(i) + "]",
                        i == 0 ? std::string() : "#" + std::to_string(i + 1));
            return;
        }
        metrics(task, entry, place, {});
    }

    void metrics(std::string_view task, const rapidjson::Value& entry, const std::string& place,
                 const std::string& variant) {
        if (!entry.IsObject()) {
            ++found_.not_scores;
            return;
        }
        const HarnessScore common = task_facts(task, entry, place, variant);
        for (const auto& [key_name, value] : entry.GetObject()) {
            const std::string_view key = json_view(key_name);
            const MetricName name = split_key(key);
            if (is_bookkeeping(name.metric) || is_standard_error(key)) continue;
            if (value.IsObject() && variant.empty() && harness_time(key)) {
                metrics(task, value, place + "." + std::string(key), std::string(key));
                continue;
            }
            const auto number = json_as_number(value);
            if (!number) {
                ++found_.not_scores;
                continue;
            }
            HarnessScore score = common;
            score.metric = valid_utf8(name.metric);
            score.filter = valid_utf8(name.filter);
            score.value = *number;
            score.standard_error = standard_error(entry, key);
            score.direction = direction_of(document_, task, name.metric);
            found_.scores.push_back(std::move(score));
        }
    }

    HarnessScore task_facts(std::string_view task, const rapidjson::Value& entry, const std::string& place,
                            const std::string& variant) const {
        HarnessScore score;
        score.task = valid_utf8(task);
        score.place = place;
        score.variant = variant;
        score.evaluated_at = harness_time(variant);
        score.shots = shots_of(document_, task);
        if (!score.shots) score.shots = as_shots(json_member(entry, "num_fewshot"));
        if (!score.shots) score.shots = shots_in_name_;
        score.version = version_text(member_of(document_, "versions", task));
        if (score.version.empty()) score.version = version_text(json_member(entry, "version"));
        if (const auto* counts = member_of(document_, "n-samples", task)) {
            score.n = json_int(*counts, "effective");
            const auto all = json_int(*counts, "original");
            if (score.n && all && *score.n < *all) score.n_of_task = all;
        }
        if (!score.n) score.n = json_int(entry, "sample_len");
        if (const auto* parts = member_of(document_, "group_subtasks", task); parts != nullptr && parts->IsArray())
            for (const auto& part : parts->GetArray())
                if (part.IsString() && score.parts.size() < most_parts) score.parts.emplace_back(json_view(part));
        return score;
    }

    const rapidjson::Value& document_;
    const std::optional<int> shots_in_name_;
    HarnessScores found_;
};

} // namespace

HarnessShape harness_shape(const rapidjson::Value& document) {
    HarnessShape shape;
    const auto* results = json_member(document, "results");
    if (results == nullptr) return shape;
    if (results->IsArray()) {
        for (const auto& row : results->GetArray())
            if (!has_metrics(row, shape) || row_name(row).empty()) return {};
        shape.is_results = !results->Empty();
        return shape;
    }
    if (!results->IsObject() || results->ObjectEmpty()) return shape;
    for (const auto& [task, entry] : results->GetObject()) {
        if (entry.IsArray()) {
            if (entry.Empty()) return {};
            for (const auto& metrics : entry.GetArray())
                if (!has_metrics(metrics, shape)) return {};
            continue;
        }
        if (!has_metrics(entry, shape)) return {};
        for (const auto& [key, value] : entry.GetObject())
            if (value.IsObject() && harness_time(json_view(key))) has_metrics(value, shape);
    }
    shape.is_results = true;
    return shape;
}

HarnessScores read_harness_scores(const rapidjson::Value& document, std::optional<int> shots_in_name) {
    ScoreReader reader(document, shots_in_name);
    if (const auto* results = json_member(document, "results")) reader.results(*results);
    reader.groups();
    return reader.take();
}

std::string quantity_key(const HarnessScore& score) {
    std::string key = score.task + "/" + score.metric;
    if (!score.filter.empty()) key += "," + score.filter;
    if (score.shots && *score.shots != 0) key += "@" + std::to_string(*score.shots) + "shot";
    return key + score.settings;
}

std::optional<double> harness_time(std::string_view text) {
    // Year, month, day, hour, minute, second, whatever is between them.
    constexpr std::string_view shape = "0000-00-00-00-00-00";
    if (text.size() < shape.size()) return std::nullopt;
    std::array<int, 6> numbers{};
    std::size_t part = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '-') {
            if (text[i] != '-' && text[i] != 'T' && text[i] != ':' && text[i] != '_') return std::nullopt;
            ++part;
        } else {
            if (text[i] < '0' || text[i] > '9') return std::nullopt;
            numbers[part] = numbers[part] * 10 + (text[i] - '0');
        }
    }
    std::tm time{};
    time.tm_year = numbers[0] - 1900;
    time.tm_mon = numbers[1] - 1;
    time.tm_mday = numbers[2];
    time.tm_hour = numbers[3];
    time.tm_min = numbers[4];
    time.tm_sec = numbers[5];
    const bool possible = numbers[1] >= 1 && numbers[1] <= 12 && numbers[2] >= 1 && numbers[2] <= 31 &&
                          numbers[3] <= 23 && numbers[4] <= 59 && numbers[5] <= 60;
    return possible ? std::optional(static_cast<double>(::timegm(&time))) : std::nullopt;
}

} // namespace isoloss
