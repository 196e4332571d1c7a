#include "engine/checkpoints/model_configs.h"

#include <cmath>

namespace isoloss {

namespace {

/// Where the configuration classes of Llama's relatives differ in their defaults.
struct Defaults {
    std::int64_t vocabulary = 32000;
    std::int64_t width = 4096;
    std::int64_t mlp_width = 11008;
    std::int64_t layers = 32;
    std::int64_t heads = 32;
    std::int64_t key_value_heads = 0; ///< 0: as many as heads
    std::int64_t head_width = 0;      ///< 0: the width by the heads
    std::int64_t positions = 2048;
    std::string_view epsilon_key = "rms_norm_eps";
    double epsilon = 1e-6;
    std::string_view activation_key = "hidden_act", activation = "silu";
    bool tied_embeddings = false;
    double rotary_share = 1;
    std::optional<std::int32_t> bos_token{}, eos_token{};
};

void read_decoder(ConfigFields& fields, Architecture& a, const Defaults& defaults) {
    a.family = ModelFamily::llama;
    a.vocabulary = fields.count("vocab_size", defaults.vocabulary, ConfigLimits::vocabulary);
    a.width = fields.count("hidden_size", defaults.width, ConfigLimits::width);
    a.layers = fields.count("num_hidden_layers", defaults.layers, ConfigLimits::layers);
    a.heads = fields.count("num_attention_heads", defaults.heads, ConfigLimits::heads);
    a.key_value_heads = fields.count(
        "num_key_value_heads", defaults.key_value_heads == 0 ? a.heads : defaults.key_value_heads, ConfigLimits::heads);
    a.positions = fields.count("max_position_embeddings", defaults.positions, ConfigLimits::positions);
    a.mlp_width = fields.count("intermediate_size", defaults.mlp_width, ConfigLimits::mlp_width);
    a.norm_epsilon =
        defaults.epsilon_key.empty() ? defaults.epsilon : fields.positive(defaults.epsilon_key, defaults.epsilon);
    a.activation = fields.activation(defaults.activation_key, defaults.activation);
    a.tied_embeddings = fields.flag("tie_word_embeddings", defaults.tied_embeddings);
    a.bos_token = fields.token("bos_token_id", defaults.bos_token, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", defaults.eos_token, a.vocabulary);
    read_head_width(fields, a, "num_attention_heads", "head_dim", defaults.head_width);
    read_rotary(fields, a, defaults.rotary_share);
}

void read_attention_bias(ConfigFields& fields, Architecture& a) {
    a.attention_bias = a.attention_out_bias = fields.flag("attention_bias", false);
}

/// The window of every layer: those that `layer_types` names, else those that `windowed` says. `size` 0: no windows.
template <typename Windowed>
void read_windows(ConfigFields& fields, Architecture& a, std::int64_t size, const Windowed& windowed) {
    const auto* types = fields.find("layer_types");
    if (types != nullptr && (!types->IsArray() || static_cast<std::int64_t>(types->Size()) != a.layers))
        return fields.refuse("layer_types",
                             "must be a list with an entry for each of the " + std::to_string(a.layers) + " layers");
    std::vector<std::int64_t> windows;
    bool any = false;
    for (std::int64_t layer = 0; layer < a.layers; ++layer) {
        bool here = windowed(layer);
        if (types != nullptr) {
            const auto& type = (*types)[static_cast<rapidjson::SizeType>(layer)];
            here = type == "sliding_attention";
            if (!here && type != "full_attention")
                return fields.unsupported("layer_types", "unknown layer type " + json_text(type) +
                                                             "; known are full_attention, sliding_attention");
        }
        if (here && size == 0 && types != nullptr)
            return fields.refuse("sliding_window", "is missing, but layer_types names layers with a window");
        any = any || (here && size > 0);
        windows.push_back(here ? size : 0);
    }
    if (any) a.windows = std::move(windows);
}

/// null says that there is none, and so does 0 as `fallback`.
std::int64_t window_size(ConfigFields& fields, std::int64_t fallback) {
    return fields.is_null("sliding_window") ? 0 : fields.count("sliding_window", fallback, ConfigLimits::positions);
}

constexpr auto every_layer = [](std::int64_t) { return true; };

void read_qwen_windows(ConfigFields& fields, Architecture& a) {
    const bool used = fields.flag("use_sliding_window", false);
    const std::int64_t first = fields.whole("max_window_layers", 28, ConfigLimits::layers);
    if (used) read_windows(fields, a, window_size(fields, 4096), [&](std::int64_t layer) { return layer >= first; });
}

constexpr Defaults olmo_defaults{.vocabulary = 50304, .epsilon = 1e-5, .bos_token = std::nullopt, .eos_token = 50279};

} // namespace

void read_llama_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a, {.bos_token = 1, .eos_token = 2});
    read_attention_bias(fields, a);
    a.mlp_bias = fields.flag("mlp_bias", false);
}

void read_mistral_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a,
                 {.mlp_width = 14336, .key_value_heads = 8, .positions = 131072, .bos_token = 1, .eos_token = 2});
    read_windows(fields, a, window_size(fields, 4096), every_layer);
}

