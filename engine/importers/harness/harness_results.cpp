#include "engine/importers/harness/harness_results.h"

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace isoloss {

namespace {

constexpr std::size_t hash_digits = 8;

const rapidjson::Value* member_of(const rapidjson::Value& document, std::string_view outer, std::string_view inner) {
    const auto* object = json_member(document, outer);
    return object == nullptr ? nullptr : json_member(*object, inner);
}

bool is_results_document(const rapidjson::Value& document) {
    if (!document.IsObject()) return false;
    const HarnessShape shape = harness_shape(document);
    if (!shape.is_results) return false;
    if (shape.has_errors) return true;
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

bool is_switched_on(const rapidjson::Value* value) {
    if (value == nullptr || value->IsNull()) return false;
    if (value->IsBool()) return value->GetBool();
    if (!value->IsString()) return false;
    const std::string_view text = json_view(*value);
    return !text.empty() && text != "False" && text != "false" && text != "None";
}

// A model that is asked as in a chat, or told who it is, is measured on something else.
bool was_asked_as_chat(const rapidjson::Value& document, const std::string& model_args) {
    if (is_switched_on(json_member(document, "chat_template"))) return true;
    for (const char* name : {"apply_chat_template", "use_chat_template"}) {
        if (is_switched_on(json_member(document, name)) || is_switched_on(member_of(document, "config", name)))
            return true;
        if (const auto* arguments = member_of(document, "config", "model_args");
            arguments != nullptr && is_switched_on(json_member(*arguments, name)))
            return true;
        const std::string in_text = std::string(name) + "=";
        if (const auto at = model_args.find(in_text); at != std::string::npos) {
            const std::string_view value = std::string_view(model_args).substr(at + in_text.size());
            const std::string_view word = value.substr(0, value.find(','));
            if (!word.empty() && word != "False" && word != "false") return true;
        }
    }
    return false;
}

void read_settings(const rapidjson::Value& document, HarnessResults& results) {
    if (was_asked_as_chat(document, results.model_args)) {
        results.settings += "+chat";
        if (json_bool(document, "fewshot_as_multiturn").value_or(false)) results.settings += "-multiturn";
    }
    results.chat_template_hash = json_string(document, "chat_template_sha").value_or("");
    const std::string_view instruction = json_string(document, "system_instruction").value_or("");
    if (instruction.empty()) return;
    std::string hash(json_string(document, "system_instruction_sha").value_or(""));
    if (hash.empty()) hash = content_hash(instruction);
    results.settings += "+system-" + hash.substr(0, hash_digits);
}

} // namespace

bool may_be_harness_results(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    return first != std::string_view::npos && text[first] == '{' && text.find("\"results\"") != std::string_view::npos;
}

std::optional<HarnessResults> read_harness_results(const rapidjson::Value& document,
                                                   const std::filesystem::path& path) {
    if (!is_results_document(document)) return std::nullopt;
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
    read_settings(document, results);
    HarnessScores scores = read_harness_scores(document, results.shots_in_name);
    results.not_scores = scores.not_scores;
    results.scores = std::move(scores.scores);
    for (HarnessScore& score : results.scores)
        score.settings = results.settings;
    const bool agrees = std::all_of(results.scores.begin(), results.scores.end(),
                                    [&](const HarnessScore& score) { return score.shots == results.shots_in_name; });
    if (agrees) results.shots_in_name.reset();
    return results;
}

} // namespace isoloss
