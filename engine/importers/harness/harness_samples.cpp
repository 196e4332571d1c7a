#include "engine/importers/harness/harness_samples.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr std::size_t longest_text = 16u << 10;

// Few-shot prompts are long and their end is the question: the end is kept.
std::string elided(std::string_view text) {
    if (text.size() <= longest_text) return valid_utf8(text);
    std::size_t at = text.size() - longest_text;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
        ++at;
    return "…" + valid_utf8(text.substr(at));
}

std::string text_of(const rapidjson::Value& value) {
    return value.IsString() ? std::string(json_view(value)) : json_text(value);
}

struct Request {
    std::string context;
    std::string continuation;
};

// Until 0.4.2 a list of [context, continuation], then {"gen_args_0": {"arg_0": …, "arg_1": …}, …}.
std::vector<Request> requests_of(const rapidjson::Value& row) {
    std::vector<Request> requests;
    const auto* arguments = json_member(row, "arguments");
    if (arguments == nullptr) return requests;
    if (arguments->IsArray()) {
        for (const auto& pair : arguments->GetArray()) {
            if (!pair.IsArray() || pair.Empty()) continue;
            requests.push_back({text_of(pair[0]), pair.Size() > 1 && pair[1].IsString() ? text_of(pair[1]) : ""});
        }
    } else if (arguments->IsObject()) {
        for (const auto& [name, pair] : arguments->GetObject()) {
            const auto context = json_string(pair, "arg_0");
            if (!context) continue;
            requests.push_back({std::string(*context), std::string(json_string(pair, "arg_1").value_or(""))});
        }
    }
    return requests;
}

std::optional<double> as_log_likelihood(const rapidjson::Value& value) {
    if (value.IsNumber()) return value.GetDouble();
    if (value.IsString()) return parse_double(json_view(value));
    return std::nullopt;
}

// filtered_resps: [[-1.5, false], …] or, since 0.4.3, [["-1.5", "False"], …]; a generated text has none.
std::vector<double> log_likelihoods_of(const rapidjson::Value& row) {
    std::vector<double> values;
    const auto* responses = json_member(row, "filtered_resps");
    if (responses == nullptr || !responses->IsArray()) return values;
    for (const auto& response : responses->GetArray()) {
        if (!response.IsArray() || response.Size() != 2) return {};
        const bool has_flag =
            response[1].IsBool() ||
            (response[1].IsString() && (json_view(response[1]) == "True" || json_view(response[1]) == "False"));
        const auto value = as_log_likelihood(response[0]);
        if (!has_flag || !value) return {};
        values.push_back(*value);
    }
    return values;
}

std::string without_leading_space(const std::string& text) {
    return text.starts_with(' ') ? text.substr(1) : text;
}

std::optional<int> best(const std::vector<double>& scores) {
    if (scores.size() < 2) return std::nullopt;
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

std::optional<int> gold_of(const rapidjson::Value& row, const std::vector<std::string>& choices) {
    const auto* target = json_member(row, "target");
    if (target == nullptr || choices.empty()) return std::nullopt;
    std::optional<std::int64_t> index;
    if (target->IsInt()) index = target->GetInt();
    if (target->IsString()) {
        const std::string text = without_leading_space(std::string(json_view(*target)));
        const auto found = std::find(choices.begin(), choices.end(), text);
        index = found != choices.end() ? std::optional<std::int64_t>(found - choices.begin()) : parse_int(text);
    }
    if (!index || *index < 0 || *index >= static_cast<std::int64_t>(choices.size())) return std::nullopt;
    return static_cast<int>(*index);
}

bool is_row_frame(std::string_view name) {
    constexpr std::string_view frame[] = {"doc_id",      "doc",         "target",        "arguments",
                                          "resps",       "filter",      "metrics",       "doc_hash",
                                          "prompt_hash", "target_hash", "filtered_resps"};
    return std::find(std::begin(frame), std::end(frame), name) != std::end(frame);
}

} // namespace

