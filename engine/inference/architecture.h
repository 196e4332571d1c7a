#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace isoloss {

enum class ModelFamily { gpt2, llama, bert };
/// What a model is trained to predict: the token after those it sees, or a token that was masked among them.
enum class PredictionKind { next_token, masked_token };
enum class Activation { gelu_new, gelu, relu, silu };

/// Frequency scaling of rotary position embeddings.
struct RotaryScaling {
    enum class Kind { none, linear, llama3 } kind = Kind::none;
    double factor = 1;
    double low_frequency_factor = 1, high_frequency_factor = 4;
    std::int64_t original_positions = 8192;
};

/// The shape of a model as its config.json describes it, checked: every count is positive and bounded, heads divide the
/// width. Nothing in it depends on LibTorch.
struct Architecture {
    ModelFamily family = ModelFamily::gpt2;
    std::string model_type; ///< as the config names it
    std::int64_t vocabulary = 0;
    std::int64_t width = 0; ///< hidden size
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t key_value_heads = 0;
    std::int64_t head_width = 0;
    std::int64_t mlp_width = 0;
    std::int64_t positions = 0; ///< longest sequence
    double norm_epsilon = 1e-5;
    Activation activation = Activation::gelu_new;
    bool tied_embeddings = true;
    bool attention_bias = false;
    bool mlp_bias = false;
    double rotary_base = 10000;
    RotaryScaling rotary_scaling;
    bool scale_attention = true;                   ///< by 1/√head_width
    bool scale_attention_by_inverse_layer = false; ///< GPT-2 option
    std::optional<std::int32_t> bos_token, eos_token;
    std::int64_t token_types = 0; ///< BERT's segment embeddings

    PredictionKind prediction() const {
        return family == ModelFamily::bert ? PredictionKind::masked_token : PredictionKind::next_token;
    }
};

} // namespace isoloss
