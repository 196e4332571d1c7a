#include "engine/importers/harness/harness_model.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/checkpoints/checkpoint_folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <vector>

namespace isoloss {

namespace {

using Arguments = std::map<std::string, std::string, std::less<>>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_separator(char c) {
    return c == '-' || c == '_' || c == '.' || c == ' ';
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

// "pretrained=EleutherAI/pythia-160m,revision=step1000" as names and values.
Arguments arguments_of(const rapidjson::Value& config) {
    Arguments arguments;
    const auto* raw = json_member(config, "model_args");
    if (raw == nullptr) return arguments;
    if (raw->IsObject()) {
        for (const auto& [name, value] : raw->GetObject())
            if (value.IsString()) arguments.emplace(json_view(name), json_view(value));
        return arguments;
    }
    if (!raw->IsString()) return arguments;
    std::string_view text = json_view(*raw);
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view pair = text.substr(0, comma);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos) arguments.emplace(pair.substr(0, equals), pair.substr(equals + 1));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return arguments;
}

std::string argument(const Arguments& arguments, std::string_view name) {
    const auto found = arguments.find(name);
    return found == arguments.end() ? std::string() : found->second;
}

std::string trim_separators(std::string name) {
    while (!name.empty() && is_separator(name.back()))
        name.pop_back();
    while (!name.empty() && is_separator(name.front()))
        name.erase(name.begin());
    return name;
}

// Removes words that speak of the evaluation and not of the model from the end: "x-0shot", "x_eval_results".
std::string without_evaluation_words(std::string name) {
    // Longer ones first: "lm-eval" leaves no "lm".
    constexpr std::array words{"lm-eval", "lm_eval", "lmeval", "bslmeval", "zero-shot", "zero_shot", "evalharness",
                               "harness", "results", "result", "eval",     "samples",   "res"};
    for (bool changed = true; changed;) {
        changed = false;
        name = trim_separators(name);
        const std::string small = lower(name);
        for (const std::string_view word : words) {
            if (!small.ends_with(word)) continue;
            const std::size_t left = name.size() - word.size();
            if (left > 0 && !is_separator(name[left - 1])) continue;
            name.resize(left);
            changed = true;
            break;
        }
        if (changed || !small.ends_with("shot")) continue;
        std::size_t left = name.size() - 4;
        if (left > 0 && is_separator(name[left - 1])) --left;
        const std::size_t end = left;
        while (left > 0 && is_digit(name[left - 1]))
            --left;
        if (left == end) continue;
        name.resize(left);
        changed = true;
    }
    return name;
}

bool has_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)); });
}

// "drop-v0-res" speaks of its task and not of its model.
bool begins_with_a_task(std::string_view name, const rapidjson::Value& document) {
    const auto* results = json_member(document, "results");
    if (results == nullptr || !results->IsObject()) return false;
    for (const auto& [task, metrics] : results->GetObject())
        if (name.starts_with(json_view(task))) return true;
    return false;
}

// Cuts "2024-08-21…" and "12-30-2022-…" off: the date of the evaluation.
std::string without_date(const std::string& name) {
    for (std::size_t i = 0; i + 10 <= name.size(); ++i) {
        if (i > 0 && is_digit(name[i - 1])) continue;
        std::size_t digits = 0;
        const std::string_view part = std::string_view(name).substr(i, 10);
        for (const char c : part)
            digits += is_digit(c) ? 1u : 0u;
        const bool year_first = part[4] == '-' && part[7] == '-';
        const bool year_last = part[2] == '-' && part[5] == '-';
        if (digits == 8 && (year_first || year_last)) return name.substr(0, i);
    }
    return name;
}

// The model's name from the names of the file and its folders: "pythia-160m/zero-shot/160m_step1000.json" is
// pythia-160m.
std::string name_from_path(const std::filesystem::path& path, const rapidjson::Value& document) {
    std::string stem = path.stem().string();
    if (const auto step = step_in_name(stem)) stem = step->name_without;
    stem = without_evaluation_words(without_date(stem));
    std::vector<std::string> folders;
    for (auto folder = path.parent_path(); folders.size() < 4 && folder.has_filename(); folder = folder.parent_path()) {
        std::string name = folder.filename().string();
        if (const auto step = step_in_name(name)) name = step->name_without;
        name = without_evaluation_words(name);
        const std::string small = lower(name);
        if (has_letter(name) && !small.ends_with("shot")) folders.push_back(name);
    }
    if (!stem.empty() && has_letter(stem) && !begins_with_a_task(path.stem().string(), document)) {
        for (const std::string& folder : folders) {
            if (folder.ends_with(stem) &&
                (folder.size() == stem.size() || is_separator(folder[folder.size() - stem.size() - 1])))
                return folder;
            if (stem.starts_with(folder) && begins_with_a_task(trim_separators(stem.substr(folder.size())), document))
                return folder;
        }
        return stem;
    }
    return folders.empty() ? std::string("model") : folders.front();
}