std::optional<HarnessSample> read_harness_sample(const rapidjson::Value& row) {
    if (!row.IsObject()) return std::nullopt;
    const auto* id = json_member(row, "doc_id");
    if (id == nullptr || !(id->IsInt64() || id->IsString())) return std::nullopt;
    HarnessSample sample;
    sample.filter = std::string(json_string(row, "filter").value_or(""));
    if (sample.filter == "none") sample.filter.clear();
    sample.item.key = id->IsString() ? valid_utf8(json_view(*id)) : number_text(id->GetInt64());
    if (!sample.filter.empty()) sample.item.key += "," + sample.filter;
    sample.item.doc_hash = valid_utf8(json_string(row, "doc_hash").value_or(""));
    sample.log_likelihoods = log_likelihoods_of(row);
    const std::vector<Request> requests = requests_of(row);
    if (!requests.empty()) sample.item.text = elided(requests.front().context);
    if (sample.log_likelihoods.size() > 1 && requests.size() == sample.log_likelihoods.size()) {
        std::vector<double> normalised;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            sample.item.choices.push_back(without_leading_space(valid_utf8(requests[i].continuation)));
            const std::size_t length = code_point_count(sample.item.choices.back());
            normalised.push_back(sample.log_likelihoods[i] / static_cast<double>(std::max<std::size_t>(length, 1)));
        }
        sample.item.gold = gold_of(row, sample.item.choices);
        sample.chosen = best(sample.log_likelihoods);
        sample.chosen_normalised = best(normalised);
    }
    for (const auto& [name, value] : row.GetObject()) {
        const std::string_view metric = json_view(name);
        if (is_row_frame(metric)) continue;
        if (value.IsBool())
            sample.metrics.emplace_back(metric, value.GetBool() ? 1.0 : 0.0);
        else if (value.IsNumber())
            sample.metrics.emplace_back(metric, value.GetDouble());
    }
    return sample;
}

Expected<JsonRowCounts> read_harness_samples(const InputFile& file, const std::function<bool(HarnessSample&&)>& each) {
    return read_json_rows(file, [&](const rapidjson::Value& row, const std::string&) {
        auto sample = read_harness_sample(row);
        if (!sample) return RowVerdict::bad;
        return each(std::move(*sample)) ? RowVerdict::taken : RowVerdict::stop;
    });
}

std::optional<SamplesName> samples_name(std::string_view file_name) {
    constexpr std::string_view prefix = "samples_";
    if (!file_name.starts_with(prefix)) return std::nullopt;
    for (const std::string_view ending : {".jsonl", ".json"})
        if (file_name.ends_with(ending)) {
            const std::string_view body =
                file_name.substr(prefix.size(), file_name.size() - prefix.size() - ending.size());
            const std::size_t last = body.rfind('_');
            if (last != std::string_view::npos && last + 11 < body.size() && body[last + 5] == '-' &&
                body.find('T', last) != std::string_view::npos)
                return SamplesName{std::string(body.substr(0, last)), std::string(body.substr(last + 1))};
            return SamplesName{std::string(body), {}};
        }
    return std::nullopt;
}

std::vector<std::string> old_samples_names(std::string_view model_args, std::string_view model, std::string_view task) {
    // 0.4.0 replaces each of these characters, 0.4.2 each stretch of more.
    std::string each, stretches;
    for (const char c : model_args) {
        if (c == '/' || c == '=')
            each += "__";
        else
            each += c;
        if (std::string_view("\"<>:/|\\?*[]").find(c) == std::string_view::npos)
            stretches += c;
        else if (!stretches.ends_with("__"))
            stretches += "__";
    }
    std::vector<std::string> names;
    for (const std::string_view prefix : {std::string_view(each), std::string_view(stretches), model}) {
        std::string name = std::string(prefix) + "_" + std::string(task) + ".jsonl";
        // A path cannot be left by a name from a file.
        if (!prefix.empty() && name.find('/') == std::string::npos &&
            std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }
    return names;
}

} // namespace isoloss
