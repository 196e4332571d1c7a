#include "engine/importers/studies/study_evaluation.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/importers/json_head.h"
#include "engine/importers/studies/study_model.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

class ScoreReader {
public:
    explicit ScoreReader(StudyEvaluation& evaluation) : evaluation_(evaluation) {}

    void task(std::string_view name, const rapidjson::Value& value, const std::string& place) {
        StudyScore score;
        score.metric = "accuracy";
        score.unit = "share";
        score.direction = Direction::up;
        add(name, value, place, std::move(score));
    }

    void loss(std::string_view set, const rapidjson::Value& value, const std::string& place) {
        StudyScore score;
        score.metric = "loss";
        score.unit = "nats/token";
        score.direction = Direction::down;
        add(set, value, place, std::move(score));
    }

    // A mean over tasks; centred ones are 0 at chance.
    void mean(std::string_view name, const rapidjson::Value& value, const std::string& place) {
        StudyScore score;
        score.metric = "mean";
        score.direction = Direction::up;
        add(name, value, place, std::move(score));
    }

private:
    void add(std::string_view subject, const rapidjson::Value& value, const std::string& place, StudyScore score) {
        const auto number = json_as_number(value);
        if (!number) {
            // "N/A": not enough tasks for this mean.
            if (!value.IsNull() && !(value.IsString() && json_view(value) == "N/A")) ++evaluation_.left_out;
            return;
        }
        score.subject = valid_utf8(subject);
        score.value = *number;
        score.place = place;
        evaluation_.scores.push_back(std::move(score));
    }

    StudyEvaluation& evaluation_;
};

void read_metrics(const rapidjson::Value& metrics, StudyEvaluation& evaluation) {
    ScoreReader reader(evaluation);
    for (const auto& [name, value] : metrics.GetObject()) {
        const std::string key(json_view(name));
        const std::string place = "eval_metrics." + key;
        const bool of_losses = key == "downstream_perpexity" || key == "downstream_perplexity";
        if (key == "perplexity") {
            reader.loss("open_lm_val", value, place);
        } else if (key == "paloma_perplexity") {
            reader.loss("paloma_val", value, place);
        } else if (value.IsObject() && (key == "icl" || of_losses)) {
            for (const auto& [task, score] : value.GetObject()) {
                const std::string in_task = place + "." + std::string(json_view(task));
                if (of_losses)
                    reader.loss(json_view(task), score, in_task);
                else
                    reader.task(json_view(task), score, in_task);
            }
        } else {
            ++evaluation.left_out;
        }
    }
}

// The study's aggregation writes each of its means plainly and centred, and a few under names of their own.
bool is_mean(const rapidjson::Value& document, const std::string& key) {
    if (key.ends_with("_centered") || json_member(document, key + "_centered") != nullptr) return true;
    constexpr std::array own{"aggregated_", "Core", "Extended"};
    return std::any_of(own.begin(), own.end(), [&](const char* prefix) { return key.starts_with(prefix); });
}

void read_means(const rapidjson::Value& document, StudyEvaluation& evaluation) {
    ScoreReader reader(evaluation);
    for (const auto& [name, value] : document.GetObject()) {
        const std::string key(json_view(name));
        if (value.IsNumber() && is_mean(document, key)) {
            reader.mean(key, value, key);
        } else if (key == "aggregated_task_categories_centered" && value.IsObject()) {
            for (const auto& [category, mean] : value.GetObject())
                reader.mean(key + "." + std::string(json_view(category)), mean,
                            key + "." + std::string(json_view(category)));
        }
    }
}

} // namespace

bool looks_like_study_evaluation(std::string_view head) {
    return begins_as_json_object(head) && json_head_names(head, "eval_metrics");
}

std::optional<StudyEvaluation> read_study_evaluation(const rapidjson::Value& document) {
    const auto* metrics = json_member(document, "eval_metrics");
    if (metrics == nullptr || !metrics->IsObject()) return std::nullopt;
    StudyEvaluation evaluation;
    evaluation.model_name = valid_utf8(json_string(document, "model_name").value_or(""));
    evaluation.model_uuid = json_string(document, "model_uuid").value_or("");
    const std::string_view name = json_string(document, "name").value_or("");
    evaluation.suite = name.substr(name.rfind('/') + 1);
    evaluation.variant = json_string(document, "creation_date").value_or("");
    if (evaluation.variant.empty()) evaluation.variant = json_string(document, "uuid").value_or("");
    evaluation.created_at = study_time(json_string(document, "creation_date").value_or(""));
    read_metrics(*metrics, evaluation);
    read_means(document, evaluation);
    return evaluation;
}

std::string study_name_of_file(std::string_view stem, std::string_view suite) {
    constexpr std::string_view prefix = "evaluation_";
    if (stem.starts_with(prefix)) stem.remove_prefix(prefix.size());
    if (stem.ends_with("_copy")) stem.remove_suffix(5);
    for (const std::string_view end :
         {suite, std::string_view("heavy"), std::string_view("medium"), std::string_view("light")}) {
        if (end.empty() || !stem.ends_with(end) || stem.size() < end.size() + 2) continue;
        if (stem[stem.size() - end.size() - 1] != '_') continue;
        stem.remove_suffix(end.size() + 1);
        break;
    }
    return std::string(stem);
}

} // namespace isoloss