// A neox results file repeats all of its nearly 200 settings. Those that describe the model and its training are taken;
// batch sizes, devices, paths and logging are those of the evaluation, and the rest are defaults that bury differences.
std::string training_config(const rapidjson::Value& config) {
    constexpr std::array of_training{
        // The model.
        "num_layers", "hidden_size", "num_attention_heads", "seq_length", "max_position_embeddings",
        "padded_vocab_size", "pos_emb", "rotary_pct", "rotary_emb_base", "norm", "layernorm_epsilon", "activation",
        "no_weight_tying", "gpt_j_residual", "init_method", "init_method_std", "output_layer_init_method",
        "tokenizer_type",
        // Its training.
        "train_iters", "optimizer_type", "optimizer", "lr", "min_lr", "lr_decay_style", "lr_decay_iters", "warmup",
        "weight_decay", "gradient_clipping", "attention_dropout", "hidden_dropout", "precision", "seed"};
    const auto* arguments = json_member(config, "model_args");
    if (arguments == nullptr || !arguments->IsObject()) return "{}";
    std::string text = "{";
    for (const char* name : of_training) {
        const auto* value = json_member(*arguments, name);
        if (value == nullptr || value->IsNull()) continue;
        if (text.size() > 1) text += ',';
        text += json_quote(name) + ":" + json_text(*value);
    }
    return text + "}";
}

void take_pretrained(const std::string& pretrained, const Arguments& arguments, HarnessModel& model) {
    std::filesystem::path path(pretrained);
    if (!path.has_filename()) path = path.parent_path();
    const bool is_local = pretrained.starts_with('/') || pretrained.starts_with('.') || pretrained.starts_with('~');
    if (is_local) model.local_path = path;
    std::string name = path.filename().string();
    std::string identity = path_text(path);
    if (const auto in_name = step_in_name(name)) {
        model.step = in_name->step;
        model.step_source = "pretrained=";
        const bool has_name = !in_name->name_without.empty();
        name = has_name ? in_name->name_without : path.parent_path().filename().string();
        identity = path_text(has_name ? path.parent_path() / name : path.parent_path());
    }
    const std::string revision = argument(arguments, "revision");
    if (const auto in_revision = step_in_name(revision)) {
        model.step = in_revision->step;
        model.step_source = "revision=";
    } else if (!revision.empty() && revision != "main") {
        name += "@" + revision;
        identity += "@" + revision;
    }
    for (const char* adapter : {"peft", "delta"})
        if (const std::string added = argument(arguments, adapter); !added.empty()) {
            name += "+" + std::filesystem::path(added).filename().string();
            identity += "+" + added;
        }
    model.run_name = name;
    model.identity = identity;
    model.config = "{\"pretrained\":" + json_quote(pretrained) + "}";
}

} // namespace

std::optional<int> shots_in_name(std::string_view name) {
    const std::string small = lower(name);
    for (std::size_t at = small.find("shot"); at != std::string::npos; at = small.find("shot", at + 1)) {
        std::size_t end = at;
        if (end > 0 && (small[end - 1] == '-' || small[end - 1] == '_')) --end;
        std::size_t begin = end;
        while (begin > 0 && is_digit(small[begin - 1]))
            --begin;
        if (begin == end || end - begin > 3) continue;
        if (const auto shots = parse_int(small.substr(begin, end - begin))) return static_cast<int>(*shots);
    }
    return std::nullopt;
}

HarnessModel harness_model(std::string_view pretrained, std::string_view revision) {
    HarnessModel model;
    Arguments arguments;
    if (!revision.empty()) arguments.emplace("revision", revision);
    take_pretrained(std::string(pretrained), arguments, model);
    return model;
}

HarnessModel harness_model(const rapidjson::Value& document, const std::filesystem::path& path) {
    HarnessModel model;
    const auto* config = json_member(document, "config");
    const Arguments arguments = config == nullptr ? Arguments{} : arguments_of(*config);
    std::string pretrained = argument(arguments, "pretrained");
    for (const char* name : {"model", "path", "engine"})
        if (pretrained.empty()) pretrained = argument(arguments, name);
    if (pretrained.empty()) pretrained = json_string(document, "model_name").value_or("");
    for (const char* beside : {"config", "config_general"})
        if (const auto* general = json_member(document, beside); general != nullptr && pretrained.empty())
            pretrained = json_string(*general, "model_name").value_or("");
    if (!pretrained.empty()) {
        take_pretrained(pretrained, arguments, model);
    } else {
        model.run_name = name_from_path(path, document);
        model.identity = model.run_name;
        if (config != nullptr) {
            model.config = training_config(*config);
            const auto* raw = json_member(*config, "model_args");
            if (raw != nullptr)
                if (const auto iteration = json_int(*raw, "iteration")) {
                    model.step = *iteration;
                    model.step_source = "the logged iteration";
                }
        }
    }
    if (model.step) return model;
    if (const auto in_name = step_in_name(path.stem().string())) {
        model.step = in_name->step;
        model.step_source = "the file name";
    }
    return model;
}

} // namespace isoloss
