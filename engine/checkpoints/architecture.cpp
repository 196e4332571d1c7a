#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/model_configs.h"

#include <algorithm>
#include <array>
#include <utility>

namespace isoloss {

namespace {

constexpr std::uint64_t config_cap = 16u << 20;

struct KnownType {
    std::string_view model_type;
    void (*read)(ConfigFields&, Architecture&);
};

constexpr std::array known_types{KnownType{"bert", read_bert_config},
                                 KnownType{"camembert", read_roberta_config},
                                 KnownType{"distilbert", read_distilbert_config},
                                 KnownType{"gemma", read_gemma_config},
                                 KnownType{"gpt2", read_gpt2_config},
                                 KnownType{"gpt_neox", read_gpt_neox_config},
                                 KnownType{"hf_olmo", read_olmo_training_config},
                                 KnownType{"llama", read_llama_config},
                                 KnownType{"mistral", read_mistral_config},
                                 KnownType{"olmo", read_olmo_config},
                                 KnownType{"olmo2", read_olmo2_config},
                                 KnownType{"olmo3", read_olmo3_config},
                                 KnownType{"phi", read_phi_config},
                                 KnownType{"phi3", read_phi3_config},
                                 KnownType{"qwen2", read_qwen2_config},
                                 KnownType{"qwen3", read_qwen3_config},
                                 KnownType{"roberta", read_roberta_config},
                                 KnownType{"stablelm", read_stablelm_config},
                                 KnownType{"starcoder2", read_starcoder2_config},
                                 KnownType{"torchscript", read_torchscript_config},
                                 KnownType{"vit", read_vit_config},
                                 KnownType{"xlm-roberta", read_roberta_config}};

/// What sets a type that is not known apart from those that are.
struct MissingFeature {
    std::string_view model_type;
    std::string_view feature;
};

constexpr std::array missing_features{MissingFeature{"gemma2", "soft caps of attention and logits"},
                                      MissingFeature{"gemma3", "two rotary bases and images"},
                                      MissingFeature{"gpt_neo", "local attention over unscaled scores"},
                                      MissingFeature{"gptj", "rotation of neighbouring pairs"},
                                      MissingFeature{"mamba", "state spaces"},
                                      MissingFeature{"mixtral", "mixtures of experts"},
                                      MissingFeature{"olmoe", "mixtures of experts"},
                                      MissingFeature{"qwen2_moe", "mixtures of experts"},
                                      MissingFeature{"qwen3_moe", "mixtures of experts"},
                                      MissingFeature{"rwkv", "recurrence"},
                                      MissingFeature{"t5", "an encoder and a decoder"}};

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row.back();
}

std::string known_text() {
    std::string text;
    for (std::size_t i = 0; i < known_types.size(); ++i) {
        if (i > 0) text += i + 1 == known_types.size() ? " and " : ", ";
        text += known_types[i].model_type;
    }
    return "known are " + text;
}

std::string unknown_type(std::string_view model_type) {
    constexpr std::size_t longest = 64; // of a name that is compared
    std::string text = "unknown model type " + json_quote(model_type);
    for (const MissingFeature& missing : missing_features)
        if (missing.model_type == model_type) text += " (it has " + std::string(missing.feature) + ")";
    const auto distance = [&](const KnownType& known) {
        return edit_distance(model_type.substr(0, longest), known.model_type);
    };
    const auto nearest = std::ranges::min_element(known_types, {}, distance);
    if (distance(*nearest) < nearest->model_type.size()) text += "; the nearest is " + std::string(nearest->model_type);
    return text + "; " + known_text();
}

void read_common(ConfigFields& fields) {
    if (fields.has("quantization_config"))
        fields.unsupported("quantization_config", "quantised weights cannot be computed with");
    fields.only("is_encoder_decoder", false, "an encoder and a decoder");
    const auto* pruned = fields.find("pruned_heads");
    if (pruned != nullptr && !(pruned->IsObject() && pruned->ObjectEmpty()) && !(pruned->IsArray() && pruned->Empty()))
        fields.unsupported("pruned_heads", "layers without some of their heads cannot be computed");
}

} // namespace

Expected<Architecture> read_architecture(const std::filesystem::path& config_json) {
    ISOLOSS_TRY(const rapidjson::Document document, read_json_file(config_json, {config_cap, 100}));
    const std::string file = path_text(config_json);
    if (!document.IsObject())
        return fail({ErrorKind::damaged, file, {}, "must be a JSON object", "Check that it is a model's config.json"});
    ConfigFields fields(document, file);
    Architecture architecture;
    architecture.model_type = fields.text("model_type", "");
    const auto known = std::ranges::find(known_types, architecture.model_type, &KnownType::model_type);
    if (known != known_types.end())
        known->read(fields, architecture);
    else if (architecture.model_type.empty())
        fields.refuse("model_type", "is missing; " + known_text());
    else
        fields.unsupported("model_type", unknown_type(architecture.model_type));
    read_common(fields);
    if (fields.error()) return fail(*fields.error());
    return architecture;
}

} // namespace isoloss
