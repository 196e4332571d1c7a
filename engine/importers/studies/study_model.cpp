#include "engine/importers/studies/study_model.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/importers/json_head.h"

#include <array>
#include <cmath>
#include <ctime>
#include <map>

namespace isoloss {

namespace {

constexpr double normal_95 = 1.959963984540054; // half the width of a 95 % interval, in standard errors

struct SetName {
    std::string set;   ///< its folder, as the study's own evaluation names it
    std::string files; ///< what of it was read
};

SetName set_of(std::string_view path) {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return {std::string(path), {}};
    const std::string_view folder = path.substr(0, slash);
    return {std::string(folder.substr(folder.rfind('/') + 1)), std::string(path.substr(slash + 1))};
}

// val_data: a path or a list of paths.
SetName set_of(const rapidjson::Value& result) {
    const auto* data = json_member(result, "val_data");
    if (data == nullptr) return {};
    if (data->IsString()) return set_of(json_view(*data));
    SetName joined;
    if (!data->IsArray()) return joined;
    for (const auto& path : data->GetArray()) {
        if (!path.IsString()) continue;
        const SetName one = set_of(json_view(path));
        if (!joined.set.empty()) joined.set += "+";
        if (!joined.files.empty()) joined.files += "+";
        joined.set += one.set;
        joined.files += one.files;
    }
    return joined;
}

// Tokens of one sequence are not independent, so the interval over sequences is the honest one.
void take_standard_error(const rapidjson::Value& result, StudyScore& score) {
    for (const std::string over : {"sequences", "tokens"}) {
        const auto lower = json_number(result, "loss_" + over + "_lower_95");
        const auto upper = json_number(result, "loss_" + over + "_upper_95");
        if (!lower || !upper || !std::isfinite(*lower) || !std::isfinite(*upper) || *upper < *lower) continue;
        score.standard_error = (*upper - *lower) / (2 * normal_95);
        score.error_source = "half the width of the 95 % interval over " + over + ", / 1.96";
        return;
    }
}

void read_losses(const rapidjson::Value& results, StudyModel& model) {
    std::map<std::string, int> seen;
    for (rapidjson::SizeType i = 0; i < results.Size(); ++i) {
        const auto& result = results[i];
        const auto loss = json_number(result, "loss");
        const SetName set = set_of(result);
        if (!loss || set.set.empty()) {
            ++model.left_out;
            continue;
        }
        StudyScore score;
        score.subject = valid_utf8(set.set);
        score.version = valid_utf8(set.files);
        // A set that was evaluated twice is not one set: the second one says so.
        if (const int before = seen[set.set + "/" + set.files]++; before > 0)
            score.version += " #" + std::to_string(before + 1);
        score.metric = "loss";
        score.unit = "nats/token";
        score.direction = Direction::down;
        score.value = *loss;
        score.n = json_int(result, "tokens");
        score.place = "results[" + std::to_string(i) + "]";
        take_standard_error(result, score);
        model.losses.push_back(std::move(score));
    }
}

void add(std::string& config, std::string_view name, const rapidjson::Value& value) {
    if (value.IsNull()) return;
    if (config.size() > 1) config += ',';
    config += json_quote(name) + ":" + json_text(value);
}

std::string config_of(const rapidjson::Value& document, const rapidjson::Value& hyperparameters) {
    constexpr std::array beside{"dataset_name", "dataset_uuid",    "checkpoint_url", "params_url",
                                "uuid",         "open_lm_version", "open_lm_args",   "error"};
    std::string config = "{";
    for (const auto& [name, value] : hyperparameters.GetObject())
        add(config, json_view(name), value);
    for (const char* name : beside) {
        const auto* value = json_member(document, name);
        if (value == nullptr || json_member(hyperparameters, name) != nullptr) continue;
        if (value->IsString() && value->GetStringLength() == 0) continue;
        add(config, name, *value);
    }
    return config + "}";
}

} // namespace

bool looks_like_study_model(std::string_view head) {
    if (!begins_as_json_object(head) || !json_head_names(head, "name") || !json_head_names(head, "hyperparameters"))
        return false;
    for (const char* name : {"results", "checkpoint_url", "dataset_name"})
        if (json_head_names(head, name)) return true;
    return false;
}

std::optional<StudyModel> read_study_model(const rapidjson::Value& document) {
    const auto name = json_string(document, "name");
    const auto* hyperparameters = json_member(document, "hyperparameters");
    if (!name || name->empty() || hyperparameters == nullptr || !hyperparameters->IsObject()) return std::nullopt;
    StudyModel model;
    model.name = valid_utf8(*name);
    model.uuid = json_string(document, "uuid").value_or("");
    model.dataset = json_string(document, "dataset_name").value_or("");
    model.config = config_of(document, *hyperparameters);
    model.tokens = json_number(*hyperparameters, "tokens");
    model.flops = json_number(*hyperparameters, "flops");
    model.parameter_count = json_int(*hyperparameters, "params");
    model.failed = json_bool(document, "failed");
    model.created_at = study_time(json_string(document, "creation_date").value_or(""));
    if (const auto* results = json_member(document, "results"); results != nullptr && results->IsArray())
        read_losses(*results, model);
    return model;
}

std::optional<double> study_time(std::string_view text) {
    constexpr std::string_view shape = "0000_00_00-00_00_00";
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t count) {
        return static_cast<int>(parse_int(text.substr(at, count)).value_or(0));
    };
    std::tm parts{};
    parts.tm_year = number(0, 4) - 1900;
    parts.tm_mon = number(5, 2) - 1;
    parts.tm_mday = number(8, 2);
    parts.tm_hour = number(11, 2);
    parts.tm_min = number(14, 2);
    parts.tm_sec = number(17, 2);
    if (parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour > 23)
        return std::nullopt;
    return static_cast<double>(::timegm(&parts));
}

} // namespace isoloss