void read_qwen2_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a, {.vocabulary = 151936, .mlp_width = 22016, .key_value_heads = 32, .positions = 32768});
    a.attention_bias = true;
    read_qwen_windows(fields, a);
}

void read_qwen3_config(ConfigFields& fields, Architecture& a) {
    read_decoder(
        fields, a,
        {.vocabulary = 151936, .mlp_width = 22016, .key_value_heads = 32, .head_width = 128, .positions = 32768});
    a.query_key_norm = QueryKeyNorm::head;
    read_attention_bias(fields, a);
    read_qwen_windows(fields, a);
}

void read_olmo_config(ConfigFields& fields, Architecture& a) {
    if (fields.has("d_model")) return read_olmo_training_config(fields, a);
    Defaults defaults = olmo_defaults;
    defaults.epsilon_key = {}; // fixed in the definition
    read_decoder(fields, a, defaults);
    a.norm = NormKind::layer_without_weights;
    read_attention_bias(fields, a);
    if (fields.has("clip_qkv")) a.query_key_value_limit = fields.positive("clip_qkv", 1);
}

void read_olmo2_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a, olmo_defaults);
    a.norm_place = NormPlace::after;
    a.query_key_norm = QueryKeyNorm::all_heads;
    read_attention_bias(fields, a);
}

void read_olmo3_config(ConfigFields& fields, Architecture& a) {
    read_olmo2_config(fields, a);
    a.rotary_scaling_in_windows = false;
    read_windows(fields, a, window_size(fields, 4096), [](std::int64_t layer) { return (layer + 1) % 4 != 0; });
}

void read_gemma_config(ConfigFields& fields, Architecture& a) {
    // The first release wrote "gelu" under hidden_act and meant its tanh form, which hidden_activation says since.
    read_decoder(fields, a,
                 {.vocabulary = 256000,
                  .width = 3072,
                  .mlp_width = 24576,
                  .layers = 28,
                  .heads = 16,
                  .key_value_heads = 16,
                  .head_width = 256,
                  .positions = 8192,
                  .activation_key = "hidden_activation",
                  .activation = "gelu_pytorch_tanh",
                  .tied_embeddings = true,
                  .bos_token = 2,
                  .eos_token = 1});
    a.norm = NormKind::rms_around_one;
    a.embedding_scale = std::sqrt(static_cast<double>(a.width));
    read_attention_bias(fields, a);
}

void read_phi_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a,
                 {.vocabulary = 51200,
                  .width = 2048,
                  .mlp_width = 8192,
                  .layers = 24,
                  .epsilon_key = "layer_norm_eps",
                  .epsilon = 1e-5,
                  .activation = "gelu_new",
                  .rotary_share = .5,
                  .bos_token = 1,
                  .eos_token = 2});
    a.family = ModelFamily::phi;
    a.norm = NormKind::layer;
    a.residual = Residual::parallel_one_norm;
    a.gated_mlp = false;
    a.attention_bias = a.attention_out_bias = a.mlp_bias = a.head_bias = true;
    fields.only("qk_layernorm", false, "normalised queries and keys");
}

void read_phi3_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a,
                 {.vocabulary = 32064,
                  .width = 3072,
                  .mlp_width = 8192,
                  .positions = 4096,
                  .epsilon = 1e-5,
                  .bos_token = 1,
                  .eos_token = 32000});
    a.family = ModelFamily::phi3;
    read_windows(fields, a, window_size(fields, 0), every_layer);
}

void read_stablelm_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a,
                 {.vocabulary = 50304,
                  .width = 2560,
                  .mlp_width = 6912,
                  .key_value_heads = 32,
                  .positions = 4096,
                  .epsilon_key = "layer_norm_eps",
                  .epsilon = 1e-5,
                  .rotary_share = .25,
                  .bos_token = 0,
                  .eos_token = 0});
    a.norm = NormKind::layer;
    a.attention_bias = fields.flag("use_qkv_bias", false);
    a.residual = fields.flag("use_parallel_residual", false) ? Residual::parallel_one_norm : Residual::sequential;
    fields.only("qk_layernorm", false, "normalised queries and keys");
}

void read_starcoder2_config(ConfigFields& fields, Architecture& a) {
    read_decoder(fields, a,
                 {.vocabulary = 49152,
                  .width = 3072,
                  .mlp_width = 12288,
                  .layers = 30,
                  .heads = 24,
                  .key_value_heads = 2,
                  .positions = 4096,
                  .epsilon_key = "norm_epsilon",
                  .epsilon = 1e-5,
                  .activation = "gelu_pytorch_tanh",
                  .tied_embeddings = true,
                  .bos_token = 50256,
                  .eos_token = 50256});
    a.family = ModelFamily::starcoder2;
    a.norm = NormKind::layer;
    a.gated_mlp = false;
    a.attention_bias = a.attention_out_bias = a.mlp_bias = fields.flag("use_bias", true);
    read_windows(fields, a, window_size(fields, 0), every_layer);
}

} // namespace isoloss
