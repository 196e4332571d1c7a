#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/checkpoints/checkpoint_folder.h"

#include <array>
#include <cmath>

namespace isoloss {

namespace {

constexpr std::uint64_t config_cap = 16u << 20;

// Far above every model that exists; what is larger is a fault of the file.
constexpr std::int64_t most_layers = 10'000;
constexpr std::int64_t widest = 1 << 20;
constexpr std::int64_t most_heads = 1 << 16;
constexpr std::int64_t largest_vocabulary = 1 << 24;
constexpr std::int64_t most_positions = 1 << 28;
constexpr std::int64_t most_token_types = 1 << 16;

constexpr auto known_model_types = "known are bert, gpt2 and llama";

struct NamedActivation {
    std::string_view name;
    Activation activation;
};

// gelu_pytorch_tanh and gelu_new are one formula, silu and swish as well.
constexpr std::array activations{
    NamedActivation{"gelu_new", Activation::gelu_new}, NamedActivation{"gelu_pytorch_tanh", Activation::gelu_new},
    NamedActivation{"gelu", Activation::gelu},         NamedActivation{"relu", Activation::relu},
    NamedActivation{"silu", Activation::silu},         NamedActivation{"swish", Activation::silu}};

/// Reads members of one JSON object with defaults and keeps the first fault, so that a family's fields can be listed
/// one below the other.
class Fields {
public:
    Fields(const rapidjson::Value& object, std::string file) : object_(object), file_(std::move(file)) {}

    const rapidjson::Value* find(std::string_view key) const {
        const auto* value = json_member(object_, key);
        return value == nullptr || value->IsNull() ? nullptr : value;
    }

    std::int64_t count(std::string_view key, std::int64_t fallback, std::int64_t most, std::string_view alias = {}) {
        if (find(key) == nullptr && !alias.empty() && find(alias) != nullptr) key = alias;
        if (find(key) == nullptr) return fallback;
        const auto value = json_int(object_, key);
        if (!value || *value < 1) {
            refuse(key, json_text(*find(key)) + " is not a whole number ≥ 1");
            return fallback;
        }
        if (*value > most) {
            refuse(key, std::to_string(*value) + " is impossible; at most " + std::to_string(most) + " is accepted");
            return fallback;
        }
        return *value;
    }

    double positive(std::string_view key, double fallback) {
        const auto* value = find(key);
        if (value == nullptr) return fallback;
        if (value->IsNumber() && std::isfinite(value->GetDouble()) && value->GetDouble() > 0) return value->GetDouble();
        refuse(key, json_text(*value) + " is not a number > 0");
        return fallback;
    }

    bool flag(std::string_view key, bool fallback) {
        const auto* value = find(key);
        if (value == nullptr) return fallback;
        if (!value->IsBool()) refuse(key, json_text(*value) + " is neither true nor false");
        return value->IsBool() ? value->GetBool() : fallback;
    }

    std::string_view text(std::string_view key, std::string_view fallback) {
        const auto* value = find(key);
        if (value == nullptr) return fallback;
        if (!value->IsString()) refuse(key, json_text(*value) + " is not a string");
        return value->IsString() ? json_view(*value) : fallback;
    }

    // One id or, with several ways to end a text, a list of which the first is taken. Ids that the model has no
    // embedding for are as good as none: the defaults of the originals do not fit small vocabularies.
    std::optional<std::int32_t> token(std::string_view key, std::optional<std::int32_t> fallback,
                                      std::int64_t vocabulary) {
        std::int64_t id = fallback ? *fallback : -1;
        if (const auto* value = json_member(object_, key)) {
            if (value->IsArray() && !value->Empty()) value = &(*value)[0];
            id = value->IsInt64() ? value->GetInt64() : -1;
            if (!value->IsInt64() && !value->IsNull() && !value->IsArray())
                refuse(key, json_text(*value) + " is not a token id");
        }
        if (id < 0 || id >= vocabulary) return std::nullopt;
        return static_cast<std::int32_t>(id);
    }

    void refuse(std::string_view key, std::string reason, ErrorKind kind = ErrorKind::damaged,
                std::string remedy = "Check that config.json belongs to this checkpoint") {
        if (!error_) error_ = Error{kind, file_, "key " + std::string(key), std::move(reason), std::move(remedy)};
    }

    void unsupported(std::string_view key, std::string reason) {
        refuse(key, std::move(reason), ErrorKind::unsupported,
               "Scores of this checkpoint can be imported; it cannot be measured");
    }

    const std::optional<Error>& error() const { return error_; }

    const std::string& file() const { return file_; }

    const rapidjson::Value& object() const { return object_; }

private:
    const rapidjson::Value& object_;
    std::string file_;
    std::optional<Error> error_;
};

Activation read_activation(Fields& fields, std::string_view key, std::string_view fallback) {
    const std::string_view name = fields.text(key, fallback);
    std::string known;
    for (const NamedActivation& row : activations) {
        if (row.name == name) return row.activation;
        known += (known.empty() ? "" : ", ") + std::string(row.name);
    }
    fields.unsupported(key, "unknown activation " + json_quote(name) + "; known are " + known);
    return Activation::gelu;
}

// Newer configs keep the base and the scaling together in rope_parameters, older ones apart.
void read_rotary(Fields& fields, Architecture& architecture) {
    architecture.rotary_base = fields.positive("rope_theta", 10000);
    for (const std::string_view key : {"rope_scaling", "rope_parameters"}) {
        const auto* value = fields.find(key);
        if (value == nullptr) continue;
        if (!value->IsObject()) return fields.refuse(key, "must be an object");
        Fields rope(*value, fields.file());
        architecture.rotary_base = rope.positive("rope_theta", architecture.rotary_base);
        const std::string_view kind = rope.text("rope_type", rope.text("type", "default"));
        RotaryScaling scaling;
        if (kind == "linear" || kind == "llama3") {
            scaling.kind = kind == "linear" ? RotaryScaling::Kind::linear : RotaryScaling::Kind::llama3;
            scaling.factor = rope.positive("factor", 0);
            if (scaling.factor == 0) rope.refuse("factor", "is missing");
        }
        if (kind == "llama3") {
            scaling.low_frequency_factor = rope.positive("low_freq_factor", scaling.low_frequency_factor);
            scaling.high_frequency_factor = rope.positive("high_freq_factor", scaling.high_frequency_factor);
            scaling.original_positions =
                rope.count("original_max_position_embeddings", scaling.original_positions, most_positions);
            if (scaling.low_frequency_factor >= scaling.high_frequency_factor)
                rope.refuse("low_freq_factor", "must be smaller than high_freq_factor");
        }
        if (kind != "default" && scaling.kind == RotaryScaling::Kind::none)
            fields.unsupported(key, "unknown rope type " + json_quote(kind) + "; known are default, linear, llama3");
        if (rope.error()) fields.refuse(std::string(key) + "." + rope.error()->place.substr(4), rope.error()->reason);
        if (scaling.kind != RotaryScaling::Kind::none) architecture.rotary_scaling = scaling;
    }
}

// Defaults: GPT2Config of the transformers library.
void read_gpt2(Fields& fields, Architecture& a) {
    a.family = ModelFamily::gpt2;
    a.vocabulary = fields.count("vocab_size", 50257, largest_vocabulary);
    a.width = fields.count("n_embd", 768, widest, "hidden_size");
    a.layers = fields.count("n_layer", 12, most_layers, "num_hidden_layers");
    a.heads = fields.count("n_head", 12, most_heads, "num_attention_heads");
    a.key_value_heads = a.heads;
    a.positions = fields.count("n_positions", 1024, most_positions, "max_position_embeddings");
    a.mlp_width = fields.count("n_inner", 4 * a.width, 16 * widest);
    a.norm_epsilon = fields.positive("layer_norm_epsilon", 1e-5);
    a.activation = read_activation(fields, "activation_function", "gelu_new");
    a.tied_embeddings = fields.flag("tie_word_embeddings", true);
    a.attention_bias = a.mlp_bias = true;
    a.scale_attention = fields.flag("scale_attn_weights", true);
    a.scale_attention_by_inverse_layer = fields.flag("scale_attn_by_inverse_layer_idx", false);
    a.bos_token = fields.token("bos_token_id", 50256, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", 50256, a.vocabulary);
    if (fields.flag("add_cross_attention", false))
        fields.unsupported("add_cross_attention", "models with cross-attention are not language models of their own");
    if (a.width % a.heads != 0)
        fields.refuse("n_head", std::to_string(a.heads) + " heads do not divide the width " + std::to_string(a.width));
    a.head_width = a.width / a.heads;
}

// Defaults: LlamaConfig of the transformers library.
void read_llama(Fields& fields, Architecture& a) {
    a.family = ModelFamily::llama;
    a.vocabulary = fields.count("vocab_size", 32000, largest_vocabulary);
    a.width = fields.count("hidden_size", 4096, widest);
    a.layers = fields.count("num_hidden_layers", 32, most_layers);
    a.heads = fields.count("num_attention_heads", 32, most_heads);
    a.key_value_heads = fields.count("num_key_value_heads", a.heads, most_heads);
    a.positions = fields.count("max_position_embeddings", 2048, most_positions);
    a.mlp_width = fields.count("intermediate_size", 11008, 16 * widest);
    a.norm_epsilon = fields.positive("rms_norm_eps", 1e-6);
    a.activation = read_activation(fields, "hidden_act", "silu");
    a.tied_embeddings = fields.flag("tie_word_embeddings", false);
    a.attention_bias = fields.flag("attention_bias", false);
    a.mlp_bias = fields.flag("mlp_bias", false);
    a.bos_token = fields.token("bos_token_id", 1, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", 2, a.vocabulary);
    read_rotary(fields, a);
    if (fields.find("head_dim") == nullptr && a.width % a.heads != 0)
        fields.refuse("num_attention_heads",
                      std::to_string(a.heads) + " heads do not divide the width " + std::to_string(a.width));
    a.head_width = fields.count("head_dim", a.width / a.heads, widest);
    if (a.heads % a.key_value_heads != 0)
        fields.refuse("num_key_value_heads", std::to_string(a.key_value_heads) + " key-value heads do not divide the " +
                                                 std::to_string(a.heads) + " heads");
    if (a.head_width % 2 != 0)
        fields.refuse("head_dim", "rotary embeddings need an even head width, not " + std::to_string(a.head_width));
}

// Defaults: BertConfig of the transformers library.
void read_bert(Fields& fields, Architecture& a) {
    a.family = ModelFamily::bert;
    a.vocabulary = fields.count("vocab_size", 30522, largest_vocabulary);
    a.width = fields.count("hidden_size", 768, widest);
    a.layers = fields.count("num_hidden_layers", 12, most_layers);
    a.heads = fields.count("num_attention_heads", 12, most_heads);
    a.key_value_heads = a.heads;
    a.positions = fields.count("max_position_embeddings", 512, most_positions);
    a.token_types = fields.count("type_vocab_size", 2, most_token_types);
    a.mlp_width = fields.count("intermediate_size", 3072, 16 * widest);
    a.norm_epsilon = fields.positive("layer_norm_eps", 1e-12);
    a.activation = read_activation(fields, "hidden_act", "gelu");
    a.tied_embeddings = fields.flag("tie_word_embeddings", true);
    a.attention_bias = a.mlp_bias = true;
    a.bos_token = fields.token("bos_token_id", std::nullopt, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", std::nullopt, a.vocabulary);
    if (fields.flag("is_decoder", false))
        fields.unsupported("is_decoder", "BERT is known as a masked-token model only, not as a decoder");
    const std::string_view positions = fields.text("position_embedding_type", "absolute");
    if (positions != "absolute")
        fields.unsupported("position_embedding_type",
                           "unknown position embeddings " + json_quote(positions) + "; known are absolute");
    if (a.width % a.heads != 0)
        fields.refuse("num_attention_heads",
                      std::to_string(a.heads) + " heads do not divide the width " + std::to_string(a.width));
    a.head_width = a.width / a.heads;
}

} // namespace

Expected<Architecture> read_architecture(const std::filesystem::path& config_json) {
    ISOLOSS_TRY(const rapidjson::Document document, read_json_file(config_json, {config_cap, 100}));
    const std::string file = path_text(config_json);
    if (!document.IsObject())
        return fail({ErrorKind::damaged, file, {}, "must be a JSON object", "Check that it is a model's config.json"});
    Fields fields(document, file);
    Architecture architecture;
    architecture.model_type = fields.text("model_type", "");
    if (architecture.model_type == "gpt2")
        read_gpt2(fields, architecture);
    else if (architecture.model_type == "llama")
        read_llama(fields, architecture);
    else if (architecture.model_type == "bert")
        read_bert(fields, architecture);
    else if (architecture.model_type.empty())
        fields.refuse("model_type", std::string("is missing; ") + known_model_types);
    else
        fields.unsupported("model_type",
                           "unknown model type " + json_quote(architecture.model_type) + "; " + known_model_types);
    if (fields.find("quantization_config") != nullptr)
        fields.unsupported("quantization_config", "quantised weights cannot be computed with");
    if (fields.error()) return fail(*fields.error());
    return architecture;
}

} // namespace isoloss
